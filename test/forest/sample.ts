import { FEATURE_KIND, type ForestSpec, STEP } from '../../src/forest/addon.ts';

/** Changes to a spec, by part. */
export interface Changes {
  readonly top?: Partial<Record<'numberSlots' | 'codeSlots' | 'features' | 'ensemble', unknown>>;
  readonly features?: Partial<Record<keyof ForestSpec['features'], unknown>>;
  readonly ensemble?: Partial<Record<keyof ForestSpec['ensemble'], unknown>>;
}

/**
 * Two trees over one scaled number and one category: tree 0 asks (x - 3) / 2 <= 0.5 (so x <= 4), then
 * whether the category is 0; tree 1 is a leaf. `changes` may put anything anywhere.
 */
export function sampleSpec(changes: Changes = {}): ForestSpec {
  const spec = {
    numberSlots: 1,
    codeSlots: 1,
    features: {
      kind: Uint8Array.of(FEATURE_KIND.number, FEATURE_KIND.table),
      slot: Uint32Array.of(0, 0),
      stepStart: Uint32Array.of(0, 3, 3),
      stepOp: Uint8Array.of(STEP.subtract, STEP.divide, STEP.toFloat32),
      stepOperand: Float64Array.of(3, 2, 0),
      tableStart: Uint32Array.of(0, 0, 4),
      tableValues: Float64Array.of(0, 0, 1, 0),
      ...changes.features,
    },
    ensemble: {
      roots: Int32Array.of(0, ~3),
      feature: Uint32Array.of(0, 1),
      threshold: Float64Array.of(0.5, 0.5),
      left: Int32Array.of(1, ~1),
      right: Int32Array.of(~0, ~2),
      missingLeft: Uint8Array.of(1, 0),
      visits: Float64Array.of(10, 5),
      outputs: 1,
      treeOutputs: new Uint32Array(),
      leafValues: Float64Array.of(10, 20, 30, 0.5),
      comparison: 0,
      sums: 0,
      base: Float64Array.of(100),
      ...changes.ensemble,
    },
    ...changes.top,
  };
  return spec as ForestSpec;
}

/** Numbers, codes and the raw scores that they must give. */
export const SAMPLE_ROWS = {
  rows: 6,
  numbers: Float64Array.of(4, 4, 4.0001, Number.NaN, -Infinity, Infinity),
  codes: Int32Array.of(0, 1, 0, -2, -1, 0),
  raw: Float64Array.of(130.5, 120.5, 110.5, 120.5, 120.5, 110.5),
} as const;
