import type { Answer, AnswerShape } from '../model/plan/head.ts';
import type { Category } from '../schema/fields.ts';

/** The columns of a table of predictions. With one output its columns carry no number. */
export function outputColumns(shape: AnswerShape, withRaw: boolean): string[] {
  const { outputs, labels, hasProbabilities, rawWidth } = shape;
  const numbered = (word: string, output: number): string =>
    outputs === 1 ? word : `${word}_${output}`;
  const columns = Array.from({ length: outputs }, (_, output) => numbered('prediction', output));
  if (hasProbabilities)
    labels?.forEach((classes, output) => {
      for (const label of classes) columns.push(`${numbered('probability', output)}(${label})`);
    });
  for (const { name, width } of shape.scores) {
    for (let at = 0; at < width; at++) columns.push(width === 1 ? name : `${name}_${at}`);
  }
  if (withRaw) for (let at = 0; at < rawWidth; at++) columns.push(`raw_${at}`);
  return columns;
}

/** One line of that table; `raw` where the table has raw scores. */
export function outputLine(answer: Answer, raw: Float64Array | null): string {
  const cells = answer.predictions.map(cellText);
  for (const probabilities of answer.probabilities ?? []) {
    for (const probability of probabilities) cells.push(numberText(probability));
  }
  for (const numbers of Object.values(answer.scores ?? {})) {
    for (const number of numbers) cells.push(numberText(number));
  }
  if (raw !== null) for (const score of raw) cells.push(numberText(score));
  return cells.join(',');
}

/** The shortest text that reads back to the same double; String() would lose the sign of -0. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Quoted where a comma, a quote or a line break would end the cell too early. */
export function quotedCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function cellText(value: Category): string {
  return typeof value === 'number' ? numberText(value) : quotedCell(String(value));
}
