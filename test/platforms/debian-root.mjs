/**
 * A Debian in a folder: its packages come from the archive that this machine's apt is set to, once; later
 * calls take the folder as it is. Nothing but `run` goes in.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { fail, run, say, versionOf } from '../../scripts/steps.mjs';

/** With `/proc`, `/dev` and process ids of its own: whatever a command leaves running ends with it. */
const ENTER = `
  mount -t proc proc "$1/proc"
  mount --rbind /dev "$1/dev"
  chroot "$@"
  exit $?`;

/** @param {{ suite: string, packages: readonly string[], folder: string }} root */
export function debianRoot({ suite, packages, folder }) {
  if (process.getuid?.() !== 0) fail('a Debian in a folder is made and entered by root only');
  const made = JSON.stringify({ suite, packages });
  const stamp = `${folder}.json`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === made) return;
  if (versionOf('debootstrap') === null) {
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', 'debootstrap'], { DEBIAN_FRONTEND: 'noninteractive' });
  }
  say(`unpacking Debian's ${suite} into ${folder}, which takes some minutes once`);
  const unfinished = `${folder}.new`;
  for (const old of [stamp, folder, unfinished]) rmSync(old, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  run('debootstrap', ['--variant=minbase', suite, unfinished, archiveOfApt()]);
  // By apt: debootstrap's own resolver takes the first of alternatives, and leaves some unconfigured.
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...packages]]) {
    const { status } = runInside(unfinished, ['apt-get', '-qq', ...args], {
      PATH: '/usr/sbin:/usr/bin',
      DEBIAN_FRONTEND: 'noninteractive',
    });
    if (status !== 0) fail(`"apt-get ${args.join(' ')}" failed inside; its output above says why`);
  }
  renameSync(unfinished, folder);
  writeFileSync(stamp, made);
}

/** Runs a command inside of the root, with this environment only; by default its stdout joins our stderr. */
export function runInside(folder, command, environment, stdout = 2) {
  const pairs = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const own = ['--mount', '--pid', '--fork', '--kill-child'];
  const inside = [folder, 'env', '-i', ...pairs, ...command];
  const done = spawnSync('unshare', [...own, 'sh', '-euc', ENTER, 'sh', ...inside], {
    stdio: ['ignore', stdout, 2],
    encoding: 'utf8',
  });
  if (done.error) fail(`unshare cannot be run: ${done.error.message}`);
  return done;
}

/** The address of the archive that Debian's main packages come from on this machine. */
function archiveOfApt() {
  const targets = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(ORIGIN) $(COMPONENT) $(RELEASE) $(REPO_URI)'],
    { encoding: 'utf8' },
  );
  const line = targets.split('\n').find((each) => /^Debian main [a-z]+ /.test(each));
  if (line === undefined) fail("apt knows no archive of Debian's: run this on a Debian");
  return line.split(' ')[3];
}
