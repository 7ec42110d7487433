import type { Field } from '../schema/fields.ts';
import type { Ensemble, HeadStage, Histogram, Metadata, Model } from './model.ts';
import { refuse, refuseUnless } from './refuse.ts';

/** Fields of one model. Far above the widest table; it keeps a hostile file from growing one. */
export const FIELDS_MAX = 100_000;
/** Characters in a name or a label: they travel in every request, error and stored row. */
export const NAME_CHARACTERS_MAX = 1_000;
/** Outputs of one ensemble: classes times targets. Every leaf holds as many numbers. */
export const OUTPUTS_MAX = 100_000;

export function checkFields(fields: readonly Field[]): void {
  refuseUnless(fields.length > 0, 'The model has no fields.');
  refuseUnless(
    fields.length <= FIELDS_MAX,
    `The model has ${fields.length} fields; at most ${FIELDS_MAX} are taken.`,
  );
  const seen = new Set<string>();
  for (const field of fields) {
    refuseUnless(field.name !== '', 'The model has a field without a name.');
    checkText(field.name, `The name of field ${seen.size}`);
    refuseUnless(!seen.has(field.name), `The model has two fields named ${quoted(field.name)}.`);
    seen.add(field.name);
    checkFieldRange(field);
  }
}

function checkFieldRange(field: Field): void {
  const { minimum, maximum, integer } = field;
  const name = `Field ${quoted(field.name)}`;
  refuseUnless(
    field.type === 'number' ||
      (minimum === undefined && maximum === undefined && integer === undefined),
    `${name} is of type ${field.type} and has a numeric range.`,
  );
  for (const bound of [minimum, maximum]) {
    refuseUnless(
      bound === undefined || Number.isFinite(bound),
      `${name} has a bound that is not finite.`,
    );
  }
  refuseUnless(
    minimum === undefined || maximum === undefined || minimum <= maximum,
    `${name} has a minimum above its maximum.`,
  );
}

/** Lengths and numbers that the plan itself relies on; the addon's builder checks the trees' shape. */
export function checkEnsemble(ensemble: Ensemble, featureCount: number): void {
  const nodes = ensemble.feature.length;
  const inner = [ensemble.threshold, ensemble.left, ensemble.right, ensemble.missingLeft];
  refuseUnless(
    inner.every((array) => array.length === nodes),
    `The ensemble's arrays disagree about the number of inner nodes (${nodes}).`,
  );
  const { visits, outputs, leafValues, base } = ensemble;
  refuseUnless(
    visits.length === 0 || visits.length === nodes,
    `The ensemble has ${visits.length} visit counts for ${nodes} inner nodes.`,
  );
  refuseUnless(
    Number.isInteger(outputs) && outputs >= 1 && outputs <= OUTPUTS_MAX,
    `The ensemble has ${outputs} outputs; 1 to ${OUTPUTS_MAX} are taken.`,
  );
  refuseUnless(
    base.length === outputs,
    `The ensemble has ${base.length} base scores for ${outputs} outputs.`,
  );
  refuseUnless(
    leafValues.length % outputs === 0,
    `The ensemble's ${leafValues.length} leaf values are no multiple of its ${outputs} outputs.`,
  );
  refuseUnless(ensemble.roots.length > 0, 'The ensemble has no trees.');
  for (let node = 0; node < nodes; node++) {
    if (ensemble.feature[node]! >= featureCount) {
      refuse(
        `Inner node ${node} asks for feature ${ensemble.feature[node]!}; the pipeline gives ${featureCount}.`,
      );
    }
  }
}

export function checkHead(head: readonly HeadStage[], outputs: number): void {
  head.forEach((stage, at) => {
    switch (stage.kind) {
      case 'average':
        refuseUnless(
          Number.isFinite(stage.divisor) && stage.divisor > 0,
          `The head divides by ${stage.divisor}.`,
        );
        return;
      case 'classes': {
        const { labels, stride } = stage;
        for (const label of labels.flat()) checkText(String(label), 'A class label');
        refuseUnless(at === head.length - 1, 'The head has a stage after its classes.');
        refuseUnless(
          Number.isInteger(stride) && labels.length > 0 && labels.length * stride === outputs,
          `The head has ${labels.length} outputs of ${stride} scores each; the ensemble gives ${outputs}.`,
        );
        refuseUnless(
          labels.every((classes) => classes.length > 0 && classes.length <= stride),
          `The head has an output with no class or with more than ${stride} classes.`,
        );
        return;
      }
      default:
        refuse(`The head has a stage of an unknown kind ${quoted(kindOf(stage))}.`);
    }
  });
}

/** What is stored with every prediction: the store takes no U+0000, and a name has to name. */
export function checkMetadata(metadata: Metadata): void {
  for (const [what, text] of Object.entries(metadata)) {
    if (typeof text === 'string') checkText(text, `The model's ${what}`);
  }
  for (const what of ['name', 'version', 'target'] as const) {
    refuseUnless(metadata[what] !== '', `The model's ${what} is empty.`);
  }
}

function checkText(text: string, what: string): void {
  refuseUnless(
    text.length <= NAME_CHARACTERS_MAX && !text.includes('\0'),
    `${what} is longer than ${NAME_CHARACTERS_MAX} characters or holds U+0000.`,
  );
}

export function checkHistograms(histograms: readonly Histogram[], fieldCount: number): void {
  for (const { field, edges, counts } of histograms) {
    refuseUnless(
      field < fieldCount && edges.length === counts.length + 1,
      `The histogram of field ${field} does not fit the model's ${fieldCount} fields or its own edges.`,
    );
  }
}

export function checkGolden({ golden, fields }: Model, rawWidth: number): void {
  const rows = golden.inputs.length;
  refuseUnless(
    golden.inputs.every((row) => row.length === fields.length),
    `A golden row does not have the model's ${fields.length} fields.`,
  );
  refuseUnless(
    golden.raw.length === rows * rawWidth && golden.outputs.length === rows * rawWidth,
    `The ${rows} golden rows do not have ${rawWidth} answers each.`,
  );
}

export function kindOf(stage: object): string {
  return 'kind' in stage ? String(stage.kind) : 'none';
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}
