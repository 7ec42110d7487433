import type { Category, Field } from '../schema/fields.ts';
import { type PackedArray, typeNameOf } from './arrays.ts';
import { keepNewer, keepNewerArrays, keepNewerAround } from './newer.ts';
import type {
  CategoriesMessage,
  CategoryMessage,
  EnsembleMessage,
  FieldMessage,
  HeadStageMessage,
  HistogramMessage,
  MetadataMessage,
  PackageMessage,
  PipelineStageMessage,
} from './messages.ts';
import type { Ensemble, HeadStage, Histogram, Metadata, Model, PipelineStage } from './model.ts';
import { refuse, refuseUnless } from './refuse.ts';

/** Words for the numbers that packages store; 0 is what a package leaves unsaid. */
export const FIELD_TYPES = [null, 'number', 'text', 'boolean'] as const;
export const UNKNOWN_RULES = [null, 'zeros', 'reject'] as const;
export const COMPARISONS = [null, '<=', '<'] as const;
export const FEATURE_TYPES = [null, 'float32', 'float64'] as const;
export const MISSING_RULES = [null, 'nodes', 'reject'] as const;

/** The model that a package's messages describe; `arrays` are those that its chunks made up. */
export function modelFrom(message: PackageMessage, arrays: readonly PackedArray[]): Model {
  const { pipeline, metadata, golden } = message;
  if (!pipeline || !metadata || !golden) {
    refuse('The package lacks its pipeline, its metadata or its golden rows.');
  }
  const fields = message.fields!.map(fieldFrom);
  const used = new Set<number>();
  const model: Model = {
    fields,
    pipeline: keepNewer(pipeline, {
      stages: pipeline.stages!.map(stageFrom),
      features: [...pipeline.features!],
    }),
    ensembles: message.ensembles!.map((ensemble) => ensembleFrom(ensemble, arrays, used)),
    head: message.head!.map(headStageFrom),
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

function fieldFrom(message: FieldMessage): Field {
  const { name, integer, minimum, maximum, description } = present(message);
  return keepNewer(message, {
    name: name ?? '',
    type: word(FIELD_TYPES, message.type, 'field type'),
    ...(integer !== undefined && { integer }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(description !== undefined && { description }),
  });
}

function stageFrom(message: PipelineStageMessage, at: number): PipelineStage {
  const { impute, scale, oneHot } = message;
  const inputs = [...message.inputs!];
  const around = <T extends PipelineStage>(stage: T): T => keepNewerAround(message, stage);
  if (impute) {
    const fills = impute.fills!.map(
      (fill) => categoryFrom(fill) ?? refuse('An imputer fills in a missing value.'),
    );
    return around(keepNewer(impute, { kind: 'impute', inputs, fills }));
  }
  if (scale) {
    const { offsets, divisors } = scale;
    return around(
      keepNewer(scale, {
        kind: 'scale',
        inputs,
        offsets: offsets ? Float64Array.from(offsets.values!) : null,
        divisors: divisors ? Float64Array.from(divisors.values!) : null,
      }),
    );
  }
  if (oneHot) {
    const categories = oneHot.categories!.map((list) => list.values!.map(categoryFrom));
    const unknown = word(UNKNOWN_RULES, oneHot.unknown, 'rule for unknown categories');
    return around(keepNewer(oneHot, { kind: 'oneHot', inputs, categories, unknown }));
  }
  return refuse(`Pipeline stage ${at} of the package is of a kind that needs a newer Thicket.`);
}

function headStageFrom(message: HeadStageMessage, at: number): HeadStage {
  const { average, classes } = message;
  if (average) {
    const stage = { kind: 'average', divisor: average.divisor } as const;
    return keepNewerAround(message, keepNewer(average, stage));
  }
  if (classes) {
    const stage = {
      kind: 'classes',
      stride: classes.stride,
      labels: labelsFrom(classes.labels!),
    } as const;
    return keepNewerAround(message, keepNewer(classes, stage));
  }
  return refuse(`Head stage ${at} of the package is of a kind that needs a newer Thicket.`);
}

function labelsFrom(lists: readonly CategoriesMessage[]): Category[][] {
  return lists.map((list) =>
    list.values!.map((label) => categoryFrom(label) ?? refuse('A class has no label.')),
  );
}

function ensembleFrom(
  message: EnsembleMessage,
  arrays: readonly PackedArray[],
  used: Set<number>,
): Ensemble {
  const take = <T extends PackedArray>(at: number, type: abstract new (length: number) => T): T => {
    const array = arrays[at];
    if (!(array instanceof type)) {
      const found = array === undefined ? 'absent' : `of type ${typeNameOf(array)}`;
      refuse(`The ensemble needs array ${at} as a ${type.name}; it is ${found}.`);
    }
    used.add(at);
    return array;
  };
  return keepNewer(message, {
    roots: take(message.roots, Int32Array),
    feature: take(message.feature, Uint32Array),
    threshold: take(message.threshold, Float64Array),
    left: take(message.left, Int32Array),
    right: take(message.right, Int32Array),
    missingLeft: take(message.missingLeft, Uint8Array),
    visits: take(message.visits, Float64Array),
    outputs: message.outputs,
    leafValues: take(message.leafValues, Float64Array),
    comparison: word(COMPARISONS, message.comparison, 'comparison'),
    base: take(message.base, Float64Array),
    featureType: word(FEATURE_TYPES, message.featureType, 'feature type'),
    missing: word(MISSING_RULES, message.missing, 'rule for missing values'),
  });
}

function metadataFrom(message: MetadataMessage): Metadata {
  const { name, version, target, sourceLibrary, sourceVersion, sourceKind } = message;
  const { sourceDigest, createdAt } = message;
  const source = { sourceLibrary, sourceVersion, sourceKind, sourceDigest };
  const metrics = Object.fromEntries(Object.entries(message.metrics!));
  return keepNewer(message, { name, version, target, ...source, createdAt, metrics });
}

function histogramFrom(message: HistogramMessage): Histogram {
  return keepNewer(message, {
    field: message.field,
    edges: Float64Array.from(message.edges!),
    counts: Float64Array.from(message.counts!),
    missing: message.missing,
  });
}

function categoryFrom(message: CategoryMessage): Category | null {
  const { text, number, boolean, missing } = present(message);
  const value = text ?? number ?? boolean;
  if (value === undefined && missing !== true) {
    refuse('The package holds a value of a kind that needs a newer Thicket.');
  }
  return value ?? null;
}

function rowsOf<T>(cells: readonly T[], width: number): T[][] {
  const rows = width === 0 ? 0 : cells.length / width;
  refuseUnless(
    Number.isInteger(rows),
    `The golden rows' ${cells.length} values are no whole rows of ${width} fields.`,
  );
  return Array.from({ length: rows }, (_, row) => cells.slice(row * width, (row + 1) * width));
}

/** Only what the bytes said: protobufjs answers for absent scalars with the prototype's defaults. */
function present<T extends object>(message: T): Partial<T> {
  return { ...message };
}

function word<T extends string>(words: readonly (T | null)[], number: number, what: string): T {
  return (
    words[number] ?? refuse(`The package states a ${what} that needs a newer Thicket (${number}).`)
  );
}
