/** Pickle streams by hand: texts are opcodes and their text arguments, numbers are single bytes. */
export function stream(...parts: readonly (string | number | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'number'
        ? Buffer.of(part)
        : typeof part === 'string'
          ? Buffer.from(part, 'utf8')
          : Buffer.from(part),
    ),
  );
}

export const PROTO = Uint8Array.of(0x80, 4);

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export function float64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

/** SHORT_BINUNICODE. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return stream(0x8c, bytes.length, bytes);
}

/** A name as protocol 4 writes it. */
export function global(module: string, name: string): Buffer {
  return stream(text(module), text(name), 0x93);
}
