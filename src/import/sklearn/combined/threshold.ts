import type { Category } from '../../../schema/fields.ts';
import { Global, PickleObject, type PickleValue, kindOf } from '../../python/pickle/values.ts';
import { complement, scaled } from '../../build/arithmetic.ts';
import { Estimator } from '../read/estimator.ts';
import { type Classifier, asClassifier, probabilitiesOf } from '../read/inner-predictors.ts';
import { type Block, type Predictor, once } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';

/** sklearn/model_selection/_classification_threshold.py, since 1.5: a cut that the user chose. */
export function importFixedThreshold(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const threshold = model.get('threshold');
  const isChosen = typeof threshold === 'number';
  if (!isChosen && threshold !== 'auto') model.refuse('has a threshold that is no number');
  // Since 1.6 a fitted estimator need not be fitted again.
  const name = model.has('estimator_') ? 'estimator_' : 'estimator';
  const chosen = isChosen ? threshold : null;
  return importThreshold(model, name, chosen, model.get('pos_label'), input, context);
}

/** A cut that cross-validation found. */
export function importTunedThreshold(
  model: Estimator,
  input: Block,
  context: StepContext,
): Predictor {
  const threshold = model.get('best_threshold_');
  if (typeof threshold !== 'number') model.refuse('has no number for its best_threshold_');
  return importThreshold(model, 'estimator_', threshold, tunedFor(model), input, context);
}

function importThreshold(
  model: Estimator,
  name: string,
  threshold: number | null,
  positive: PickleValue,
  input: Block,
  context: StepContext,
): Predictor {
  const { builder } = context;
  const { place } = model;
  const inside = context.predictor(model.get(name), `${place}.${name}`, input);
  const inner = asClassifier(inside, 'an estimator', model);
  const labels = inner.labels[0]!;
  if (labels.length !== 2) model.refuse(`cuts between ${labels.length} classes instead of two`);
  const position = positive === null ? 1 : labels.indexOf(positive as Category);
  if (position < 0) model.refuse('has a pos_label that is none of its classes');
  if (threshold !== null && Number.isNaN(threshold)) model.refuse('has a threshold that is NaN');
  const predict = once(() => {
    const { response, otherwise } = responseOf(inner, position, model, context);
    const cut = Float64Array.of(threshold ?? otherwise);
    // A response at the cut lies beyond it.
    const stage = { kind: 'interval', inputs: [response], edges: cut, near: false } as const;
    const beyond = builder.stage({ ...stage, counts: Uint32Array.of(1) }, place);
    return position === 1 ? beyond : complement(beyond, builder, place);
  });
  return { ...inner, predict };
}

/** The compared output, and the cut where the user chose none. */
function responseOf(
  inner: Classifier,
  position: number,
  model: Estimator,
  { builder }: StepContext,
): { readonly response: number; readonly otherwise: number } {
  const method = model.get('response_method');
  const decision = inner.scores['decision_function'];
  if (method === 'predict_proba' || (method === 'auto' && inner.probabilities !== null)) {
    const values = probabilitiesOf(inner, 'cuts', model);
    return { response: values[position]!, otherwise: 0.5 };
  }
  if ((method !== 'auto' && method !== 'decision_function') || decision === undefined) {
    model.refuse('cuts a response that its estimator does not know');
  }
  const values =
    position === 1 ? decision() : scaled(decision(), { factor: -1 }, builder, model.place);
  if (values.length !== 1) model.refuse('cuts between several sums');
  return { response: values[0]!, otherwise: 0 };
}

/** Measures of one class, which is 1 unless `pos_label` says otherwise. */
const ABOUT_ONE: ReadonlySet<string> = new Set([
  'f1_score',
  'fbeta_score',
  'jaccard_score',
  'precision_score',
  'recall_score',
]);
/** Measures that treat both classes alike, or have no class of their own. */
const ABOUT_BOTH: ReadonlySet<string> = new Set([
  'accuracy_score',
  'balanced_accuracy_score',
  'brier_score_loss',
  'cohen_kappa_score',
  'matthews_corrcoef',
]);

/** The class that the measure of the search was about: the scorer's `pos_label`, or its default. */
function tunedFor(model: Estimator): PickleValue {
  const scorer = new Estimator(model.get('_curve_scorer'), `${model.place}._curve_scorer`);
  const told = scorer.get('_kwargs');
  if (told instanceof Map && told.has('pos_label')) return told.get('pos_label') ?? null;
  const measure = scorer.get('_score_func');
  const name = measure instanceof Global ? measure.name : '';
  if (ABOUT_ONE.has(name)) return 1;
  if (ABOUT_BOTH.has(name)) return null;
  const what = measure instanceof PickleObject ? kindOf(measure) : name || kindOf(measure);
  model.refuse(`was tuned by ${what}, whose class is not known: use a FixedThresholdClassifier`);
}
