import { refuse } from '../../../model/refuse.ts';
import { COST } from './memory-budget.ts';
import type { PickleMachine } from './machine.ts';

/** Bytes of one integer. Random generators' states have 128 bits; parsing digits is quadratic. */
export const INTEGER_BYTES_MAX = 256;
/** The newest protocol that Python has. */
const PROTOCOL_MAX = 5;

type Opcode = (machine: PickleMachine) => void;

const OPCODES: (Opcode | undefined)[] = Array.from({ length: 256 });

function define(code: string | number, run: Opcode): void {
  OPCODES[typeof code === 'string' ? code.charCodeAt(0) : code] = run;
}

/** The opcode for a byte; STOP is not among them: it ends the loop. */
export function opcodeOf(code: number, at: number): Opcode {
  const run = OPCODES[code];
  if (run === undefined) {
    refuse(`The file is damaged: 0x${code.toString(16)} at byte ${at} is no pickle opcode`);
  }
  return run;
}

// Stack, marks and memo.
define('(', (m) => m.mark());
define('0', (m) => m.discard());
define('1', (m) => void m.popToMark());
define('2', (m) => m.push(m.top()));
define('p', (m) => m.memoize(parseIndex(m.reader.line())));
define('q', (m) => m.memoize(m.reader.uint8()));
define('r', (m) => m.memoize(m.reader.uint32()));
define(0x94, (m) => m.memoizeNext());
define('g', (m) => m.recall(parseIndex(m.reader.line())));
define('h', (m) => m.recall(m.reader.uint8()));
define('j', (m) => m.recall(m.reader.uint32()));

// Constants and numbers.
define('N', (m) => m.push(null));
define(0x88, (m) => m.push(true));
define(0x89, (m) => m.push(false));
define('I', (m) => {
  const text = m.reader.line();
  if (text === '00' || text === '01') m.push(text === '01');
  else m.push(parseInteger(text));
});
define('J', (m) => m.push(m.reader.int32()));
define('K', (m) => m.push(m.reader.uint8()));
define('M', (m) => m.push(m.reader.uint16()));
define('L', (m) => m.push(parseInteger(m.reader.line().replace(/L$/, ''))));
define(0x8a, (m) => pushLong(m, m.reader.uint8()));
define(0x8b, (m) => pushLong(m, m.reader.lengthSigned32()));
define('F', (m) => m.push(parseFloatText(m.reader.line())));
define('G', (m) => m.push(m.reader.float64BigEndian()));

// Text and bytes.
define('S', (m) => pushQuoted(m, m.reader.longLine()));
define('T', (m) => m.pushLatin1(m.reader.lengthSigned32()));
define('U', (m) => m.pushLatin1(m.reader.uint8()));
define('V', (m) => {
  const line = m.reader.longLine();
  m.account.charge(COST.text + 2 * line.length);
  m.push(
    line.replace(
      /\\u([0-9a-f]{4})|\\U(00(?:0[0-9a-f]|10)[0-9a-f]{4})/gi,
      (_, short: string | undefined, long: string | undefined) => fromHex(short ?? long!),
    ),
  );
});
define('X', (m) => m.pushText(m.reader.uint32()));
define(0x8c, (m) => m.pushText(m.reader.uint8()));
define(0x8d, (m) => m.pushText(m.reader.length64()));
define('B', (m) => m.pushBytes(m.reader.uint32()));
define('C', (m) => m.pushBytes(m.reader.uint8()));
define(0x8e, (m) => m.pushBytes(m.reader.length64()));
define(0x96, (m) => m.pushBytes(m.reader.length64()));

// Collections.
define(']', (m) => m.pushList([]));
define('l', (m) => m.push(m.popToMark()));
define('a', (m) => m.append([m.pop()]));
define('e', (m) => m.append(m.popToMark()));
define(')', (m) => m.pushList([]));
define('t', (m) => m.push(m.popToMark()));
define(0x85, (m) => m.pushTuple(1));
define(0x86, (m) => m.pushTuple(2));
define(0x87, (m) => m.pushTuple(3));
define('}', (m) => m.pushMap([]));
define('d', (m) => m.pushMap(m.popToMark()));
define('s', (m) => {
  const value = m.pop();
  m.setItems([m.pop(), value]);
});
define('u', (m) => m.setItems(m.popToMark()));
define(0x8f, (m) => m.pushSet([]));
define(0x90, (m) => m.addItems(m.popToMark()));
define(0x91, (m) => m.pushSet(m.popToMark()));

