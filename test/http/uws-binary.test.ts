import { execFile } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

import { loadUws } from '../../src/http/server/uws-binary.ts';
import { RELEASES, type Release } from '../../src/http/server/uws-releases.ts';

const SERVER = new URL('../../dist/src/http/server.js', import.meta.url).href;

const folder = mkdtempSync(join(tmpdir(), 'thicket-uws-'));
afterAll(() => rmSync(folder, { recursive: true }));

const failureOf = (releases: readonly Release[], ownPath: string | null = null): unknown => {
  try {
    loadUws(ownPath, releases);
  } catch (error) {
    return error;
  }
  return 'loaded';
};

/** Versions as they are ordered: 2.9 stands before 2.36. */
const atLeast = (version: string, least: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
};

/** The release that the table promises for this process. */
function promised(): Release | undefined {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime: string } };
  return RELEASES.find(
    ({ glibc, digests }) =>
      atLeast(header.glibcVersionRuntime, glibc) &&
      Object.keys(digests).some((path) => path.endsWith(`_${process.versions.modules}.node`)),
  );
}

test('the first release that has a binary for this Node and this glibc is loaded', () => {
  const { version, uws } = loadUws(null);
  expect(version).toBe(promised()?.version);
  expect(Function.prototype.toString.call(uws.App)).toContain('[native code]');
});

test('a binary whose SHA-256 is not the one of the table is not loaded', () => {
  const { file, sha256 } = loadUws(null);
  const foreign = RELEASES.map((release) => ({
    ...release,
    digests: Object.fromEntries(Object.keys(release.digests).map((path) => [path, '0'.repeat(64)])),
  }));
  const release = RELEASES.find(({ digests }) => Object.values(digests).includes(sha256))!;
  expect(failureOf(foreign.filter(({ version }) => version === release.version))).toMatchObject({
    code: 'SETUP_MISSING',
    message:
      `${file} is not the uWebSockets.js ${release.version} that was tested (its SHA-256 is ` +
      `${sha256}): remove node_modules/${release.alias} and run "npm ci"`,
  });
});

test('where no release loads, one sentence gives the reason of each and the ways out', () => {
  const releases = [
    { ...RELEASES[0]!, alias: 'uWebSockets.js-absent' },
    { ...RELEASES[1]!, digests: {} },
  ];
  expect(failureOf(releases)).toMatchObject({
    code: 'SETUP_MISSING',
    message:
      `no uWebSockets.js loads on Node ${process.versions.node} here: 20.57.0 is not installed (npm ` +
      'installs it unless optional packages are omitted); 20.30.0 has no binary for this Node; take ' +
      'Node 20, or a system with glibc 2.38 or newer (Debian 13, Ubuntu 24.04), or set ' +
      'THICKET_UWS_PATH to a uWebSockets.js of your own (docs/platforms.md)',
  });
});

const newer = RELEASES.slice(0, 1);
const isInstalled = existsSync(join('node_modules', newer[0]!.alias));
test.runIf(isInstalled)('a binary that needs a newer glibc is passed over by that reason', () => {
  const failure = failureOf(newer);
  if (failure === 'loaded') expect(promised()).toBe(newer[0]);
  else
    expect(failure).toMatchObject({ message: expect.stringContaining('20.57.0 needs GLIBC_2.3') });
});

test('the environment does not bring back the slow JavaScript server of the older package', async () => {
  const script = `
    import { HttpServer } from ${JSON.stringify(SERVER)};
    const log = { info: ({ file }) => file && console.log('loaded ' + file) };
    const config = { host: '127.0.0.1', port: 0, uwsPath: null };
    const server = new HttpServer({ config, log, metrics: { observeRequest() {} } }, []);
    await server.start();
    const reply = await fetch('http://127.0.0.1:' + server.port + '/');
    console.log(reply.headers.get('uwebsockets'));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env: { ...process.env, UWS_USE_FALLBACK: '1' } },
  );
  expect(stdout).toMatch(/^loaded .*\.node\n20\n$/);
});

test('THICKET_UWS_PATH takes a binary, or a folder of binaries by their author’s names', () => {
  const { file } = loadUws(null);
  const own = join(folder, `uws_linux_x64_${process.versions.modules}.node`);
  copyFileSync(file, own);
  appendFileSync(own, 'of my own'); // Behind the end of the code: another digest, and it still loads.
  expect(loadUws(own)).toMatchObject({ version: null, file: own });
  expect(loadUws(folder)).toMatchObject({ version: null, file: own });
});

test.each([
  ['is absent', join(folder, 'absent')],
  ['is no binary', join(import.meta.dirname, 'uws-binary.test.ts')],
  ['is the binary of another library', join(process.cwd(), 'build/Release/thicket.node')],
])('THICKET_UWS_PATH that %s is refused, and nothing else is loaded', (_, path) => {
  expect(failureOf(RELEASES, path)).toMatchObject({
    code: 'SETUP_MISSING',
    message: expect.stringContaining(
      `THICKET_UWS_PATH must be a binary of uWebSockets.js for Node ${process.versions.node}`,
    ),
  });
});
