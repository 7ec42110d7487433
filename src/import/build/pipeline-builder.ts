import { refuse } from '../../model/refuse.ts';
import type { Category, Field } from '../../schema/fields.ts';
import { KINDS } from '../../model/kinds/table.ts';
import type { Kind } from '../../model/kinds/kind.ts';
import type { Ensemble, Model } from '../../model/model.ts';
import type { LookupStage, OneHotStage, RequireStage, Stage } from '../../model/stages.ts';

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

/** A value's type, and the place that showed it. Imputing keeps both, so values share them. */
interface TypeCell {
  type: FieldType | null;
  /** The source saw whole numbers only, and says so. */
  whole: boolean;
  place: string;
}

/** Stages whose inputs are numbers and which compute results of their own. */
type NumberStage = Exclude<
  Stage,
  { kind: 'trees' | 'require' | 'impute' | 'replace' | 'oneHot' | 'lookup' }
>;

type Limits = Required<Pick<Field, 'minimum' | 'maximum'>>;

/** Collects a model's stages and learns on the way what each field is. */
export class PipelineBuilder {
  readonly #names: readonly string[] | null;
  readonly #fieldCount: number;
  readonly #cells: TypeCell[];
  readonly #singles = new Set<number>();
  readonly #sent: Set<number>;
  readonly #limits = new Map<number, Limits>();
  readonly #stages: Stage[] = [];
  readonly #ensembles: Ensemble[] = [];
  #handedOver = 0;
  #positions: ReadonlyMap<string, number> | null = null;

  /** True where trees keep the training weight of their nodes (`covers`), which explanations need. */
  readonly keepsCovers: boolean;

