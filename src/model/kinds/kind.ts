import type { Stage } from '../stages.ts';
import type { Compute, Lowering, Value } from '../values.ts';
import { refuseUnless } from '../refuse.ts';

/**
 * How a package stores a parameter: `numbers` is a Float64Array, `integers` a Uint32Array, `values` a
 * list of categories, `lists` a list of such lists (null stands for a missing value). With `?` it may
 * be null.
 */
export type ParameterType = ParameterBase | `${ParameterBase}?`;
export type ParameterBase =
  'number' | 'text' | 'flag' | 'numbers' | 'integers' | 'values' | 'lists';

/** The stored parameters of a stage, besides its kind and its inputs. */
export type Parameters<S extends Stage> = {
  readonly [Name in Exclude<keyof S, 'kind' | 'inputs'>]: ParameterType;
};

/** Everything that the product knows of one kind of stage. */
export interface Kind<S extends Stage> {
  readonly parameters: Parameters<S>;
  /** Checks the stage, refusing what cannot be meant, and says what it computes, in result order. */
  readonly parts: (stage: S) => readonly Part[];
}

/** A piece of a stage that is computed on its own: a stage that treats its inputs one by one has many. */
export interface Part {
  /** Value numbers, of the stage's inputs. */
  readonly inputs: readonly number[];
  readonly results: number;
  /**
   * The results described without computing anything per row, or null where that cannot be. Tables of
   * one input need no description of their own: they are computed entry by entry.
   */
  readonly lower?: (inputs: readonly Value[], lowering: Lowering) => readonly Value[] | null;
  /** Called for every row: allocates nothing. */
  readonly compute: Compute;
}

/** A part with one result for each input: `part` says what happens to the input at a position. */
export function elementwise(
  inputs: readonly number[],
  part: (at: number) => {
    readonly lower?: (input: Value, lowering: Lowering) => Value | null;
    readonly compute: (x: number) => number;
  },
): readonly Part[] {
  return inputs.map((input, at) => {
    const { lower, compute } = part(at);
    return {
      inputs: [input],
      results: 1,
      ...(lower !== undefined && {
        lower: ([value]: readonly Value[], lowering: Lowering) => {
          const result = lower(value!, lowering);
          return result === null ? null : [result];
        },
      }),
      compute: (x, y) => {
        y[0] = compute(x[0]!);
      },
    };
  });
}

export function checkLength(
  stage: Stage,
  what: string,
  list: ArrayLike<unknown> | null,
  length: number = stage.inputs.length,
): void {
  refuseUnless(
    list === null || list.length === length,
    `A stage (${stage.kind}) has ${list?.length ?? 0} ${what} for ${stage.inputs.length} inputs; it needs ${length}.`,
  );
}

export function checkFinite(stage: Stage, what: string, list: ArrayLike<number> | null): void {
  for (let at = 0; at < (list?.length ?? 0); at++) {
    refuseUnless(
      Number.isFinite(list![at]!),
      `A stage (${stage.kind}) has a number among its ${what} that is not finite.`,
    );
  }
}

/** A word of a stage, which a package holds as any text. */
export function checkWord(
  stage: Stage,
  what: string,
  word: string,
  words: readonly string[],
): void {
  refuseUnless(
    words.includes(word),
    `A stage (${stage.kind}) has ${JSON.stringify(word)} for its ${what}; it may be ${words.join(' or ')}.`,
  );
}
