import { refuse } from '../../../model/refuse.ts';
import type { PickleValue } from './values.ts';

const DEPTH_MAX = 32;
/** Everything but brackets: numbers, texts without escapes that matter, the three names. */
const ATOM =
  /\s*(?:(-?\d{1,15})L?(?![\d.])|u?'((?:[^'\\]|\\.)*)'|u?"((?:[^"\\]|\\.)*)"|(True|False|None)\b)\s*/y;
const PUNCTUATION = /\s*([{}[\](),:])\s*/y;

/** A value in Python's own notation, of the kinds that a .npy header uses. Tuples are lists. */
export function parseLiteral(text: string, place: string): PickleValue {
  let at = 0;
  const fail = (): never => refuse(`${place} has a header that is not understood`);

  function take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  }
  const punctuation = (): string | undefined => take(PUNCTUATION)?.[1];
  function accept(mark: string): boolean {
    const before = at;
    if (punctuation() === mark) return true;
    at = before;
    return false;
  }

  function value(depth: number): PickleValue {
    if (depth > DEPTH_MAX) fail();
    const atom = take(ATOM);
    if (atom !== null) return atomOf(atom);
    const open = punctuation();
    if (open === '{') return dictionary(depth);
    if (open === '[') return list(']', depth);
    return open === '(' ? list(')', depth) : fail();
  }
  function list(close: string, depth: number): PickleValue[] {
    const items: PickleValue[] = [];
    while (!accept(close)) {
      items.push(value(depth + 1));
      if (!accept(',') && text[at] !== close) fail();
    }
    return items;
  }
  function dictionary(depth: number): Map<PickleValue, PickleValue> {
    const map = new Map<PickleValue, PickleValue>();
    while (!accept('}')) {
      const key = value(depth + 1);
      if (!accept(':')) fail();
      map.set(key, value(depth + 1));
      if (!accept(',') && text[at] !== '}') fail();
    }
    return map;
  }

  const parsed = value(0);
  return text.slice(at).trim() === '' ? parsed : fail();
}

function atomOf([, number, single, double, name]: RegExpExecArray): PickleValue {
  if (number !== undefined) return Number(number);
  if (name !== undefined) return name === 'None' ? null : name === 'True';
  return (single ?? double ?? '').replace(/\\(.)/g, '$1');
}
