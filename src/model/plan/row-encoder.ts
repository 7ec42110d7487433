import { type Issue, ThicketError } from '../../core/errors.ts';
import type { ValidRow } from '../../core/rows.ts';
import {
  type Encoder,
  type RowBuffers,
  allocateRows,
  compileEncoder,
} from '../../schema/encode.ts';
import { type Field, numberSlotsOf } from '../../schema/fields.ts';
import { notComputable } from '../../schema/issues.ts';
import type { Layout } from './layout.ts';
import { type RowAt, compileNode, compileReader } from './readers.ts';
import { type NumberRequirement, type RowRules, isTaken } from './rules.ts';
import type { Feature, Node } from '../values.ts';

export interface RowEncoder {
  readonly encode: Encoder;
  readonly checkRow: RowCheck | null;
}

/**
 * A check beyond single fields: it throws ROW_INVALID where the source raises on a computed number.
 */
export type RowCheck = (row: ValidRow) => void;

/**
 * The encoder of a model's rows, and the check of what it computes from them; null where nothing can be
 * wrong with that. A row that was checked is encoded already: its encoding is kept for as long as the row.
 */
export function compileRowEncoder(
  layout: Layout,
  { computed }: Pick<RowRules, 'computed'>,
  fields: readonly Field[],
): RowEncoder {
  const encode = compileWholeEncoder(layout);
  if (computed.length === 0) return { encode, checkRow: null };
  const { slots } = layout;
  const [numberSlots, codeSlots] = [numberSlotsOf(slots), slots.codes.length];
  const check = compileCheck(layout, computed, fields);
  const encodings = new WeakMap<ValidRow, RowBuffers>();
  return {
    checkRow: (row) => {
      const own = allocateRows(slots, 1);
      encode(row, 0, own);
      check(own);
      encodings.set(row, own);
    },
    encode: (row, at, into) => {
      const own = encodings.get(row);
      if (own === undefined) return encode(row, at, into);
      into.numbers.set(own.numbers, at * numberSlots);
      into.codes.set(own.codes, at * codeSlots);
    },
  };
}

/** A validator that checks what is computed from the row, too. */
export function withRowCheck<Input>(
  validate: (input: Input) => ValidRow,
  checkRow: RowCheck | null,
): (input: Input) => ValidRow {
  if (checkRow === null) return validate;
  return (input) => {
    const row = validate(input);
    checkRow(row);
    return row;
  };
}

/** Writes what comes from fields, then what is computed from those. */
function compileWholeEncoder({ slots, before, encodedPlaces }: Layout): Encoder {
  const encodeFields = compileEncoder(slots);
  if (before.length === 0) return encodeFields;
  const nodes = before.map(({ node, first }) => compileNode(node, first, encodedPlaces));
  const numberSlots = numberSlotsOf(slots);
  return (row, at, into) => {
    encodeFields(row, at, into);
    const place = rowAt(into, at, numberSlots, slots.codes.length);
    for (const compute of nodes) compute(place);
  };
}

function compileCheck(
  { encodedPlaces }: Layout,
  computed: readonly NumberRequirement[],
  fields: readonly Field[],
): (encoded: RowBuffers) => void {
  const checks = computed.map(({ value, missing }) => {
    const read = compileReader(value, encodedPlaces);
    return { value, read, missing };
  });
  return (encoded) => {
    const place = rowAt(encoded, 0, 0, 0);
    for (const { value, read, missing } of checks) {
      const x = read(place);
      if (isTaken(x, missing)) continue;
      const names = fieldsBehind(value).map((field) => fields[field]!.name);
      const issue: Issue = notComputable(names, x);
      const sentence = `${issue.loc.slice(1).join('.')}: ${issue.msg}`;
      throw new ThicketError('ROW_INVALID', sentence, { issues: [issue] });
    }
  };
}

function rowAt(buffers: RowBuffers, at: number, numberSlots: number, codeSlots: number): RowAt {
  return { ...buffers, numbersAt: at * numberSlots, codesAt: at * codeSlots };
}

/** The fields that a value comes from, in order. */
function fieldsBehind(value: Feature): number[] {
  const fields = new Set<number>();
  const seen = new Set<Node>();
  const waiting: Feature[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === 'table') fields.add(next.field);
    else if (next.source.kind === 'field') fields.add(next.source.field);
    else if (!seen.has(next.source.node)) {
      const { node } = next.source;
      seen.add(node);
      for (const input of node.kind === 'trees' ? node.features : node.inputs) waiting.push(input);
    }
  }
  return [...fields].toSorted((a, b) => a - b);
}