// Names, calls and attributes: all of them only remembered.
define('c', (m) => {
  const module = m.reader.line();
  m.pushGlobal(module, m.reader.line());
});
define(0x93, (m) => {
  const name = m.pop();
  m.pushGlobal(m.pop(), name);
});
define('R', (m) => {
  const args = m.pop();
  m.pushCall(m.pop(), args);
});
define(0x81, (m) => {
  const args = m.pop();
  m.pushCall(m.pop(), args);
});
define(0x92, (m) => {
  m.pop(); // Keyword arguments of __new__; no class of a model takes any.
  const args = m.pop();
  m.pushCall(m.pop(), args);
});
define('i', (m) => {
  const module = m.reader.line();
  m.pushGlobal(module, m.reader.line());
  const callee = m.pop();
  m.pushCall(callee, m.popToMark());
});
define('o', (m) => {
  const [callee, ...args] = m.popToMark();
  m.pushCall(callee, args);
});
define('b', (m) => m.build());

// The stream itself.
define(0x80, (m) => {
  const protocol = m.reader.uint8();
  if (protocol > PROTOCOL_MAX)
    refuse(`The file is a pickle of protocol ${protocol}, which is not known`);
});
define(0x95, (m) => {
  const length = m.reader.length64();
  if (length > m.reader.left) refuse('The file is cut: a frame of it is longer than what is left');
});

// References to objects outside of the file cannot be followed.
for (const code of [0x82, 0x83, 0x84]) {
  define(code, () =>
    refuse("The file uses Python's extension registry, which no model file needs"),
  );
}
for (const code of ['P', 'Q']) {
  define(code, () => refuse('The file refers to objects outside of it (persistent ids)'));
}
for (const code of [0x97, 0x98]) {
  define(code, () =>
    refuse('The file keeps its arrays outside of it (out-of-band buffers): save it in one piece'),
  );
}

function parseIndex(text: string): number {
  if (!/^\d{1,10}$/.test(text)) refuse('The file is damaged: a memo index is no number');
  return Number(text);
}

function parseInteger(text: string): number | bigint {
  if (text.length > INTEGER_BYTES_MAX || !/^[-+]?\d+$/.test(text)) {
    refuse('The file is damaged: an integer of it is no number, or far too long');
  }
  return narrow(BigInt(text.replace(/^\+/, '')));
}

function parseFloatText(text: string): number {
  if (/^[-+]?(?:nan|inf)$/.test(text)) return Number(text.replace('inf', 'Infinity'));
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value))
    refuse('The file is damaged: a float of it is no number');
  return value;
}

/** Buffer reads numbers of up to so many bytes. */
const SMALL_BYTES = 6;

/** Two's complement, least significant byte first. */
function pushLong(m: PickleMachine, length: number): void {
  if (length > INTEGER_BYTES_MAX)
    refuse(`The file holds an integer of ${length} bytes: it is too long`);
  const bytes = m.reader.view(length);
  if (length <= SMALL_BYTES) {
    m.push(length === 0 ? 0 : bytes.readIntLE(0, length));
    return;
  }
  const value = BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
  m.account.charge(COST.text + length);
  m.push(narrow(BigInt.asIntN(8 * length, value)));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function pushQuoted(m: PickleMachine, line: string): void {
  const quoted = /^(?:'(.*)'|"(.*)")$/s.exec(line);
  if (quoted === null) refuse('The file is damaged: a quoted text has no quotes');
  m.account.charge(COST.text + 2 * line.length);
  const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  const text = (quoted[1] ?? quoted[2]!).replace(
    /\\(?:x([0-9a-f]{2})|(.))/gi,
    (_, hex: string | undefined, char: string) =>
      hex === undefined ? (escapes[char] ?? char) : fromHex(hex),
  );
  m.push(text);
}

function fromHex(hex: string): string {
  return String.fromCodePoint(Number.parseInt(hex, 16));
}
