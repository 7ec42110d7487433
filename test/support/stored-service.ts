import { RawRows } from '../../src/data/raw-rows.ts';
import { OutcomeWriter } from '../../src/store/outcomes/outcome-writer.ts';
import { findReply } from '../../src/store/outcomes/reply-keys.ts';
import type { Store } from '../../src/store/store.ts';
import { type Service, type ServiceOptions, startService } from './http-service.ts';
import { quietLog, startStore } from './postgres.ts';
import { SUPERSTORE } from './superstore.ts';
import { tinyModel } from './tiny-model.ts';

export interface StoredService extends Service {
  readonly store: Store;
  readonly writer: OutcomeWriter;
}

export interface StoredServiceOptions extends ServiceOptions {
  readonly deadlineMs?: number;
}

/** The whole path of an instance of level `stored`, with a store and a writer of its own, over a real Postgres. */
export async function startStoredService(
  url: string,
  { deadlineMs = 10_000, ...options }: StoredServiceOptions = {},
): Promise<StoredService> {
  const store = await startStore(url);
  const writer = new OutcomeWriter({ store, log: quietLog, rowsMax: 10_000, deadlineMs });
  await writer.start();
  const model = options.model ?? tinyModel({ profile: 'superstore' });
  const service = await startService({
    ...options,
    model,
    scoring: {
      level: 'stored',
      write: (drafts, level, reply) => writer.write(drafts, level, reply),
      rawRows: new RawRows(store, SUPERSTORE, model.fields),
      ...options.scoring,
    },
    context: { findReply: (key) => findReply(store, key), ...options.context },
  });
  const stop = async (): Promise<void> => {
    await service.stop();
    await writer.stop();
    await store.stop();
  };
  return { ...service, store, writer, stop };
}
