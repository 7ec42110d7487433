import { type Kind, checkLength, checkWord } from '../kind.ts';
import { refuseUnless } from '../../refuse.ts';
import type { MembersStage } from '../../stages.ts';

/** Codes of a category are bytes, and a set of them is so many 32-bit words. */
const CODES = 256;
export const SET_WORDS = CODES / 32;

export const members: Kind<MembersStage> = {
  parameters: { sets: 'integers', known: 'integers', negative: 'text' },
  parts(stage) {
    const { inputs, sets, known, negative } = stage;
    refuseUnless(inputs.length === 1, 'A stage (members) has more or less than one input.');
    checkLength(stage, 'words of known codes', known, SET_WORDS);
    checkWord(stage, 'negative', negative, ['missing', 'wrapped']);
    refuseUnless(
      sets.length > 0 && sets.length % SET_WORDS === 0,
      `A stage (members) has ${sets.length} words; a set is made of ${SET_WORDS}.`,
    );
    const results = sets.length / SET_WORDS;
    const table = tableOf(sets, known);
    const compute = (x: Float64Array, y: Float64Array): void => {
      const code = codeOf(x[0]!, negative);
      if (code < 0) y.fill(Number.NaN);
      else y.set(table.subarray(code * results, (code + 1) * results));
    };
    return [{ inputs, results, compute }];
  },
};

/** codes x sets: what each set answers to each code. */
function tableOf(sets: Uint32Array, known: Uint32Array): Float32Array {
  const results = sets.length / SET_WORDS;
  const table = new Float32Array(CODES * results);
  for (let code = 0; code < CODES; code++) {
    const otherwise = holds(known, 0, code) ? 1 : Number.NaN;
    for (let set = 0; set < results; set++) {
      table[code * results + set] = holds(sets, set * SET_WORDS, code) ? 0 : otherwise;
    }
  }
  return table;
}

function holds(words: Uint32Array, first: number, code: number): boolean {
  return ((words[first + (code >> 5)]! >>> (code & 31)) & 1) === 1;
}

/**
 * The conversion of a double to a byte as x86 compilers make it: to a 32-bit integer, whose low byte
 * stays; beyond 32 bits that is 0. -1 stands for missing.
 */
function codeOf(x: number, negative: MembersStage['negative']): number {
  if (Number.isNaN(x) || (x < 0 && negative === 'missing')) return -1;
  const whole = Math.trunc(x);
  return whole >= -0x80000000 && whole <= 0x7fffffff ? whole & 0xff : 0;
}
