import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const SERVER = new URL('../../dist/src/http/server.js', import.meta.url).href;

/** Starts a server where the native binary is not used, and prints what came of it. */
async function startWithoutBinary(production: boolean): Promise<string> {
  const script = `
    import { HttpServer } from ${JSON.stringify(SERVER)};
    const log = { warn: (_, sentence) => console.log('warned: ' + sentence) };
    const config = { host: '127.0.0.1', port: 0, production: ${production} };
    const server = new HttpServer({ config, log }, []);
    try {
      await server.start();
      console.log('started');
    } catch (error) {
      console.log(error.code + ': ' + error.message);
    }
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { env: { ...process.env, UWS_USE_FALLBACK: '1' } },
  );
  return stdout;
}

test('without its binary the server says so', async () => {
  const output = await startWithoutBinary(false);
  expect(output).toContain('warned: uWebSockets.js runs as its slow JavaScript fallback');
});

test('without its binary the server refuses to run in production', async () => {
  const output = await startWithoutBinary(true);
  expect(output).toContain('SETUP_MISSING: uWebSockets.js runs as its slow JavaScript fallback');
  expect(output).not.toContain('started');
});
