import type { Metadata } from '../../model/model.ts';
import type { Json } from '../openapi/json-schema.ts';

/** The members that say which model answered. */
export function modelJson({ name, version, target }: Metadata): string {
  return [
    `"model_name":${JSON.stringify(name)}`,
    `"model_version":${JSON.stringify(version)}`,
    `"target":${JSON.stringify(target)}`,
  ].join(',');
}

export const MODEL_SCHEMA: Json = {
  model_name: { type: 'string' },
  model_version: { type: 'string' },
  target: { type: 'string' },
};
