import { FEATURE_KIND, type ForestSpec } from '../../src/forest/addon.ts';
import { type Step, runSteps } from '../../src/model/values.ts';
import type { RowBuffers } from '../../src/schema/encode.ts';

/** The meaning of ForestSpec, as plainly as possible: raw scores of one encoded row. */
export function evaluateRow(spec: ForestSpec, rows: RowBuffers, row: number): number[] {
  const features = featuresOf(spec, rows, row);
  const { ensemble } = spec;
  const rounded = (sum: number): number => (ensemble.sums === 1 ? Math.fround(sum) : sum);
  const add = (output: number, value: number): void => {
    sums[output] = rounded(sums[output]! + value);
  };
  const sums = Array.from(ensemble.base, rounded);
  for (const [tree, root] of ensemble.roots.entries()) {
    let at = root;
    while (at >= 0) {
      const x = features[ensemble.feature[at]!]!;
      const threshold = ensemble.threshold[at]!;
      const goesLeft = Number.isNaN(x)
        ? ensemble.missingLeft[at] === 1
        : ensemble.comparison === 0
          ? x <= threshold
          : x < threshold;
      at = goesLeft ? ensemble.left[at]! : ensemble.right[at]!;
    }
    if (ensemble.treeOutputs.length > 0) {
      add(ensemble.treeOutputs[tree]!, ensemble.leafValues[~at]!);
      continue;
    }
    for (let output = 0; output < ensemble.outputs; output++) {
      add(output, ensemble.leafValues[~at * ensemble.outputs + output]!);
    }
  }
  return sums;
}

export function featuresOf(spec: ForestSpec, rows: RowBuffers, row: number): number[] {
  const { features } = spec;
  return Array.from(features.kind, (kind, at) => {
    const slot = features.slot[at]!;
    if (kind === FEATURE_KIND.table) {
      const code = rows.codes[row * spec.codeSlots + slot]!;
      const entry = code === -2 ? 0 : code + 2;
      return features.tableValues[features.tableStart[at]! + entry]!;
    }
    const steps: Step[] = [];
    for (let step = features.stepStart[at]!; step < features.stepStart[at + 1]!; step++) {
      steps.push({
        op: features.stepOp[step] as Step['op'],
        operand: features.stepOperand[step]!,
      });
    }
    return runSteps(rows.numbers[row * spec.numberSlots + slot]!, steps);
  });
}
