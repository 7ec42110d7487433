import type { AnswerRule } from '../../model/model.ts';
import type { Category } from '../../schema/fields.ts';

/** The columns that one step hands to the next, and `sparse` where scipy's sparse form carries them. */
export interface Block {
  readonly values: readonly number[];
  readonly sparse: boolean;
}

/**
 * The outputs of a model of any library for a row. Each function appends its stages when it is first
 * called and answers the same values afterwards, so that a model inside another one costs only what is read
 * of it.
 */
export interface Predictor {
  /** Class labels of each output; null for regression. */
  readonly labels: readonly (readonly Category[])[] | null;
  /** A value for each output: a number, or the position of the class in its labels. */
  readonly predict: () => readonly number[];
  /** Per output a value for each label; null where the source has no probabilities. */
  readonly probabilities: (() => readonly (readonly number[])[]) | null;
  /** Other outputs of the source, by their names there: `decision_function`, `score_samples`. */
  readonly scores: Readonly<Record<string, () => readonly number[]>>;
}

/** The function, which runs once and then answers what it answered. */
export function once<T>(run: () => T): () => T {
  let done: { readonly value: T } | null = null;
  return () => (done ??= { value: run() }).value;
}

/** The answer of a model that is the whole of a file: all that it says. */
export function answerOf({ labels, predict, probabilities, scores }: Predictor): AnswerRule {
  const values = predict();
  const byClass = probabilities?.() ?? null;
  return {
    outputs: values.map((value, output) =>
      labels === null
        ? { kind: 'number', value }
        : {
            kind: 'class',
            labels: labels[output]!,
            index: value,
            probabilities: byClass?.[output] ?? null,
          },
    ),
    scores: Object.entries(scores).map(([name, of]) => ({ name, values: of() })),
  };
}
