import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { createLog } from '../../src/ops/log.ts';
import { EmbeddedPostgres } from '../../src/store/embedded/embedded.ts';

/** A process that owns an embedded server, made to be killed; and where its server listens. */
export async function startOwner(
  directory: string,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const program = `
    import { runnerImport } from 'vite';
    const { module } = await runnerImport('./test/support/embedded-owner.ts');
    await module.ownEmbedded(${JSON.stringify(directory)});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: String(line).trim() };
}

/** Says where its server is. Run in a process of its own. */
export async function ownEmbedded(directory: string): Promise<void> {
  const server = new EmbeddedPostgres({ directory, log: createLog('silent') });
  await server.start();
  process.stdout.write(`${server.url}\n`);
  setInterval(() => {}, 60_000); // Until a test kills this process.
}
