/** Two checkouts in turns: what each turn of each measured, and what the pairs say together. */
import { digits, median, quantile, tableText } from './figures.mjs';

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
   * `ratio` is the median of the pairs' ratios, after by before; above 1 it is slower now. The two turns of
   * a pair share their seconds of a shared machine, so its ratio says more than the medians of each side.
   * `spread` is the distance between the quartiles of those ratios.
   */
  verdict() {
    const ratios = this.#before.map((before, at) => this.#after[at] / before);
    const ratio = median(ratios);
    const spread = quantile(ratios, 0.75) - quantile(ratios, 0.25);
    const [before, after] = [median(this.#before), median(this.#after)];
    const { measure, unit } = this;
    return {
      measure,
      unit,
      rounds: ratios.length,
      before,
      after,
      ratio,
      spread,
      fell: ratio > 1 + spread,
    };
  }
}

export function verdictTable(verdicts) {
  const header = ['measure', 'unit', 'before', 'after', 'after / before', 'quartiles apart', ''];
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
