/** A set of ids as Postgres writes an `int8multirange`: `{[1,5001),[7001,7002)}`. Table ids mostly follow each other. */
export type IdSet = string;

const PIECE = /\[(-?\d+),(-?\d+)\)/g;

/** @param ids In ascending order, each once. */
export function idSetOf(ids: Float64Array): IdSet {
  const pieces: string[] = [];
  for (let first = 0; first < ids.length;) {
    let end = first + 1;
    while (end < ids.length && ids[end] === ids[end - 1]! + 1) end++;
    pieces.push(`[${ids[first]},${ids[end - 1]! + 1})`);
    first = end;
  }
  return `{${pieces.join(',')}}`;
}

/** The ids of a set, in ascending order. */
export function idsOf(set: IdSet): readonly number[] {
  const ids: number[] = [];
  for (const [, from, end] of set.matchAll(PIECE)) {
    for (let id = Number(from); id < Number(end); id++) ids.push(id);
  }
  return ids;
}
