import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

import { ROOT } from '../scripts/steps.mjs';

const NUMBERS = new Set(['sales', 'quantity', 'discount']);

/** The example's rows as request bodies, with the answers that scikit-learn gave. */
export function expectedRows() {
  const text = readFileSync(join(ROOT, 'examples/superstore/expected.csv'), 'utf8');
  return parse(text, { columns: true }).map(({ prediction, raw_0: _raw, ...cells }) => ({
    body: JSON.stringify(
      Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name, valueOf(name, cell)])),
    ),
    prediction: Number(prediction),
  }));
}

function valueOf(name, cell) {
  if (cell === '') return null;
  return NUMBERS.has(name) ? Number(cell) : cell;
}

/** Every row once: a fast wrong answer is no result. Returns how many rows were answered. */
export async function checkAnswers(url, rows) {
  for (const { body, prediction } of rows) {
    const reply = await fetch(`${url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const said = await reply.text();
    if (reply.status !== 200) throw new Error(`${reply.status} for ${body}: ${said}`);
    const { y_pred: predicted, logged_to_db: logged } = JSON.parse(said);
    if (!Object.is(predicted, prediction) || logged !== true) {
      throw new Error(`${body} was answered ${said}; scikit-learn says ${prediction}`);
    }
  }
  return rows.length;
}
