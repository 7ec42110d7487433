import {
  type ArrayExtent,
  ENSEMBLE_ARRAYS,
  ENSEMBLE_ARRAY_NAMES,
  type EnsembleArray,
  type EnsembleArrays,
} from '../forest/ensemble-arrays.ts';
import { type Category, FIELD_TYPES, type Field } from '../schema/fields.ts';
import type { AnswerRule, Ensemble, Histogram, Metadata, Model } from './model.ts';
import { refuse, refuseUnless } from './refuse.ts';

/** Fields of one model. Far above the widest table; it keeps a hostile file from growing one. */
export const FIELDS_MAX = 100_000;
/** Characters in a name or a label: they travel in every request, error and stored row. */
export const NAME_CHARACTERS_MAX = 1_000;
/** Outputs of one ensemble: classes times targets. Every leaf holds as many numbers. */
export const OUTPUTS_MAX = 100_000;

/** Golden rows of one model: all of them are scored at every load. Far more than any writer makes. */
export const GOLDEN_ROWS_TAKEN_MAX = 1_000;

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
    const what = `type of field ${quoted(field.name)}`;
    checkWord(what, field.type, FIELD_TYPES);
    refuseUnless(!seen.has(field.name), `The model has two fields named ${quoted(field.name)}.`);
    seen.add(field.name);
    checkFieldRange(field);
  }
}

