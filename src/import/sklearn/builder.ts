import { refuse } from '../refuse.ts';
import type { Category, Field } from '../../schema/fields.ts';
import type { Pipeline, PipelineStage } from '../../model/model.ts';

/**
 * Fields and results of stages, all together. A wide one-hot encoding has thousands; shared parts of a
 * hostile file could otherwise multiply without end.
 */
export const VALUES_MAX = 1_000_000;

/**
 * Columns and categories that are looked at on the way from step to step. A file may name one list
 * many times; without this, a few bytes could ask for hours.
 */
export const HANDED_OVER_MAX = 20 * VALUES_MAX;

type FieldType = Field['type'];

/** What a value turns out to be, and where that was seen. Imputing keeps it, so values share it. */
interface TypeCell {
  type: FieldType | null;
  place: string;
}

/** Collects a pipeline's stages and learns on the way what each field is. */
export class PipelineBuilder {
  readonly #names: readonly string[] | null;
  readonly #fieldCount: number;
  readonly #cells: TypeCell[];
  readonly #indicators = new Set<number>();
  readonly #stages: PipelineStage[] = [];
  #handedOver = 0;

  constructor(fieldCount: number, names: readonly string[] | null) {
    this.#names = names;
    this.#fieldCount = fieldCount;
    this.#cells = Array.from({ length: fieldCount }, () => ({ type: null, place: '' }));
  }

  /** The fields' own values. */
  get fieldValues(): readonly number[] {
    return this.#cells.slice(0, this.#fieldCount).map((_, value) => value);
  }

  isIndicator(value: number): boolean {
    return this.#indicators.has(value);
  }

  /** States that a value is used as `type`; one value cannot be two things. */
  need(value: number, type: FieldType, place: string): void {
    const cell = this.#cells[value]!;
    if (cell.type !== null && cell.type !== type) {
      refuse(`${place} takes as ${type} what ${cell.place} takes as ${cell.type}`);
    }
    cell.type = type;
    cell.place = place;
  }

  handOver(count: number): void {
    this.#handedOver += count;
    if (this.#handedOver > HANDED_OVER_MAX) {
      refuse(`The pipeline hands over more than ${HANDED_OVER_MAX} columns and categories`);
    }
  }

  impute(inputs: readonly number[], fills: readonly Category[]): number[] {
    this.#stages.push({ kind: 'impute', inputs, fills });
    return inputs.map((input) => this.#add(this.#cells[input]!));
  }

  scale(
    inputs: readonly number[],
    offsets: Float64Array | null,
    divisors: Float64Array | null,
    place: string,
  ): number[] {
    for (const input of inputs) this.need(input, 'number', place);
    this.#stages.push({ kind: 'scale', inputs, offsets, divisors });
    return inputs.map(() => this.#add({ type: 'number', place }));
  }

  oneHot(
    inputs: readonly number[],
    categories: readonly (readonly (Category | null)[])[],
    unknown: 'zeros' | 'reject',
    place: string,
  ): number[] {
    this.#stages.push({ kind: 'oneHot', inputs, categories, unknown });
    return categories.flatMap((list) =>
      list.map(() => {
        const value = this.#add({ type: 'number', place });
        this.#indicators.add(value);
        return value;
      }),
    );
  }

  /**
   * The fields and the pipeline over them. Where fields have names, those that nothing reads are left
   * out: a caller need not send them. Without names the position counts, so all of them stay.
   */
  finish(features: readonly number[], place: string): { fields: Field[]; pipeline: Pipeline } {
    for (const feature of features) this.need(feature, 'number', place);
    const read = new Set([...features, ...this.#stages.flatMap(({ inputs }) => inputs)]);
    const kept = this.fieldValues.filter((value) => this.#names === null || read.has(value));
    const numbers = new Map(kept.map((value, field) => [value, field]));
    const dropped = this.#fieldCount - kept.length;
    const renumber = (value: number): number => numbers.get(value) ?? value - dropped;
    return {
      fields: kept.map((value) => ({
        name: this.#names?.[value] ?? `x${value}`,
        type: this.#cells[value]!.type ?? 'number',
      })),
      pipeline: {
        stages: this.#stages.map((stage) => ({ ...stage, inputs: stage.inputs.map(renumber) })),
        features: features.map(renumber),
      },
    };
  }

  #add(cell: TypeCell): number {
    if (this.#cells.length === VALUES_MAX)
      refuse(`The pipeline makes more than ${VALUES_MAX} values`);
    return this.#cells.push(cell) - 1;
  }
}
