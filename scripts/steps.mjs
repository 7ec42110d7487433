/** Steps that the set-up scripts share: run a tool with its output shown, or end with one sentence. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Results go to stdout elsewhere; what a set-up does goes to stderr. */
export function say(sentence) {
  process.stderr.write(`thicket: ${sentence}\n`);
}

/** @returns {never} */
export function fail(sentence) {
  say(sentence);
  process.exit(1);
}

/** Runs a command in the root folder; its stdout joins stderr, so that our own stdout stays ours. */
export function run(command, args, environment = {}) {
  const done = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...environment },
  });
  if (done.error) fail(`${command} cannot be run: ${done.error.message}`);
  if (done.status !== 0) fail(`"${command} ${args.join(' ')}" failed; its output above says why`);
}

/** The first line that a tool prints of its version, or null where the tool is missing. */
export function versionOf(command) {
  const done = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return done.status === 0 ? (done.stdout.split('\n')[0] ?? '') : null;
}

/** Newest change below the given files and folders, in milliseconds; 0 where nothing is there. */
export function newestChange(...places) {
  let newest = 0;
  for (const place of places) {
    const path = join(ROOT, place);
    if (!existsSync(path)) continue;
    const stat = statSync(path);
    if (!stat.isDirectory()) newest = Math.max(newest, stat.mtimeMs);
    else {
      for (const name of readdirSync(path))
        newest = Math.max(newest, newestChange(join(place, name)));
    }
  }
  return newest;
}
