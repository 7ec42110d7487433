/** Ways to damage a file: some as a disk does it, some as only an attacker does who knows the format. */
import { below, pick } from './random.mjs';

/** Lengths and counts that programs get wrong. */
const INTERESTING = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  0x7fff_ffffn,
  0xffff_ffffn,
  2n ** 40n,
  2n ** 63n,
];
/** Opcodes that build, call, name, remember and forget. */
const OPCODES = Buffer.from(
  '(.0125abcdefghijlopqrstuxBCGIJKLMNRSTUVX]})\x81\x85\x86\x87\x88\x8c\x8e\x92\x93\x94',
  'latin1',
);
/** SHORT_BINUNICODE: a length of one byte and a text. */
const SHORT_TEXT = 0x8c;
/** Attributes stand at the beginning of a file, numbers behind them. */
const HEAD_BYTES = 6000;
const MUTATIONS_MAX = 4;

const MUTATIONS = [
  ['flip', (bytes, random) => edited(bytes, (copy) => flip(copy, random))],
  [
    'set',
    (bytes, random) => edited(bytes, (copy) => (copy[place(copy, random)] = below(random, 256))),
  ],
  [
    'opcode',
    (bytes, random) => edited(bytes, (copy) => (copy[place(copy, random)] = pick(random, OPCODES))),
  ],
  ['number', (bytes, random) => edited(bytes, (copy) => writeNumber(copy, random))],
  ['cut', (bytes, random) => bytes.subarray(0, place(bytes, random))],
  ['drop', (bytes, random) => replaced(bytes, range(bytes, random), Buffer.alloc(0))],
  ['double', doubled],
  ['insert', (bytes, random) => inserted(bytes, random, Buffer.of(pick(random, OPCODES)))],
  ['splice', spliced],
  ['swap texts', swapTexts],
];

/** The bytes with one to four things wrong, and the names of what was done. */
export function mutate(bytes, other, random) {
  let damaged = bytes;
  const done = [];
  for (let left = 1 + below(random, MUTATIONS_MAX); left > 0 && damaged.length > 0; left--) {
    const [name, run] = pick(random, MUTATIONS);
    damaged = run(damaged, random, other);
    done.push(name);
  }
  return { bytes: damaged, done };
}

function place(bytes, random) {
  return below(random, random() < 0.6 ? Math.min(HEAD_BYTES, bytes.length) : bytes.length);
}

function range(bytes, random) {
  const from = place(bytes, random);
  return [from, Math.min(bytes.length, from + 1 + below(random, random() < 0.7 ? 16 : 2000))];
}

function edited(bytes, change) {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

function flip(copy, random) {
  copy[place(copy, random)] ^= 1 << below(random, 8);
}

function writeNumber(copy, random) {
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(pick(random, INTERESTING));
  number.copy(copy, place(copy, random), 0, pick(random, [1, 2, 4, 8]));
}

function replaced(bytes, [from, to], by) {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}

function inserted(bytes, random, piece) {
  const at = place(bytes, random);
  return replaced(bytes, [at, at], piece);
}

function doubled(bytes, random) {
  const [from, to] = range(bytes, random);
  return replaced(bytes, [to, to], bytes.subarray(from, to));
}

/** A piece of another file, in the place of a piece of this one. */
function spliced(bytes, random, other) {
  const [from, to] = range(other, random);
  return replaced(bytes, range(bytes, random), other.subarray(from, to));
}

/** Two names or texts change places: a classifier becomes a scaler, an attribute another one. */
function swapTexts(bytes, random, other) {
  const [first, second] = [textAt(bytes, random), textAt(random() < 0.5 ? bytes : other, random)];
  if (first === null || second === null) return bytes;
  return replaced(bytes, [first.from, first.to], second.bytes);
}

function textAt(bytes, random) {
  const from = bytes.indexOf(SHORT_TEXT, place(bytes, random));
  if (from < 0 || from + 2 > bytes.length) return null;
  const to = from + 2 + bytes[from + 1];
  return to > bytes.length ? null : { from, to, bytes: bytes.subarray(from, to) };
}
