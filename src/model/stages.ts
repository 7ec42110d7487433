import type { Category } from '../schema/fields.ts';

/**
 * The steps of a model. Every stage reads the values `inputs`; most treat them one by
 * one, and then their lists hold an entry for each input. The arithmetic is float64, one rounding an
 * operation, in the order that is written here.
 */
export type Stage =
  | ImputeStage
  | ScaleStage
  | OneHotStage
  | LookupStage
  | LinearStage
  | RequireStage
  | TreesStage
  | ArgmaxStage
  | DuelsStage
  | InterpolateStage
  | SharesStage
  | VotesStage
  | ReplaceStage
  | ClipStage
  | AboveStage
  | IntervalStage
  | ApplyStage
  | PowerStage
  | QuantileStage
  | ProductStage
  | NormalizeStage
  | Float32Stage
  | SigmoidStage
  | SoftmaxStage
  | SoftmaxByLogStage
  | BallotsStage
  | SammeLogsStage
  | MembersStage
  | WeightedMedianStage
  | LogitStage
  | CentredLogsStage
  | FromPowerStage
  | FromQuantileStage;

export type StageKind = Stage['kind'];

/** A missing value becomes `fills[i]`: one result per input. */
export interface ImputeStage {
  readonly kind: 'impute';
  readonly inputs: readonly number[];
  readonly fills: readonly Category[];
}

