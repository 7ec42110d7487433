import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { EmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { expectConserved, storedPredictions } from '../support/conservation.ts';
import { load } from '../support/load.ts';
import { NpmStart } from '../support/npm-start.ts';
import { until } from '../support/outcomes.ts';
import { quietLog } from '../support/postgres.ts';
import { commandOf, processesOf } from '../support/processes.ts';
import { expectedRows } from '../support/superstore-bodies.ts';

/** Longer than any test waits: only a stop that does not wait for it ends in time. */
const LONG_DRAIN = { THICKET_DRAIN_DELAY_MS: '600000' };
const SHORT_DRAIN = { THICKET_DRAIN_DELAY_MS: '1000' };
const rows = expectedRows();

let parent: string;
/** With a cluster and the example's rows, so that a start takes a moment. */
let directory: string;
let started: NpmStart;

const npmStart = (environment: Record<string, string>, at = directory): NpmStart => {
  started = new NpmStart(at, environment);
  return started;
};

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'thicket-npm-'));
  directory = join(parent, 'used');
  const first = new NpmStart(directory, SHORT_DRAIN);
  await first.listening();
  process.kill(first.serverPid, 'SIGTERM');
  await first.allEnded();
});
afterEach(() => started.killAll());
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe('npm start ends with everything that it started', () => {
  test.each([
    { to: 'npm', signal: 'SIGTERM', environment: SHORT_DRAIN },
    { to: 'npm', signal: 'SIGINT', environment: LONG_DRAIN },
    { to: 'the process group', signal: 'SIGTERM', environment: SHORT_DRAIN },
    { to: 'the process group', signal: 'SIGINT', environment: LONG_DRAIN },
    { to: 'the process group', signal: 'SIGHUP', environment: LONG_DRAIN },
    { to: 'the server', signal: 'SIGTERM', environment: SHORT_DRAIN },
    { to: 'the server', signal: 'SIGINT', environment: LONG_DRAIN },
  ] as const)('at $signal to $to, in order', async ({ to, signal, environment }) => {
    const npm = npmStart(environment);
    await npm.listening();
    if (to === 'npm') npm.signalNpm(signal);
    else if (to === 'the process group') npm.signalGroup(signal);
    else process.kill(npm.serverPid, signal);
    await npm.allEnded();
    expect(npm.output).toContain('"msg":"stopped"');
    expect(npm.output).not.toContain('stopping hard');
  });

  test('at a signal that comes twice at once, still in order', async () => {
    const npm = npmStart(SHORT_DRAIN);
    await npm.listening();
    npm.signalGroup('SIGTERM');
    npm.signalNpm('SIGTERM');
    expect(await npm.allEnded()).toBe(0);
    expect(npm.output).toContain('"msg":"stopped"');
  });

  test('at a second SIGTERM that comes later, at once, PostgreSQL too', async () => {
    const npm = npmStart(LONG_DRAIN);
    await npm.listening();
    npm.signalNpm('SIGTERM');
    // It is no second request until some time has passed: then it does not wait for the drain delay.
    await until(() => {
      if (!npm.isGone) npm.signalNpm('SIGTERM');
      return npm.isGone;
    });
    await npm.allEnded();
    expect(npm.output).toContain('stopping hard');
  });

  test.each(['npm', 'the process group'])(
    'under load, at SIGTERM to %s: whatever was acknowledged is stored',
    async (to) => {
      const before = new Set((await stored()).map(({ id }) => id));
      const npm = npmStart(SHORT_DRAIN);
      const url = await npm.listening();
      let signalled = false;
      const { acknowledged } = await load({
        url,
        requests: 1_000_000,
        connections: 16,
        body: (request) => rows[request % rows.length]!.body,
        until: () => npm.isGone,
        onReply: (count) => {
          if (count < 1_000 || signalled) return;
          signalled = true;
          if (to === 'npm') npm.signalNpm('SIGTERM');
          else npm.signalGroup('SIGTERM');
        },
      });
      await npm.allEnded();
      const after = (await stored()).filter(({ id }) => !before.has(id));
      expectConserved(acknowledged, after, 16);
    },
  );
});

describe('npm start that is still starting ends with everything that it started', () => {
  test('while PostgreSQL is being initialised', async () => {
    const at = join(parent, 'new');
    const npm = npmStart(LONG_DRAIN, at);
    await until(() => existsSync(join(at, 'postgres.new')));
    npm.signalNpm('SIGTERM');
    await npm.allEnded();
    expect(npm.output).not.toContain('listening on');
  });

  test('while PostgreSQL comes up', async () => {
    const npm = npmStart(LONG_DRAIN);
    await until(() =>
      processesOf(directory).some((pid) => /bin\/postgres -D/.test(commandOf(pid))),
    );
    npm.signalGroup('SIGTERM');
    await npm.allEnded();
    expect(npm.output).not.toContain('listening on');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('while it sets up, at %s', async (signal) => {
    const root = rootThatSetsUpForEver();
    started = new NpmStart(root, {}, root);
    await until(() => processesOf(root).some((pid) => commandOf(pid) === 'sleep 86400'));
    started.signalNpm(signal);
    await started.allEnded();
    expect(started.output).toContain('stopping the set-up');
  });
});

test('a shell of npm that dies of the signal takes the server with it', async () => {
  const root = mkdtempSync(join(parent, 'user-'));
  const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
  // As a user of the package has it. The second command keeps every shell from replacing itself.
  const scripts = { start: `node ${main} up; true` };
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'user', scripts }));
  started = new NpmStart(directory, SHORT_DRAIN, root);
  await started.listening();
  started.signalNpm('SIGTERM');
  await started.allEnded();
  expect(started.output).toContain('"msg":"stopped"');
});

/** A checkout whose packages never come to the end of their installation. */
function rootThatSetsUpForEver(): string {
  const root = mkdtempSync(join(parent, 'root-'));
  const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));
  cpSync(scripts, join(root, 'scripts'), { recursive: true });
  mkdirSync(join(root, 'native'));
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: { start: string };
  };
  const named = { name: 'sets-up', version: '1.0.0', type: 'module' };
  const install = { start: own.scripts.start, preinstall: 'sleep 86400' };
  writeFileSync(join(root, 'package.json'), JSON.stringify({ ...named, scripts: install }));
  const lock = { ...named, lockfileVersion: 3, requires: true, packages: { '': named } };
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock));
  return root;
}

async function stored(): Promise<Awaited<ReturnType<typeof storedPredictions>>> {
  const server = new EmbeddedPostgres({ directory, log: quietLog });
  await server.start();
  try {
    return await storedPredictions(server.url);
  } finally {
    await server.stop();
  }
}
