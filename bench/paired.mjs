/** Two checkouts in turns: what each turn of each measured, and what the pairs say together. */
import { digits, median, tableText } from './figures.mjs';

/** Figures of one measure, a pair a round. A figure is a time: less is better. */
export class Pairs {
  #before = [];
  #after = [];

  constructor(measure, unit) {
    this.measure = measure;
    this.unit = unit;
  }

  add(before, after) {
    this.#before.push(before);
    this.#after.push(after);
  }

  /**
   * `ratio` is the median of after by the median of before; above 1 it is slower now. `spread` is how far
   * apart the turns of the same code lie, the wider of the two: (slowest - fastest) / median.
   */
  verdict() {
    const [before, after] = [median(this.#before), median(this.#after)];
    const ratio = after / before;
    const spread = Math.max(spreadOf(this.#before), spreadOf(this.#after));
    const { measure, unit } = this;
    const rounds = this.#before.length;
    return { measure, unit, rounds, before, after, ratio, spread, fell: ratio > 1 + spread };
  }
}

function spreadOf(turns) {
  return (Math.max(...turns) - Math.min(...turns)) / median(turns);
}

export function verdictTable(verdicts) {
  const header = ['measure', 'unit', 'before', 'after', 'after / before', 'spread of turns', ''];
  const rows = verdicts.map(({ measure, unit, before, after, ratio, spread, fell }) => [
    measure,
    unit,
    digits(before),
    digits(after),
    ratio.toFixed(3),
    spread.toFixed(3),
    fell ? 'FELL' : '',
  ]);
  return tableText(header, rows);
}

/** Calls both, the first one changing from round to round: a slow minute then hits each as often. */
export async function inTurns(round, before, after) {
  if (round % 2 === 0) return [await before(), await after()];
  const second = await after();
  return [await before(), second];
}