/** (x - offsets[i]) / divisors[i] * factors[i] + shifts[i], each step only where its list is given. */
export interface ScaleStage {
  readonly kind: 'scale';
  readonly inputs: readonly number[];
  readonly offsets: Float64Array | null;
  readonly divisors: Float64Array | null;
  readonly factors: Float64Array | null;
  readonly shifts: Float64Array | null;
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

/**
 * A number for each category: one result per input, `numbers` has as many for each input as there are
 * categories, one list after the other. A list may hold null, a missing value. An unknown category, and
 * a missing value that no null stands for, becomes `others[i]` (which may be NaN), or is rejected.
 */
export interface LookupStage {
  readonly kind: 'lookup';
  readonly inputs: readonly number[];
  readonly categories: readonly (readonly (Category | null)[])[];
  readonly numbers: Float64Array;
  readonly unknown: 'others' | 'reject';
  readonly others: Float64Array;
}

/**
 * Result o is the sum of x_i * weights[o x inputs + i] over the inputs in their order, from 0, plus
 * intercepts[o].
 */
export interface LinearStage {
  readonly kind: 'linear';
  readonly inputs: readonly number[];
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
}

/** No results: the source raises where an input is not finite (in `type`) or, unless accepted, missing. */
export interface RequireStage {
  readonly kind: 'require';
  readonly inputs: readonly number[];
  readonly missing: 'accept' | 'reject';
  readonly type: 'float32' | 'float64';
}

/** The inputs are the features, in feature order; the results are the ensemble's raw scores. */
export interface TreesStage {
  readonly kind: 'trees';
  readonly inputs: readonly number[];
  readonly ensemble: number;
}

/** One result: the position of the first largest input; a NaN is larger than any number. */
export interface ArgmaxStage {
  readonly kind: 'argmax';
  readonly inputs: readonly number[];
}

/** Each input divided by the sum of all; `ofZero` is what becomes of them where that is 0. */
export interface SharesStage {
  readonly kind: 'shares';
  readonly inputs: readonly number[];
  /** numpy adds neighbours in its pairwise order, and along other axes one after the other. */
  readonly order: 'pairwise' | 'sequential';
  readonly ofZero: 'equal' | 'kept' | 'missing';
}

/** One result per input: the height above it of the line through the points; beyond them its ends. */
export interface InterpolateStage {
  readonly kind: 'interpolate';
  readonly inputs: readonly number[];
  readonly points: Float64Array;
  readonly values: Float64Array;
}

/** Each input is the position of a candidate: one result per candidate, the weights of its votes. */
export interface VotesStage {
  readonly kind: 'votes';
  readonly inputs: readonly number[];
  readonly weights: Float64Array;
  readonly candidates: number;
}

/**
 * For every pair of candidates (0 and 1, 0 and 2, ..) which one wins (0: the former, 1: the latter), then
 * for every pair how much speaks for the latter. One result per candidate: its victories, plus less than
 * a third for what speaks for it.
 */
export interface DuelsStage {
  readonly kind: 'duels';
  readonly inputs: readonly number[];
  readonly candidates: number;
}

/** A value equal to `from[i]` becomes `to[i]`: one result per input. None of them is a missing value. */
export interface ReplaceStage {
  readonly kind: 'replace';
  readonly inputs: readonly number[];
  readonly from: readonly (Category | null)[];
  readonly to: readonly (Category | null)[];
}

/** Not below `minimum` and not above `maximum`; a missing value stays one. */
export interface ClipStage {
  readonly kind: 'clip';
  readonly inputs: readonly number[];
  readonly minimum: number;
  readonly maximum: number;
}

/** 1 where an input is above the threshold, else 0. */
export interface AboveStage {
  readonly kind: 'above';
  readonly inputs: readonly number[];
  readonly threshold: number;
}

/**
 * How many of an input's ascending edges are at most the input; `edges` holds `counts[i]` of them for
 * each. `near` looks up x + (1e-8 + 1e-5 |x|) instead, so that a value just below an edge lies on it.
 */
export interface IntervalStage {
  readonly kind: 'interval';
  readonly inputs: readonly number[];
  readonly edges: Float64Array;
  readonly counts: Uint32Array;
  readonly near: boolean;
}

export type AppliedFunction =
  'absolute' | 'exp' | 'exp2' | 'expm1' | 'log' | 'log10' | 'log1p' | 'log2' | 'sqrt' | 'square';

/** The function of every input. */
export interface ApplyStage {
  readonly kind: 'apply';
  readonly inputs: readonly number[];
  readonly function: AppliedFunction;
}

type PowerForm = 'box-cox' | 'yeo-johnson' | 'yeo-johnson-expm1';

/** A power of every input, made continuous in its exponent `lambdas[i]`; two ways to compute one of them. */
export interface PowerStage {
  readonly kind: 'power';
  readonly inputs: readonly number[];
  readonly lambdas: Float64Array;
  readonly form: PowerForm;
}

/**
 * Where an input lies among its quantiles, interpolated between the references that they stand for:
 * `quantiles` holds as many for each input as there are references. `normal` answers with the normal
 * distribution's quantile of that, `uniform-clipped` keeps it off 0 and 1.
 */
export interface QuantileStage {
  readonly kind: 'quantile';
  readonly inputs: readonly number[];
  readonly quantiles: Float64Array;
  readonly references: Float64Array;
  readonly output: 'uniform' | 'normal' | 'uniform-clipped';
}

/** The product of each pair of inputs: one result per two. */
export interface ProductStage {
  readonly kind: 'product';
  readonly inputs: readonly number[];
}

/** Every input divided by the length of them all, unless that is 0 or below `negligible`. */
export interface NormalizeStage {
  readonly kind: 'normalize';
  readonly inputs: readonly number[];
  readonly norm: 'l1' | 'l2' | 'max' | 'absmax';
  readonly negligible: number;
}

/** Every input rounded to float32. */
export interface Float32Stage {
  readonly kind: 'float32';
  readonly inputs: readonly number[];
}

/** 1 / (1 + exp(-x)) of every input. */
export interface SigmoidStage {
  readonly kind: 'sigmoid';
  readonly inputs: readonly number[];
}

/** exp(x - the largest input) of every input, divided by the sum of all: shares that add up to 1. */
export interface SoftmaxStage {
  readonly kind: 'softmax';
  readonly inputs: readonly number[];
}

/** exp(x - log(sum(exp(x)))) of every input: the same shares, rounded at other places. */
export interface SoftmaxByLogStage {
  readonly kind: 'softmaxByLog';
  readonly inputs: readonly number[];
}

/**
 * Each input is the position of a candidate, who gets `weights[i]` where every other gets `others[i]`:
 * one result per candidate, the sum of what it gets.
 */
export interface BallotsStage {
  readonly kind: 'ballots';
  readonly inputs: readonly number[];
  readonly weights: Float64Array;
  readonly others: Float64Array;
  readonly candidates: number;
}

/** (K - 1) * (log x - the mean of all K logs) of every input, which counts as no less than 2^-52. */
export interface SammeLogsStage {
  readonly kind: 'sammeLogs';
  readonly inputs: readonly number[];
}

/**
 * One result per set of category codes (`sets` has eight words a set, bit by code): 0 where the input's
 * code is in it, 1 where it is only `known`, NaN for all others and for a missing value. The code is the
 * whole part of the input; a negative one is missing or wraps around, as does one above 255.
 */
export interface MembersStage {
  readonly kind: 'members';
  readonly inputs: readonly number[];
  readonly sets: Uint32Array;
  readonly known: Uint32Array;
  readonly negative: 'missing' | 'wrapped';
}

/** One result: the first input in ascending order at which the weights come to half of all. */
export interface WeightedMedianStage {
  readonly kind: 'weightedMedian';
  readonly inputs: readonly number[];
  readonly weights: Float64Array;
}

/** log(x / (1 - x)) of every input; `central` as a difference of two logarithms around one half. */
export interface LogitStage {
  readonly kind: 'logit';
  readonly inputs: readonly number[];
  readonly form: 'quotient' | 'central';
}

/** log(x / the geometric mean of all inputs) of every input. */
export interface CentredLogsStage {
  readonly kind: 'centredLogs';
  readonly inputs: readonly number[];
}

type FromPowerForm = 'box-cox' | 'box-cox-log1p' | 'yeo-johnson';

/** Back from a power of every input (see PowerStage); two ways to compute one of them. */
export interface FromPowerStage {
  readonly kind: 'fromPower';
  readonly inputs: readonly number[];
  readonly lambdas: Float64Array;
  readonly form: FromPowerForm;
}

/** The quantile for a share, or for the normal distribution's quantile of one (see QuantileStage). */
export interface FromQuantileStage {
  readonly kind: 'fromQuantile';
  readonly inputs: readonly number[];
  readonly quantiles: Float64Array;
  readonly references: Float64Array;
  readonly input: 'uniform' | 'normal';
}