  constructor(fieldCount: number, names: readonly string[] | null, keepsCovers = false) {
    this.keepsCovers = keepsCovers;
    this.#names = names;
    this.#fieldCount = fieldCount;
    this.#cells = Array.from({ length: fieldCount }, () => ({
      type: null,
      whole: false,
      place: '',
    }));
    this.#sent = new Set(this.#cells.keys());
  }

  /** The fields' own values. */
  get fieldValues(): readonly number[] {
    return this.#cells.slice(0, this.#fieldCount).map((_, value) => value);
  }

  /** The field of that name, where the table has names. */
  fieldNamed(name: string): number | null {
    this.#positions ??= new Map(this.#names?.map((each, at) => [each, at]));
    return this.#positions.get(name) ?? null;
  }

  /** The source raises outside of these bounds; false where the value is no field of its own. */
  limit(value: number, minimum: number, maximum: number, place: string): boolean {
    if (value >= this.#fieldCount) return false;
    this.need(value, 'number', place);
    const known = this.#limits.get(value);
    this.#limits.set(value, {
      minimum: Math.max(minimum, known?.minimum ?? minimum),
      maximum: Math.min(maximum, known?.maximum ?? maximum),
    });
    return true;
  }

  /** True where the value is the row's own, apart from filling and replacing. */
  isSent(value: number): boolean {
    return this.#sent.has(value);
  }

  /** True where the source holds the value as a float32. */
  isSingle(value: number): boolean {
    return this.#singles.has(value);
  }

  markSingle(values: readonly number[]): void {
    for (const value of values) this.#singles.add(value);
  }

  /** States that a value is used as `type`; one value cannot be two things, but truth values are numbers. */
  need(value: number, type: FieldType, place: string): void {
    const cell = this.#cells[value]!;
    if (cell.type === 'boolean' && type === 'number') return;
    if (
      cell.type !== null &&
      cell.type !== type &&
      !(cell.type === 'number' && type === 'boolean')
    ) {
      refuse(`${place} takes as ${type} what ${cell.place} takes as ${cell.type}`);
    }
    cell.type = type;
    cell.place = place;
  }

  /** States that the source only ever saw whole numbers here. */
  needWhole(value: number): void {
    this.#cells[value]!.whole = true;
  }

  handOver(count: number): void {
    this.#handedOver += count;
    if (this.#handedOver > HANDED_OVER_MAX) {
      refuse(`The pipeline hands over more than ${HANDED_OVER_MAX} columns and categories`);
    }
  }

  impute(inputs: readonly number[], fills: readonly Category[]): number[] {
    this.#stages.push({ kind: 'impute', inputs, fills });
    return this.#same(inputs);
  }

  /** A value equal to `from[i]` becomes `to[i]`; a text stays a text, a number a number. */
  replace(inputs: readonly number[], from: readonly Category[], to: readonly Category[]): number[] {
    this.#stages.push({ kind: 'replace', inputs, from, to });
    return this.#same(inputs);
  }

  /** Any stage over numbers; its results are numbers. */
  stage(stage: NumberStage, place: string): number[] {
    this.#needNumbers(stage.inputs, place);
    this.#stages.push(stage);
    const { parts } = KINDS[stage.kind] as Kind<NumberStage>;
    const results = parts(stage).reduce((sum, part) => sum + part.results, 0);
    return this.#numbers(results, place);
  }

  /** Every value divided by the number: a division, not a product with the reciprocal. */
  divide(inputs: readonly number[], divisor: number, place: string): number[] {
    const divisors = new Float64Array(inputs.length).fill(divisor);
    const scale = {
      kind: 'scale',
      inputs,
      offsets: null,
      divisors,
      factors: null,
      shifts: null,
    } as const;
    return this.stage(scale, place);
  }

  oneHot(
    inputs: readonly number[],
    categories: OneHotStage['categories'],
    unknown: OneHotStage['unknown'],
    place: string,
  ): number[] {
    this.#stages.push({ kind: 'oneHot', inputs, categories, unknown });
    return this.#numbers(
      categories.reduce((sum, list) => sum + list.length, 0),
      place,
    );
  }

  lookup(stage: Omit<LookupStage, 'kind'>, place: string): number[] {
    this.#stages.push({ kind: 'lookup', ...stage });
    return this.#numbers(stage.inputs.length, place);
  }

  /** The source raises where one of these is infinite, or missing unless that is accepted. */
  require(
    inputs: readonly number[],
    missing: RequireStage['missing'],
    place: string,
    type: RequireStage['type'] = 'float64',
  ): void {
    this.#needNumbers(inputs, place);
    this.#stages.push({ kind: 'require', inputs, missing, type });
  }

  /** The same of values that may be texts, which can only be missing. */
  requirePresent(inputs: readonly number[], missing: RequireStage['missing']): void {
    this.#stages.push({ kind: 'require', inputs, missing, type: 'float64' });
  }

  /** The raw scores of trees whose features are `inputs`, in feature order. */
  trees(ensemble: Ensemble, inputs: readonly number[], place: string): number[] {
    this.#needNumbers(inputs, place);
    this.#stages.push({ kind: 'trees', inputs, ensemble: this.#ensembles.length });
    this.#ensembles.push(ensemble);
    return this.#numbers(ensemble.outputs, place);
  }

  /**
   * The fields and the stages over them. Where fields have names, those that nothing reads are left
   * out: a caller need not send them. Without names the position counts, so all of them stay.
   */
  finish(answer: Model['answer']): Pick<Model, 'fields' | 'stages' | 'ensembles' | 'answer'> {
    const told = answer.outputs.map((rule) => (rule.kind === 'number' ? rule.value : rule.index));
    // That a value may be missing is no reason to ask for it.
    const asked = this.#stages.filter(
      (stage) => stage.kind !== 'require' || stage.missing !== 'accept',
    );
    const read = new Set([...told, ...asked.flatMap(({ inputs }) => inputs)]);
    const isKept = (value: number): boolean =>
      this.#names === null || value >= this.#fieldCount || read.has(value);
    const kept = this.fieldValues.filter(isKept);
    const numbers = new Map(kept.map((value, field) => [value, field]));
    const dropped = this.#fieldCount - kept.length;
    const renumber = (value: number): number => numbers.get(value) ?? value - dropped;
    return {
      fields: kept.map((value) => this.#fieldOf(value)),
      stages: this.#stages.map((stage) => {
        const inputs = stage.kind === 'require' ? stage.inputs.filter(isKept) : stage.inputs;
        return { ...stage, inputs: inputs.map(renumber) };
      }),
      ensembles: this.#ensembles,
      answer: {
        outputs: answer.outputs.map((rule) =>
          rule.kind === 'number'
            ? { ...rule, value: renumber(rule.value) }
            : {
                ...rule,
                index: renumber(rule.index),
                probabilities: rule.probabilities?.map(renumber) ?? null,
              },
        ),
        scores: answer.scores.map(({ name, values }) => ({ name, values: values.map(renumber) })),
      },
    };
  }

  #fieldOf(value: number): Field {
    const name = this.#names?.[value] ?? `x${value}`;
    return { name, ...fieldTypeOf(this.#cells[value]!, this.#limits.get(value)) };
  }

  /** Values that are what the inputs are. */
  #same(inputs: readonly number[]): number[] {
    return inputs.map((input) => {
      const value = this.#add(this.#cells[input]!);
      if (this.#sent.has(input)) this.#sent.add(value);
      return value;
    });
  }

  #needNumbers(values: readonly number[], place: string): void {
    for (const value of values) this.need(value, 'number', place);
  }

  #numbers(count: number, place: string): number[] {
    return Array.from({ length: count }, () => this.#add({ type: 'number', whole: false, place }));
  }

  #add(cell: TypeCell): number {
    if (this.#cells.length === VALUES_MAX)
      refuse(`The pipeline makes more than ${VALUES_MAX} values`);
    return this.#cells.push(cell) - 1;
  }
}

function fieldTypeOf(
  { type, whole }: TypeCell,
  limits: Limits | undefined,
): Omit<Field, 'name' | 'description'> {
  if (type !== null && type !== 'number') return { type };
  if (whole) return { type: 'number', integer: true, ...limits };
  return limits === undefined ? { type: 'number', truths: true } : { type: 'number', ...limits };
}
