import { isDateType } from '../../schema/dates.ts';
import type { Field, Slots } from '../../schema/fields.ts';
import { quoted } from '../check.ts';
import type { Model } from '../model.ts';
import type { Lowered } from './lower.ts';
import type { Places } from './readers.ts';
import { refuseUnless } from '../refuse.ts';
import { type Feature, type Node, type TreesNode, asNumber } from '../values.ts';

/**
 * Numbers of an encoded row, and of a row of the head: 2 MiB. Wide tables with products of their columns
 * have some hundred thousand; every row that waits to be scored takes as much memory.
 */
export const ROW_NUMBERS_MAX = 256 * 1024;

/** Where everything about a row stands: in the encoded row, and in the longer row of the head. */
export interface Layout {
  readonly slots: Slots;
  /** Numbers of an encoded row: those of fields, then those of computed features. */
  readonly numberSlots: number;
  /** Nodes computed before any trees, in order, each with its first slot. */
  readonly before: readonly Placed<Exclude<Node, TreesNode>>[];
  /** The trees that read encoded rows, in order, with their first raw score. */
  readonly firstTrees: readonly Placed<TreesNode>[];
  readonly rawWidth: number;
  /** Nodes that follow them, in order, each with its first number in the head's row. */
  readonly after: readonly Placed<Node>[];
  /** True where the head reads more than raw scores; its row then starts with the encoded one. */
  readonly needsRows: boolean;
  /** Numbers of the head's row: the encoded row if it is needed, raw scores, results. */
  readonly headWidth: number;
  /** Codes of the head's row: those of the encoded row if it is needed. */
  readonly headCodeSlots: number;
  readonly encodedPlaces: Places;
  readonly headPlaces: Places;
  /** The values of the answer, in its order. */
  readonly answer: readonly Feature[];
}

export interface Placed<N extends Node> {
  readonly node: N;
  readonly first: number;
}

export function layOut(model: Pick<Model, 'answer' | 'fields'>, lowered: Lowered): Layout {
  const answer = answerValues(model.answer).map((value) =>
    asNumber(lowered.values[value]!, model.fields, 'answers with'),
  );
  const live = liveNodes(lowered, answer);
  const nodes = lowered.nodes.filter((node) => live.has(node));
  const beforeNodes = nodes.filter((node) => node.kind === 'computed' && !node.afterTrees);
  const firstNodes = nodes.filter(isFirst);
  const afterNodes = nodes.filter((node) => node.afterTrees);

  const read = [...nodes.flatMap(inputsOf), ...answer, ...lowered.requirements.map((r) => r.value)];
  const slots = assignSlots(read, lowered, beforeNodes, model.fields);
  const numberSlots = slots.numbers.length + slots.computed;

  const before = place(beforeNodes, slots.numbers.length);
  const headReads = [...afterNodes.flatMap(inputsOf), ...answer];
  const afterEncoding = new Set<Node>([...firstNodes, ...afterNodes]);
  const needsRows = headReads.some((value) => !isResultOf(value, afterEncoding));
  const headStart = needsRows ? numberSlots : 0;
  const firstTrees = place(firstNodes, 0);
  const rawWidth = firstNodes.reduce((sum, { results }) => sum + results, 0);
  const after = place(afterNodes, headStart + rawWidth);
  const headWidth = after.reduce((end, { node }) => end + node.results, headStart + rawWidth);
  const widest = Math.max(numberSlots, headWidth, answer.length);
  refuseUnless(
    widest <= ROW_NUMBERS_MAX,
    `The model makes ${widest} numbers of each row; at most ${ROW_NUMBERS_MAX} are taken.`,
  );

  const headPlaced = [...firstTrees.map((p) => ({ ...p, first: p.first + headStart })), ...after];
  return {
    slots,
    numberSlots,
    before: before as Layout['before'],
    firstTrees,
    rawWidth,
    after,
    needsRows,
    headWidth,
    headCodeSlots: needsRows ? slots.codes.length : 0,
    encodedPlaces: placesIn(slots, before),
    headPlaces: placesIn(slots, [...before, ...headPlaced]),
    answer,
  };
}

