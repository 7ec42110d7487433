import { constants } from '../../build/arithmetic.ts';
import { VALUES_MAX } from '../../build/pipeline-builder.ts';
import type { Estimator } from '../read/estimator.ts';
import { refuseSingle } from '../read/refuse-float32.ts';
import type { Block } from '../../build/predictor.ts';
import type { StepContext } from '../read/step.ts';
import { isAtLeast } from '../read/version.ts';

/** A product of columns by their positions, in ascending order, and the value that holds it. */
interface Term {
  readonly columns: readonly number[];
  readonly value: number;
}

/** Factors of one product. More columns than a table has would be multiplied long before. */
const DEGREE_MAX = 100;

/**
 * PolynomialFeatures: all products of columns up to a degree (sklearn/preprocessing/_polynomial.py). Of
 * three and more factors the order matters: on dense columns, since 0.22, the last two are multiplied
 * first; on sparse ones, and before, the first two.
 */
export function importPolynomial(step: Estimator, input: Block, context: StepContext): Block {
  const { builder, version } = context;
  const [least, most] = degreesOf(step);
  const interactionOnly = step.flag('interaction_only', false);
  refuseSingle(step, input, context);
  builder.require(input.values, 'reject', step.place);
  const values: number[] = [];
  const bias = step.flag('include_bias', true);
  if (bias) values.push(...constants([1], builder, step.place));
  const lastFirst = !input.sparse && isAtLeast(version, 0, 22);
  let terms: Term[] = input.values.map((value, at) => ({ columns: [at], value }));
  for (let degree = 1; degree <= most; degree++) {
    if (degree > 1) terms = nextTerms(terms, { input, interactionOnly, lastFirst }, step, context);
    if (degree >= least) for (const { value } of terms) values.push(value);
  }
  return { values, sparse: input.sparse };
}

interface Rules {
  readonly input: Block;
  readonly interactionOnly: boolean;
  readonly lastFirst: boolean;
}

/** All products of one more column, in lexicographic order. */
function nextTerms(
  terms: readonly Term[],
  { input, interactionOnly, lastFirst }: Rules,
  step: Estimator,
  { builder }: StepContext,
): Term[] {
  const next: number[][] = [];
  for (const { columns } of terms) {
    const from = columns.at(-1)! + (interactionOnly ? 1 : 0);
    builder.handOver((input.values.length - from) * columns.length);
    for (let column = from; column < input.values.length; column++) next.push([...columns, column]);
    if (next.length > VALUES_MAX) step.refuse(`makes more than ${VALUES_MAX} products`);
  }
  const valueOf = new Map(terms.map(({ columns, value }) => [columns.join(), value]));
  const inputs = next.flatMap((columns) => {
    const rest = lastFirst ? columns.slice(1) : columns.slice(0, -1);
    const other = lastFirst ? columns[0]! : columns.at(-1)!;
    return [valueOf.get(rest.join())!, input.values[other]!];
  });
  const values = builder.stage({ kind: 'product', inputs }, step.place);
  return next.map((columns, at) => ({ columns, value: values[at]! }));
}

/** The least and the largest degree: a number is the largest; a pair is both, since 1.0. */
function degreesOf(step: Estimator): readonly [number, number] {
  const degree = step.get('degree');
  const [least, most] = Array.isArray(degree) ? degree : [0, degree];
  if (!isDegree(least) || !isDegree(most)) {
    step.refuse(`has a degree that is no number from 0 to ${DEGREE_MAX}, or a pair of them`);
  }
  return [least, most];
}

function isDegree(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= DEGREE_MAX;
}
