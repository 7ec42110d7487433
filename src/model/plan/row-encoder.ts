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
import { type RowRules, isTaken } from './rules.ts';
import type { Feature, Node } from '../values.ts';

/** The encoder of whole rows: what comes from fields, then what is computed from those. */
export function compileRowEncoder({ slots, before, encodedPlaces }: Layout): Encoder {
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

/**
 * What single fields cannot tell: throws ROW_INVALID where a computed number is one that the source
 * raises on. Null where there is no such number.
 */
export function compileRowCheck(
  layout: Layout,
  { computed }: RowRules,
  fields: readonly Field[],
  encode: Encoder,
): ((row: ValidRow) => void) | null {
  if (computed.length === 0) return null;
  const buffers = allocateRows(layout.slots, 1);
  const place = rowAt(buffers, 0, numberSlotsOf(layout.slots), layout.slots.codes.length);
  const checks = computed.map(({ value, missing }) => {
    const read = compileReader(value, layout.encodedPlaces);
    return { value, read, missing };
  });
  return (row) => {
    encode(row, 0, buffers);
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
