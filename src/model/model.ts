import type { EnsembleArrays } from '../forest/ensemble-arrays.ts';
import type { Category, Field } from '../schema/fields.ts';
import type { Stage } from './stages.ts';

/**
 * A model as importers hand it over and packages hold it: neutral, plain data, no library's quirks.
 * Nothing here is trusted until `compilePlan` and the addon's builder have checked it.
 */
export interface Model {
  readonly fields: readonly Field[];
  /**
   * All that happens to a row, as stages over numbered values. Values 0 .. fields-1 are the fields; each
   * stage reads values by number and appends its results, in order, to the list. The trees are stages
   * among others: what stands before them is the pipeline, what follows them is the head. A value that
   * no later stage reads costs nothing.
   */
  readonly stages: readonly Stage[];
  /** The trees of the `trees` stages, one ensemble for each. */
  readonly ensembles: readonly Ensemble[];
  readonly answer: AnswerRule;
  readonly metadata: Metadata;
  /** Where the training values of some fields lay, where the source says. */
  readonly histograms?: readonly Histogram[];
  readonly golden: GoldenRows;
}

/** Trees as the addon takes them, and what the source's arithmetic says. */
export interface Ensemble extends EnsembleArrays {
  readonly outputs: number;
  readonly comparison: '<=' | '<';
  /** Features are rounded to this type before they meet a threshold; not finite after it: refused. */
  readonly featureType: 'float32' | 'float64';
  /** A sum is rounded to this type after every tree, and leaf values are numbers of it. */
  readonly sums: 'float32' | 'float64';
  /** `nodes`: missing values follow `missingLeft`. `reject`: the source raises on them. */
  readonly missing: 'nodes' | 'reject';
}

/** The values that form the answer. */
export interface AnswerRule {
  readonly outputs: readonly OutputRule[];
  /** Other outputs of the source library: `decision_function`, `score_samples`. */
  readonly scores: readonly ScoreRule[];
}

export type OutputRule = NumberRule | ClassRule;

export interface NumberRule {
  readonly kind: 'number';
  readonly value: number;
}

/** The value `index` holds a position in `labels`. */
export interface ClassRule {
  readonly kind: 'class';
  readonly labels: readonly Category[];
  readonly index: number;
  /** A value for each label, where the source knows probabilities. */
  readonly probabilities: readonly number[] | null;
}

export interface ScoreRule {
  readonly name: string;
  readonly values: readonly number[];
}

export interface Metadata {
  readonly name: string;
  readonly version: string;
  readonly target: string;
  readonly sourceLibrary: string;
  readonly sourceVersion: string;
  /** The class chain of the source, for people: `Pipeline(ColumnTransformer, RandomForestRegressor)`. */
  readonly sourceKind: string;
  /** SHA-256 of the source file, in hex. */
  readonly sourceDigest: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** The shape of the replies over HTTP, by its name there. */
  readonly profile?: string;
  /** The name under which clients send the id of a row. The model need not have a field of that name. */
  readonly idField?: string;
  /** The label, as text, whose probability is meant where a reply has one number of a classifier. */
  readonly positiveClass?: string;
}

/** `counts[i]` training values of the field in [edges[i], edges[i + 1]), and how many were missing. */
export interface Histogram {
  readonly field: number;
  readonly edges: Float64Array;
  readonly counts: Float64Array;
  readonly missing: number;
}

/**
 * Rows with the answers they must give at every load. `inputs` is rows x fields as values; `raw` are the
 * raw scores of the ensembles that read the pipeline, bit for bit; `outputs` are all numbers of the
 * answer, within 1 unit in the last place. Both are row-major.
 */
export interface GoldenRows {
  readonly inputs: readonly (readonly (Category | null)[])[];
  readonly raw: Float64Array;
  readonly outputs: Float64Array;
}
