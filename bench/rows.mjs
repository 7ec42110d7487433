/** The rows that a shape is scored on, as export.py has written them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A copy, because a buffer from a pool or a file may start where no double can. */
export function doublesOf(bytes) {
  const doubles = new Float64Array(bytes.length / Float64Array.BYTES_PER_ELEMENT);
  new Uint8Array(doubles.buffer).set(bytes);
  return doubles;
}

/** Row number `at` as a client sends it. @returns {(at: number) => object} */
export function readRows(folder) {
  const { rows } = JSON.parse(readFileSync(join(folder, 'shape.json'), 'utf8'));
  const fields = JSON.parse(readFileSync(join(folder, 'fields.json'), 'utf8'));
  const values = doublesOf(readFileSync(join(folder, 'fields.f64')));
  return (at) => {
    const row = {};
    fields.forEach(({ name, categories }, field) => {
      const value = values[field * rows + at];
      row[name] = categories === undefined ? numberOf(value) : categories[value];
    });
    return row;
  };
}

/** A missing number, as JSON has it. */
function numberOf(value) {
  return Number.isNaN(value) ? null : value;
}
