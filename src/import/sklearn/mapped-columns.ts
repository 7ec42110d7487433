import { PickleObject } from '../python/pickle/values.ts';
import { featuresOf } from './wrappers/data-frame-mapper.ts';
import { Estimator } from './read/estimator.ts';
import { type PipelineStep, flatSteps } from './pipeline.ts';

/** Mappers inside of unions inside of pipelines. */
const DEPTH_MAX = 8;

/** The table's columns as far as mappers name them, where nothing but mappers meets the table. */
export function mappedColumns(first: PipelineStep): readonly string[] | null {
  const names = columnsMet(first, 0);
  return names === null ? null : [...new Set(names)];
}

function columnsMet({ value, place }: PipelineStep, depth: number): readonly string[] | null {
  if (!(value instanceof PickleObject) || depth === DEPTH_MAX) return null;
  const step = new Estimator(value, place);
  if (step.className === 'DataFrameMapper') {
    return featuresOf(step).flatMap(({ columns }) => columns);
  }
  if (step.className !== 'FeatureUnion') return null;
  const parts = step.list('transformer_list').map((part, at) => {
    const inner = Array.isArray(part) ? (part[1] ?? null) : null;
    const [first] = flatSteps({ value: inner, place: `${place}.transformer_list[${at}]` });
    return first === undefined ? null : columnsMet(first, depth + 1);
  });
  const known = parts.filter((names) => names !== null);
  return known.length < parts.length ? null : known.flat();
}
