import type { Jobs } from '../../jobs/jobs.ts';
import type { Config } from '../../ops/config.ts';
import type { Log } from '../../ops/log.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { LiveModels } from '../../score/live-models.ts';
import type { RequestKey, StoredReply } from '../../store/outcomes/reply-keys.ts';

/** All that the server knows of the rest of the process. */
export interface ServerContext {
  readonly config: Pick<
    Config,
    | 'host'
    | 'port'
    | 'bodyBytesMax'
    | 'batchBodyBytesMax'
    | 'bodiesBytesMax'
    | 'bodyDeadlineMs'
    | 'batchRowsMax'
    | 'chunkRows'
    | 'extraFields'
    | 'profile'
    | 'uwsPath'
    | 'outcomeLevel'
  >;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly metrics: Metrics;
  /** Asked anew for every request: models come, go and are replaced while the server runs. */
  readonly models: Pick<LiveModels, 'find' | 'names' | 'list'>;
  readonly storeStatus: () => { readonly connected: boolean; readonly reason: string };
  /** The reply that is stored under a key. @throws {ThicketError} STORE_UNAVAILABLE. */
  readonly findReply: (key: RequestKey) => Promise<StoredReply | null>;
  /** @throws {ThicketError} NOT_READY while the instance starts. */
  readonly jobs: () => Pick<Jobs, 'submit' | 'find'>;
  /** Everything that the instance still lacks before it can serve, a sentence each; empty when it can. */
  readonly missing: () => readonly string[];
  /** How long a stop waits for replies that are still owed; a bound of the server's own where it is absent. */
  readonly owedMsMax?: number;
  readonly appVersion: string;
  /** `/health` shows these while no model is live. */
  readonly modelName: string | null;
  readonly target: string | null;
}
