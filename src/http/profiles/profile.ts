import type { LiveModel } from '../../live/live-model.ts';
import type { OutcomeLevel } from '../../ops/config.ts';
import type { Prediction } from '../../score/scoring.ts';
import type { Json } from '../openapi/json-schema.ts';

/** The shape of a model's replies. */
export interface Profile {
  readonly name: string;
  /** The reply's name for the id of a row; without it, the name that the model's spec gives. */
  readonly idName?: string;
  /** Why the answers of this model have no such shape; null where they have. */
  readonly objection: (model: ProfiledModel) => string | null;
  readonly compile: (model: ProfiledModel, level: OutcomeLevel) => ProfileJson;
}

/** All that a profile knows of a live model. */
export type ProfiledModel = Pick<LiveModel, 'metadata' | 'shape'>;

/** A profile compiled for one model: members of JSON objects as text, and the schemas of the members. */
export interface ProfileJson {
  /** The reply for one row. */
  readonly reply: (prediction: Prediction, request: RequestFacts) => string;
  readonly replySchema: Json;
  /** The entry of one row among many. */
  readonly result: (prediction: Prediction) => string;
  readonly resultSchema: Json;
}

/** Facts of the request that a reply may contain. */
export interface RequestFacts {
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly startedMs: number;
}

/** The outcome's id in the store: what a client quotes where a prediction is asked about. */
export const PREDICTION_ID_SCHEMA: Json = { type: ['integer', 'null'] };
