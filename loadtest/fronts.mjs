/**
 * nginx and haproxy from Debian's packages, each with its default settings and with those of
 * docker/front/, before a server on this machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { ROOT } from '../scripts/steps.mjs';

/** The libraries that Debian's programs need and that may be absent. */
const PACKAGES = {
  nginx: ['nginx'],
  haproxy: ['haproxy', 'liblua5.3-0', 'libopentracing1', 'libopentracing-c-wrapper0'],
};
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';
const START_MS_MAX = 30_000;

const PLAIN_NGINX = `events {}
http {
  server {
    listen 8080;
    location / {
      proxy_pass http://127.0.0.1:8000;
    }
  }
}
`;

/** The time-outs of Debian's haproxy.cfg; without any it only warns. */
const PLAIN_HAPROXY = `defaults
  mode http
  timeout connect 5000
  timeout client 50000
  timeout server 50000
frontend public
  bind :8080
  default_backend thicket
backend thicket
  option httpchk GET /ready
  server one 127.0.0.1:8000 check
`;

const ours = (file) => readFileSync(join(ROOT, 'docker/front', file), 'utf8');

export const FRONTS = [
  { name: 'nginx with a plain proxy_pass', program: 'nginx', text: PLAIN_NGINX },
  { name: 'nginx with our settings', program: 'nginx', text: ours('nginx.conf') },
  { name: 'haproxy with a plain httpchk', program: 'haproxy', text: PLAIN_HAPROXY },
  { name: 'haproxy with our settings', program: 'haproxy', text: ours('haproxy.cfg') },
];

/** A program of this machine, or one unpacked from its package; else the reason why there is none. */
export function findFront(program) {
  if (spawnSync(program, ['-v']).status === 0) return { file: program, environment: {} };
  const folder = join(ROOT, '.cache/fronts', program);
  const file = join(folder, 'usr/sbin', program);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const got = spawnSync('apt-get', ['download', ...PACKAGES[program]], { cwd: folder });
    if (got.error) return { reason: `${program} is absent, and so is apt-get` };
    if (got.status !== 0) return { reason: `${program} is absent: ${String(got.stderr).trim()}` };
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.deb'))) {
      spawnSync('dpkg', ['-x', name, '.'], { cwd: folder });
    }
  }
  const environment = { LD_LIBRARY_PATH: join(folder, LIBRARIES) };
  const tried = spawnSync(file, ['-v'], { env: environment, encoding: 'utf8' });
  return tried.status === 0 ? { file, environment } : { reason: tried.stderr.trim() };
}

/** Starts a front before the server on `upstream`; `changed` may change the text of its settings. */
export async function startFront({ program, text }, upstream, changed = (settings) => settings) {
  const { file, environment } = findFront(program);
  const folder = mkdtempSync(join(tmpdir(), 'thicket-front-'));
  const port = await freePort();
  const placed = changed(text).replaceAll('127.0.0.1:8000', `127.0.0.1:${upstream}`);
  const settings = placed.replace(/(listen |bind :)8080/, (_, word) => `${word}${port}`);
  const path = join(folder, 'settings');
  writeFileSync(path, program === 'nginx' ? withPlaces(settings, folder) : settings);
  const words = program === 'nginx' ? nginxArguments(path, folder) : ['-db', '-f', path];
  const child = spawn(file, words, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  await untilListening(port, () => child.exitCode === null || said);
  return {
    port,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function nginxArguments(path, folder) {
  const directives = `daemon off; pid ${folder}/pid; error_log stderr;`;
  return ['-p', folder, '-c', path, '-e', 'stderr', '-g', directives];
}

/** The places of Debian's build belong to the system. */
function withPlaces(settings, folder) {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  const log = settings.includes('access_log') ? '' : ' access_log off;';
  return `user root;\n${settings.replace('http {', `http { ${places}${log}`)}`;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port, state) {
  const deadline = performance.now() + START_MS_MAX;
  for (;;) {
    const failed = state();
    if (failed !== true) throw new Error(`the front ended: ${failed}`);
    if (await accepts(port)) return;
    if (performance.now() > deadline) throw new Error('the front does not listen');
    await wait(20);
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
