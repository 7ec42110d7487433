/** What a program of one's own may use; everything else may change without a word. */
export { type ErrorCode, type Issue, ThicketError } from './core/errors.ts';
export type { FieldValue, RawRow } from './core/rows.ts';
export { loadAddon } from './forest/load.ts';
export { loadModel } from './import/load-model.ts';
export type { Answer } from './model/plan/head.ts';
export type { Metadata, Model } from './model/model.ts';
export { readPackage, writePackage } from './model/package/package.ts';
export { type Config, parseConfig, readEnvironment } from './ops/config.ts';
export { createLog, type Log } from './ops/log.ts';
export { createLiveModel, type LiveModel } from './live/live-model.ts';
export { Instance, type InstanceOptions } from './wire/instance.ts';
