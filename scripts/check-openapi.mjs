/**
 * `npm run check:openapi`: requests made from the OpenAPI document, valid and invalid ones, by schemathesis with
 * all its checks, against a server of its own.
 *
 * npm run check:openapi -- [SECONDS]
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { fail, ROOT, run, say } from './steps.mjs';

const VERSION = '4.32.5';
const FOLDER = join(ROOT, '.cache/schemathesis');
const SECONDS_DEFAULT = 300;

/** The tool's own list lacks 413, by which a list that is too long is refused. */
const REFUSALS = [
  '400',
  '401',
  '403',
  '404',
  '405',
  '406',
  '409',
  '413',
  '415',
  '422',
  '429',
  '5xx',
];
const quoted = (statuses) => `[${statuses.map((status) => `"${status}"`).join(', ')}]`;

/** No schema says which texts are tables of a model, and a row of a list is refused within a 200. */
const SETTINGS = `[checks]
negative_data_rejection.expected-statuses = ${quoted(REFUSALS)}
${['/predict/batch', '/models/{name}/predict/batch']
  .map(
    (path) => `
[[operations]]
include-name = "POST ${path}"
checks.positive_data_acceptance.expected-statuses = ${quoted(['2xx', '400', '404', '422', '429', '503'])}
checks.negative_data_rejection.expected-statuses = ${quoted(['200', ...REFUSALS])}
`,
  )
  .join('')}`;

const seconds = Number(process.argv[2] ?? SECONDS_DEFAULT);
if (!(seconds > 0)) fail('the seconds must be a number above 0');

const folder = mkdtempSync(join(tmpdir(), 'thicket-openapi-'));
const server = spawn(process.execPath, [join(ROOT, 'dist/src/main.js'), 'up'], {
  env: { ...process.env, THICKET_DATA_DIR: join(folder, 'data'), THICKET_PORT: '0' },
  stdio: ['ignore', 'pipe', 'ignore'],
});
const ended = once(server, 'exit');
try {
  const address = await addressOf(server);
  writeFileSync(join(folder, 'schemathesis.toml'), SETTINGS);
  process.exitCode = await schemathesis(address);
} finally {
  server.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

async function addressOf({ stdout }) {
  for await (const line of createInterface({ input: stdout })) {
    const address = /^listening on (http:\S+)$/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  return fail('the server ended before it was ready');
}

async function schemathesis(address) {
  const words = ['run', `${address}/openapi.json`, '--checks', 'all', '--mode', 'all'];
  const bounds = ['--max-time', String(seconds), '--continue-on-failure', '--workers', '2'];
  const tool = spawn(installed(), [...words, ...bounds, '--warnings', 'off', '--no-color'], {
    cwd: folder,
    stdio: 'inherit',
  });
  const [status] = await once(tool, 'exit');
  return status ?? 1;
}

/** The program, on first use installed into a Python environment of our own. */
function installed() {
  const program = join(FOLDER, 'bin/schemathesis');
  const known = spawnSync(program, ['--version'], { encoding: 'utf8' });
  if (existsSync(program) && known.stdout.includes(VERSION)) return program;
  say(`installing schemathesis ${VERSION} into ${FOLDER}`);
  run('python3', ['-m', 'venv', FOLDER]);
  run(join(FOLDER, 'bin/pip'), ['install', '--quiet', `schemathesis==${VERSION}`]);
  return program;
}
