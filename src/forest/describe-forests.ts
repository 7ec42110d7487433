import type { ForestDescription } from './addon.ts';

/** The description of a model without trees. */
const NO_FOREST: ForestDescription = {
  trees: 0,
  innerNodes: 0,
  leaves: 0,
  depthMax: 0,
  visitsPerRow: 0,
  columns: 0,
  cutPoints: 0,
  bytes: 0,
  kernel: 'none',
  batchKernel: 'none',
  batchRowsMin: 1,
  kernelReason: 'the model has no trees',
  kernelTimings: [],
};

/** Several forests as one: their sizes together, and the kernels of the one that a row visits most of. */
export function describeForests(forests: readonly ForestDescription[]): ForestDescription {
  if (forests.length === 0) return NO_FOREST;
  const largest = forests.reduce((a, b) => (b.visitsPerRow > a.visitsPerRow ? b : a));
  const sum = (of: (forest: ForestDescription) => number): number =>
    forests.reduce((total, forest) => total + of(forest), 0);
  return {
    ...largest,
    trees: sum(({ trees }) => trees),
    innerNodes: sum(({ innerNodes }) => innerNodes),
    leaves: sum(({ leaves }) => leaves),
    depthMax: Math.max(...forests.map(({ depthMax }) => depthMax)),
    visitsPerRow: sum(({ visitsPerRow }) => visitsPerRow),
    columns: sum(({ columns }) => columns),
    cutPoints: sum(({ cutPoints }) => cutPoints),
    bytes: sum(({ bytes }) => bytes),
  };
}
