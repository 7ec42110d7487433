import type { Category, Field } from '../schema/fields.ts';

/**
 * A model as importers hand it over and packages hold it: neutral, plain data, no library's quirks.
 * Nothing here is trusted until `compilePlan` and the addon's builder have checked it.
 */
export interface Model {
  readonly fields: readonly Field[];
  readonly pipeline: Pipeline;
  readonly ensembles: readonly Ensemble[];
  readonly head: readonly HeadStage[];
  readonly metadata: Metadata;
  /** Where the training values of some fields lay, where the source says. */
  readonly histograms?: readonly Histogram[];
  readonly golden: GoldenRows;
}

/**
 * Preprocessing as stages over numbered values. Values 0 .. fields-1 are the fields; each stage reads
 * values by number and appends its results, in order, to the list. `features` names the values that
 * the ensembles were trained on, in feature order. A ColumnTransformer is several stages and a
 * `features` list; a dropped column is a value nobody reads.
 */
export interface Pipeline {
  readonly stages: readonly PipelineStage[];
  readonly features: readonly number[];
}

export type PipelineStage = ImputeStage | ScaleStage | OneHotStage;

/** A missing value becomes `fills[i]`: one result per input. */
export interface ImputeStage {
  readonly kind: 'impute';
  readonly inputs: readonly number[];
  readonly fills: readonly Category[];
}

/** (x - offsets[i]) / divisors[i] in float64, each step only where its list is given. */
export interface ScaleStage {
  readonly kind: 'scale';
  readonly inputs: readonly number[];
  readonly offsets: Float64Array | null;
  readonly divisors: Float64Array | null;
}

/**
 * One result per category of each input: 1 where the value equals it, else 0. A category list may end
 * with null, which stands for a missing value; without it a missing value is an unknown category.
 */
export interface OneHotStage {
  readonly kind: 'oneHot';
  readonly inputs: readonly number[];
  readonly categories: readonly (readonly (Category | null)[])[];
  readonly unknown: 'zeros' | 'reject';
}

/** Trees as the addon takes them (see EnsembleSpec there), plus what the source's arithmetic says. */
export interface Ensemble {
  readonly roots: Int32Array;
  readonly feature: Uint32Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly missingLeft: Uint8Array;
  readonly visits: Float64Array;
  readonly outputs: number;
  readonly leafValues: Float64Array;
  readonly comparison: '<=' | '<';
  readonly base: Float64Array;
  /** Features are rounded to this type before they meet a threshold; not finite after it: refused. */
  readonly featureType: 'float32' | 'float64';
  /** `nodes`: missing values follow `missingLeft`. `reject`: the source raises on them. */
  readonly missing: 'nodes' | 'reject';
}

/** What turns raw scores into the answer, in order. */
export type HeadStage = AverageStage | ClassesStage;

/** Every raw score is divided by this (a division, not a product with the reciprocal). */
export interface AverageStage {
  readonly kind: 'average';
  readonly divisor: number;
}

/**
 * The scores are probabilities: for output o those of its classes stand at o x stride. The prediction
 * is the label of the first largest. Without this stage the answer is the numbers themselves.
 */
export interface ClassesStage {
  readonly kind: 'classes';
  readonly stride: number;
  readonly labels: readonly (readonly Category[])[];
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
}

/** `counts[i]` training values of the field in [edges[i], edges[i + 1]), and how many were missing. */
export interface Histogram {
  readonly field: number;
  readonly edges: Float64Array;
  readonly counts: Float64Array;
  readonly missing: number;
}

/**
 * Rows with the answers they must give at every load: raw scores bit for bit, outputs (after the head)
 * within 1 unit in the last place. `inputs` is rows x fields as values; `raw` and `outputs` row-major.
 */
export interface GoldenRows {
  readonly inputs: readonly (readonly (Category | null)[])[];
  readonly raw: Float64Array;
  readonly outputs: Float64Array;
}
