/**
 * The part of a JSON value that is built. All else is checked and skipped. A value of another kind than its
 * shape is built as well, so that an issue can show it: a text, a number, or a small list or object.
 */
export type Shape = SingleShape | ListShape | ObjectShape;

/** A text, a number, true, false or null. */
export interface SingleShape {
  readonly kind: 'single';
}

export interface ListShape {
  readonly kind: 'list';
  readonly items: Shape;
  /** Items beyond are counted and not built: the list is as long as it was sent, and has holes there. */
  readonly itemsMax: number;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly members: readonly Member[];
  readonly memberOf: ReadonlyMap<string, Member>;
  /** Bytes of the longest name of a member. */
  readonly nameBytesMax: number;
  /** The first other members are built too, as many as this: where an issue is to name them. */
  readonly othersMax: number;
}

export interface Member {
  readonly name: string;
  /** The name in UTF-8, as a client that escapes nothing sends it. */
  readonly bytes: Uint8Array;
  readonly shape: Shape;
  /** Its place among the members: most clients send them in one order. */
  readonly at: number;
}

export const SINGLE: SingleShape = { kind: 'single' };

export function listOf(items: Shape, itemsMax: number): ListShape {
  return { kind: 'list', items, itemsMax };
}

/** @param members Names that differ. */
export function objectOf(
  members: readonly (readonly [name: string, shape: Shape])[],
  othersMax = 0,
): ObjectShape {
  const known = members.map(([name, shape], at) => {
    return { name, bytes: new Uint8Array(Buffer.from(name)), shape, at };
  });
  return {
    kind: 'object',
    members: known,
    memberOf: new Map(known.map((member) => [member.name, member])),
    nameBytesMax: Math.max(0, ...known.map(({ bytes }) => bytes.length)),
    othersMax,
  };
}
