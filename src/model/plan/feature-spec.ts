import { FEATURE_KIND, type FeatureSpec } from '../../forest/addon.ts';
import { type Places, TABLE_SPECIALS, fillTable } from './readers.ts';
import { refuseUnless } from '../refuse.ts';
import type { Feature } from '../values.ts';

/** Numbers in all tables and steps of a model: 256 MiB, which 5,000 categories one-hot encoded come to. */
export const TABLE_VALUES_MAX = 32 * 1024 * 1024;

/**
 * The features of one forest as the addon takes them, read from rows with these places. `room` is what
 * is left for the numbers of their tables and steps.
 */
export function featureSpec(
  features: readonly Feature[],
  places: Places,
  room: number,
): FeatureSpec {
  const stepStart = new Uint32Array(features.length + 1);
  const tableStart = new Uint32Array(features.length + 1);
  let tableEnd = 0;
  features.forEach((feature, at) => {
    const isTable = feature.kind === 'table';
    stepStart[at + 1] = stepStart[at]! + (isTable ? 0 : feature.steps.length);
    tableEnd += isTable ? places.codeOf(feature.field).categories + TABLE_SPECIALS : 0;
    refuseUnless(
      tableEnd + stepStart[at + 1]! <= room,
      `The model's encodings need tables of more than ${TABLE_VALUES_MAX} numbers.`,
    );
    tableStart[at + 1] = tableEnd;
  });
  const steps = features.flatMap((feature) => (feature.kind === 'number' ? feature.steps : []));
  const tableValues = new Float64Array(tableEnd);
  features.forEach((feature, at) => {
    if (feature.kind !== 'table') return;
    fillTable(tableValues.subarray(tableStart[at], tableStart[at + 1]), feature);
  });
  return {
    kind: Uint8Array.from(features, (feature) => FEATURE_KIND[feature.kind]),
    slot: Uint32Array.from(features, (feature) =>
      feature.kind === 'number' ? places.numberOf(feature) : places.codeOf(feature.field).slot,
    ),
    stepStart,
    stepOp: Uint8Array.from(steps, (step) => step.op),
    stepOperand: Float64Array.from(steps, (step) => step.operand),
    tableStart,
    tableValues,
  };
}
