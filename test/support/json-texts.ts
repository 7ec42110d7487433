import { seededRandom } from '../model/random.ts';

/** Names of members: with escapes, beyond ASCII, empty, and ones that JavaScript's objects have themselves. */
export const MEMBER_NAMES = [
  'sales',
  'quantity',
  'é',
  '__proto__',
  '',
  'a"b',
  '𝄞',
  'constructor',
  'rows',
  'features',
  'other',
] as const;

const SPACES = ['', '', '', '', ' ', '\n', '\r\n', '\t'];
const WORDS = ['true', 'false', 'null'];
const NUMBERS =
  '0 -0 1 12 999999999999999 12345678901234567890 0.1 -1.5e-7 1E400 2e+3 1e-400'.split(' ');
const TEXTS = ['', 'a', 'é𝄞', '\\u0041', '\\uD83D\\ude00', '\\ud800', '\\"', '\\\\', '\\/'].concat([
  '\\n\\b\\f\\r\\t',
  '\u007f\u2028',
  '\ufeff',
  '__proto__',
]);
/** Where two tokens meet, one of these makes a text another one, or no JSON. */
const MARKS = Array.from('{}[],:"\\ue+-.0123456789tfn \n\t\r\u0000\u001f\u00a0\ufeff\u000b/aé𝄞');
const DEPTH_MAX = 5;
const ITEMS_MAX = 4;

/** Texts that are JSON, and damaged ones, which mostly are not; the same for the same seed. */
export class JsonTexts {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  whole(depth = 0): string {
    const kind = this.#below(depth > DEPTH_MAX ? 3 : 6);
    if (kind === 0) return this.#of(NUMBERS);
    if (kind === 1) return `"${this.#of(TEXTS)}${this.#of(TEXTS)}"`;
    if (kind === 2) return this.#of(WORDS);
    const items = Array.from({ length: this.#below(ITEMS_MAX + 1) }, () => {
      const value = this.#spaced(this.whole(depth + 1));
      return kind === 3 ? value : `${this.#spaced(this.#name())}:${value}`;
    });
    const inside = items.length === 0 ? this.#of(SPACES) : items.join(',');
    return kind === 3 ? `[${inside}]` : `{${inside}}`;
  }

  /** `text` with up to two characters replaced. */
  damaged(text: string): string {
    const at = this.#below(text.length + 1);
    const mark = this.#below(3) > 0 ? this.#of(MARKS) : '';
    return (text.slice(0, at) + mark + text.slice(at + this.#below(3))).toWellFormed();
  }

  #name(): string {
    const name = this.#of(MEMBER_NAMES);
    return this.#below(8) > 0 ? JSON.stringify(name) : `"${escaped(name)}"`;
  }

  #spaced(text: string): string {
    return this.#of(SPACES) + text + this.#of(SPACES);
  }

  #of<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.#below(choices.length)]!;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}

/** Every UTF-16 unit as an escape by number. */
function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