/**
 * Apart from the layout's own function, because what lives as long as the model keeps these closures and
 * all that stands around them: the model's trees must not be among that.
 */
function placesIn(slots: Slots, placed: readonly Placed<Node>[]): Places {
  const fieldSlots = new Map(slots.numbers.map((field, slot) => [field, slot]));
  const codeSlots = new Map(slots.codes.map(({ field }, slot) => [field, slot]));
  const firstOf = new Map(placed.map(({ node, first }) => [node, first]));
  return {
    tables: new Map(),
    codeOf: (field) => {
      const slot = codeSlots.get(field)!;
      return { slot, categories: slots.codes[slot]!.categories.length };
    },
    numberOf: ({ source }) =>
      source.kind === 'field'
        ? fieldSlots.get(source.field)!
        : firstOf.get(source.node)! + source.result,
  };
}

/** The numbers that make up an answer: of each output, then of each score. */
function answerValues({ outputs, scores }: Model['answer']): number[] {
  return [
    ...outputs.flatMap((rule) =>
      rule.kind === 'number' ? [rule.value] : [rule.index, ...(rule.probabilities ?? [])],
    ),
    ...scores.flatMap(({ values }) => values),
  ];
}

function isFirst(node: Node): node is TreesNode {
  return node.kind === 'trees' && !node.afterTrees;
}

function inputsOf(node: Node): readonly Feature[] {
  return node.kind === 'trees' ? node.features : node.inputs;
}

function isResultOf(value: Feature, nodes: ReadonlySet<Node>): boolean {
  return (
    value.kind === 'number' && value.source.kind === 'computed' && nodes.has(value.source.node)
  );
}

/** All trees, and every node that they, the answer or the requirements come from. */
function liveNodes(lowered: Lowered, answer: readonly Feature[]): ReadonlySet<Node> {
  const live = new Set<Node>();
  const reach = (value: Feature): void => {
    if (value.kind === 'number' && value.source.kind === 'computed') live.add(value.source.node);
  };
  answer.forEach(reach);
  for (const { value } of lowered.requirements) reach(value);
  // Inputs stand before their node, so one pass from the end meets every reader first.
  for (const node of lowered.nodes.toReversed()) {
    if (node.kind === 'trees') live.add(node);
    if (live.has(node)) inputsOf(node).forEach(reach);
  }
  return live;
}

/** Slots in field order, for the fields that something is made from. */
function assignSlots(
  read: readonly Feature[],
  { uses }: Lowered,
  before: readonly Node[],
  fields: readonly Field[],
): Slots {
  const numbers = new Set<number>();
  const codes = new Set<number>();
  for (const value of read) {
    if (value.kind === 'table') codes.add(value.field);
    else if (value.source.kind === 'field') numbers.add(value.source.field);
  }
  for (const field of codes) {
    const { name, type } = fields[field]!;
    const sentence = `The model looks for field ${quoted(name)} among categories: it is no ${type}.`;
    refuseUnless(!isDateType(type), sentence);
  }
  const dates = ascending(numbers).flatMap((field, slot) => {
    const { type } = fields[field]!;
    return isDateType(type) ? [{ slot, type }] : [];
  });
  return {
    numbers: ascending(numbers),
    ...(dates.length > 0 && { dates }),
    computed: before.reduce((sum, { results }) => sum + results, 0),
    codes: ascending(codes).map((field) => ({ field, categories: uses[field]!.categories })),
  };
}

function ascending(set: ReadonlySet<number>): number[] {
  return [...set].toSorted((a, b) => a - b);
}

function place<N extends Node>(nodes: readonly N[], start: number): Placed<N>[] {
  let first = start;
  return nodes.map((node) => {
    const placed = { node, first };
    first += node.results;
    return placed;
  });
}
