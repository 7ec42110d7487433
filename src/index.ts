/** The public interface of the package; everything else may change without a word. */
export { type ErrorCode, type Issue, ThicketError } from './core/errors.ts';
export type { FieldValue, RawRow } from './core/rows.ts';
export { loadModel } from './import/load-model.ts';
export {
  type InputRow,
  type OpenModel,
  type OpenOptions,
  type Output,
  type Prediction,
  openModel,
} from './live/open-model.ts';
export type { Metadata, Model } from './model/model.ts';
export { readPackage, writePackage } from './model/package/package.ts';
export { type Config, parseConfig, readEnvironment } from './ops/config.ts';
export { createLog, type Log } from './ops/log.ts';
export type { Category, Field } from './schema/fields.ts';
export { Instance, type InstanceOptions } from './wire/instance.ts';