function checkFieldRange(field: Field): void {
  const { minimum, maximum, integer, truths } = field;
  const name = `Field ${quoted(field.name)}`;
  refuseUnless(
    field.type === 'number' ||
      [minimum, maximum, integer, truths].every((said) => said === undefined),
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
  const { feature, outputs, leafValues, treeOutputs, roots } = ensemble;
  const nodes = feature.length;
  checkWord("ensemble's comparison", ensemble.comparison, ['<=', '<']);
  checkWord("ensemble's feature type", ensemble.featureType, ['float32', 'float64']);
  checkWord("ensemble's type of sums", ensemble.sums, ['float32', 'float64']);
  checkWord("ensemble's rule for missing values", ensemble.missing, ['nodes', 'reject']);
  refuseUnless(
    Number.isInteger(outputs) && outputs >= 1 && outputs <= OUTPUTS_MAX,
    `The ensemble has ${outputs} outputs; 1 to ${OUTPUTS_MAX} are taken.`,
  );
  const leafWidth = treeOutputs.length === 0 ? outputs : 1;
  refuseUnless(
    leafValues.length % leafWidth === 0,
    `The ensemble's ${leafValues.length} leaf values are no multiple of its ${leafWidth} outputs.`,
  );
  checkLengths(ensemble, {
    tree: roots.length,
    'inner node': nodes,
    leaf: leafValues.length,
    node: nodes + leafValues.length / leafWidth,
    output: outputs,
  });
  refuseUnless(roots.length > 0, 'The ensemble has no trees.');
  for (let node = 0; node < nodes; node++) {
    if (ensemble.feature[node]! >= featureCount) {
      refuse(
        `Inner node ${node} asks for feature ${ensemble.feature[node]!}; the pipeline gives ${featureCount}.`,
      );
    }
  }
}

const PLURALS: Readonly<Record<ArrayExtent, string>> = {
  tree: 'trees',
  'inner node': 'inner nodes',
  leaf: 'numbers of leaves',
  node: 'nodes',
  output: 'outputs',
};

function checkLengths(
  ensemble: EnsembleArrays,
  counts: Readonly<Record<ArrayExtent, number>>,
): void {
  for (const name of ENSEMBLE_ARRAY_NAMES) {
    const { per, mayBeEmpty }: EnsembleArray = ENSEMBLE_ARRAYS[name];
    const { length } = ensemble[name];
    refuseUnless(
      length === counts[per] || (mayBeEmpty === true && length === 0),
      `The ensemble's ${name} has ${length} entries for its ${counts[per]} ${PLURALS[per]}.`,
    );
  }
}

function checkWord(what: string, word: string, words: readonly string[]): void {
  refuseUnless(
    words.includes(word),
    `The ${what} is ${quoted(word)}; it may be ${words.join(' or ')}.`,
  );
}

/** Refuses answers of values that do not exist, or that are not all numbers or all classes. */
export function checkAnswer({ outputs, scores }: AnswerRule, values: number): void {
  const there = (value: number, what: string): void =>
    refuseUnless(
      Number.isInteger(value) && value >= 0 && value < values,
      `The answer's ${what} is value ${value}; the model has ${values}.`,
    );
  refuseUnless(outputs.length > 0, 'The model answers nothing.');
  const numbers = outputs.filter((rule) => rule.kind === 'number').length;
  refuseUnless(
    numbers === 0 || numbers === outputs.length,
    'The model answers with numbers and with classes, where it can do one only.',
  );
  const known = outputs.filter((rule) => rule.kind === 'class' && rule.probabilities !== null);
  refuseUnless(
    known.length === 0 || known.length === outputs.length,
    'The model knows the probabilities of some of its outputs only.',
  );
  outputs.forEach((rule, output) => {
    if (rule.kind === 'number') return there(rule.value, `output ${output}`);
    if (rule.kind !== 'class') refuse(`Output ${output} is of an unknown kind.`);
    const { labels, index, probabilities } = rule;
    there(index, `class of output ${output}`);
    refuseUnless(labels.length > 0, `Output ${output} has no class.`);
    checkLabels(labels, output);
    refuseUnless(
      probabilities === null || probabilities.length === labels.length,
      `Output ${output} has ${probabilities?.length ?? 0} probabilities for ${labels.length} classes.`,
    );
    probabilities?.forEach((value) => there(value, `probability of output ${output}`));
  });
  const names = new Set<string>();
  for (const { name, values: list } of scores) {
    checkText(name, 'The name of a score');
    refuseUnless(!names.has(name), `The model has two scores named ${quoted(name)}.`);
    // As keys of an object numbers would come before all words.
    refuseUnless(!/^\d/.test(name), `A score is named ${quoted(name)}, which is no word.`);
    names.add(name);
    refuseUnless(name !== '' && list.length > 0, 'The model has a score without name or numbers.');
    for (const value of list) there(value, `score ${quoted(name)}`);
  }
}

/** Replies and tables name a class by its text, so each class needs a text of its own. */
function checkLabels(labels: readonly Category[], output: number): void {
  const byText = new Map<string, Category>();
  for (const label of labels) {
    const text = String(label);
    checkText(text, 'A class label');
    const other = byText.get(text);
    refuseUnless(
      other === undefined,
      `Output ${output} has two classes named ${quoted(text)} (${JSON.stringify(other)} and ${JSON.stringify(label)}): give each class a text of its own.`,
    );
    byText.set(text, label);
  }
}

/** The metadata is stored with every prediction: Postgres takes no U+0000, and a name must not be empty. */
export function checkMetadata(metadata: Metadata): void {
  for (const [what, text] of Object.entries(metadata)) {
    if (typeof text === 'string') checkText(text, `The model's ${what}`);
  }
  const named = ['name', 'version', 'target', 'profile', 'idField', 'positiveClass'] as const;
  for (const what of named) {
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

export function checkGolden(
  { golden, fields }: Pick<Model, 'golden' | 'fields'>,
  rawWidth: number,
  answerWidth: number,
): void {
  const rows = golden.inputs.length;
  refuseUnless(
    rows <= GOLDEN_ROWS_TAKEN_MAX,
    `The model has ${rows} golden rows; at most ${GOLDEN_ROWS_TAKEN_MAX} are taken.`,
  );
  refuseUnless(
    golden.inputs.every((row) => row.length === fields.length),
    `A golden row does not have the model's ${fields.length} fields.`,
  );
  refuseUnless(
    golden.raw.length === rows * rawWidth && golden.outputs.length === rows * answerWidth,
    `The ${rows} golden rows do not have ${rawWidth} raw scores and ${answerWidth} answers each.`,
  );
}

export function kindOf(stage: object): string {
  return 'kind' in stage ? String(stage.kind) : 'none';
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}
