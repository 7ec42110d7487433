import type { Config } from '../../ops/config.ts';
import type { Log } from '../../ops/log.ts';
import type { Metrics } from '../../ops/metrics.ts';
import type { Scoring } from '../../score/scoring.ts';

/** All that the server knows of the rest of the process. */
export interface Neighbours {
  readonly config: Pick<
    Config,
    'host' | 'port' | 'bodyBytesMax' | 'batchRowsMax' | 'chunkRows' | 'extraFields' | 'production'
  >;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly metrics: Metrics;
  /** The way through the live model; null while there is none. Asked anew for every request. */
  readonly scoring: () => Scoring | null;
  readonly storeStatus: () => { readonly connected: boolean; readonly reason: string };
  /** What this instance still lacks before it can serve, one sentence each; empty when it can. */
  readonly missing: () => readonly string[];
  readonly appVersion: string;
  readonly modelName: string;
  readonly target: string;
  /** Where the model came from, without secrets; null before it is known. */
  readonly modelUri: () => string | null;
  /** Why the model is not the one that was asked for first; null when it is. */
  readonly modelFallbackReason: () => string | null;
}

/** A request as a route sees it. */
export interface Call {
  readonly requestId: string;
  /** The JSON value of the body; undefined for a request that has none. */
  readonly body: unknown;
}
