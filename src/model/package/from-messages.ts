import {
  ENSEMBLE_ARRAYS,
  type EnsembleArrays,
  isExtra,
  ofEachArray,
} from '../../forest/ensemble-arrays.ts';
import type { Field } from '../../schema/fields.ts';
import { type PackedArray, typeNameOf } from './arrays.ts';
import { categoryFrom, present } from './category-messages.ts';
import { keepNewer, keepNewerArrays, keepNewerAround } from './unknown-fields.ts';
import type {
  AnswerMessage,
  EnsembleMessage,
  FieldMessage,
  HistogramMessage,
  MetadataMessage,
  OutputMessage,
  PackageMessage,
} from './messages.ts';
import type { AnswerRule, Ensemble, Histogram, Metadata, Model, OutputRule } from '../model.ts';
import { refuse, refuseUnless } from '../refuse.ts';
import { type TakeArray, stageFrom } from './stage-messages.ts';

/** Words for the numbers that packages store; 0 is what a package leaves unsaid. */
export const FIELD_TYPES = [null, 'number', 'text', 'boolean', 'date', 'datetime'] as const;
export const COMPARISONS = [null, '<=', '<'] as const;
export const FEATURE_TYPES = [null, 'float32', 'float64'] as const;
export const MISSING_RULES = [null, 'nodes', 'reject'] as const;
/** Packages that say nothing are older than sums of another type. */
export const SUMS = ['float64', 'float32'] as const;

/** The model that a package's messages describe; `arrays` are those that its chunks made up. */
export function modelFrom(message: PackageMessage, arrays: readonly PackedArray[]): Model {
  const { answer, metadata, golden } = message;
  if (!answer || !metadata || !golden) {
    refuse('The package lacks its answer, its metadata or its golden rows.');
  }
  const fields = message.fields!.map(fieldFrom);
  const used = new Set<number>();
  const take = takerOf(arrays, used);
  const model: Model = {
    fields,
    stages: message.stages!.map((stage, at) => stageFrom(stage, at, take)),
    ensembles: message.ensembles!.map((ensemble) => ensembleFrom(ensemble, take)),
    answer: answerFrom(answer),
    metadata: metadataFrom(metadata),
    ...(message.histograms!.length > 0 && { histograms: message.histograms!.map(histogramFrom) }),
    golden: keepNewer(golden, {
      inputs: rowsOf(golden.inputs!.map(categoryFrom), fields.length),
      raw: Float64Array.from(golden.raw!),
      outputs: Float64Array.from(golden.outputs!),
    }),
  };
  const unused = arrays.map((array, at) => ({ at, array })).filter(({ at }) => !used.has(at));
  return keepNewerArrays(keepNewer(message, model), unused);
}

function takerOf(arrays: readonly PackedArray[], used: Set<number>): TakeArray {
  return (at, type) => {
    const array = arrays[at];
    if (!(array instanceof type)) {
      const found = array === undefined ? 'absent' : `of type ${typeNameOf(array)}`;
      refuse(`The package needs its array ${at} as a ${type.name}; it is ${found}.`);
    }
    used.add(at);
    return array;
  };
}

function fieldFrom(message: FieldMessage): Field {
  const { name, integer, truths, minimum, maximum, description } = present(message);
  return keepNewer(message, {
    name: name ?? '',
    type: word(FIELD_TYPES, message.type, 'field type'),
    ...(integer !== undefined && { integer }),
    ...(truths !== undefined && { truths }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(description !== undefined && { description }),
  });
}

function answerFrom(message: AnswerMessage): AnswerRule {
  return keepNewer(message, {
    outputs: message.outputs!.map(outputFrom),
    scores: message.scores!.map((score) =>
      keepNewer(score, { name: score.name, values: [...score.values!] }),
    ),
  });
}

function outputFrom(message: OutputMessage, at: number): OutputRule {
  const { number, class: rule } = present(message);
  if (number !== undefined) return keepNewer(message, { kind: 'number', value: number });
  if (!rule) refuse(`Output ${at} of the package is of a kind that needs a newer Thicket.`);
  const labels = rule.labels!.map(
    (label) => categoryFrom(label) ?? refuse('A class has no label.'),
  );
  const probabilities = rule.probabilities!.length === 0 ? null : [...rule.probabilities!];
  const output = { kind: 'class', labels, index: rule.index, probabilities } as const;
  return keepNewerAround(message, keepNewer(rule, output));
}

function ensembleFrom(message: EnsembleMessage, take: TakeArray): Ensemble {
  const arrays = ofEachArray((name) => {
    const { of } = ENSEMBLE_ARRAYS[name];
    const number = isExtra(name) ? present(message)[name] : message[name];
    return number === undefined ? new of(0) : take<PackedArray>(number, of);
  });
  return keepNewer(message, {
    ...(arrays as EnsembleArrays),
    outputs: message.outputs,
    comparison: word(COMPARISONS, message.comparison, 'comparison'),
    featureType: word(FEATURE_TYPES, message.featureType, 'feature type'),
    missing: word(MISSING_RULES, message.missing, 'rule for missing values'),
    sums: word(SUMS, message.sums, 'type of sums'),
  });
}

function metadataFrom(message: MetadataMessage): Metadata {
  const { name, version, target, sourceLibrary, sourceVersion, sourceKind } = message;
  const { sourceDigest, createdAt } = message;
  const source = { sourceLibrary, sourceVersion, sourceKind, sourceDigest };
  const metrics = Object.fromEntries(Object.entries(message.metrics!));
  const { profile, idField, positiveClass } = present(message);
  return keepNewer(message, {
    name,
    version,
    target,
    ...source,
    createdAt,
    metrics,
    ...(profile !== undefined && { profile }),
    ...(idField !== undefined && { idField }),
    ...(positiveClass !== undefined && { positiveClass }),
  });
}

function histogramFrom(message: HistogramMessage): Histogram {
  return keepNewer(message, {
    field: message.field,
    edges: Float64Array.from(message.edges!),
    counts: Float64Array.from(message.counts!),
    missing: message.missing,
  });
}

function rowsOf<T>(cells: readonly T[], width: number): T[][] {
  const rows = width === 0 ? 0 : cells.length / width;
  refuseUnless(
    Number.isInteger(rows),
    `The golden rows' ${cells.length} values are no whole rows of ${width} fields.`,
  );
  return Array.from({ length: rows }, (_, row) => cells.slice(row * width, (row + 1) * width));
}

function word<T extends string>(words: readonly (T | null)[], number: number, what: string): T {
  return (
    words[number] ?? refuse(`The package states a ${what} that needs a newer Thicket (${number}).`)
  );
}
