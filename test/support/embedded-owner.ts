import { createLog } from '../../src/ops/log.ts';
import { EmbeddedPostgres } from '../../src/store/embedded/embedded.ts';

/**
 * A process that owns an embedded server and says where it is; made to be killed. Run it with
 * `ownEmbedded(directory)` from a process of its own.
 */
export async function ownEmbedded(directory: string): Promise<void> {
  const server = new EmbeddedPostgres({ directory, log: createLog('silent') });
  await server.start();
  process.stdout.write(`${server.url}\n`);
  setInterval(() => {}, 60_000); // Until a test kills this process.
}
