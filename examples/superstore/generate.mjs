#!/usr/bin/env node
/**
 * Superstore-like order lines from a seed: the columns, categories and rough shape of the well-known
 * sample table, with invented customers and products. A line's cost is fixed by its product, so its
 * margin falls with the discount as 1 - (1 - margin) / (1 - discount), plus freight and noise.
 *
 * node generate.mjs [rows] [seed] > superstore.csv
 */
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { LINES } from './catalogue.mjs';
import { PLACES } from './places.mjs';
import { Chance } from './random.mjs';

/** The columns of the 21-column edition, in its order. */
export const COLUMNS = /** @type {const} */ ([
  'Row ID',
  'Order ID',
  'Order Date',
  'Ship Date',
  'Ship Mode',
  'Customer ID',
  'Customer Name',
  'Segment',
  'Country',
  'City',
  'State',
  'Postal Code',
  'Region',
  'Product ID',
  'Category',
  'Sub-Category',
  'Product Name',
  'Sales',
  'Quantity',
  'Discount',
  'Profit',
]);

/** @typedef {Record<(typeof COLUMNS)[number], string | number>} SuperstoreRow */
/** @typedef {{id: string, name: string, segment: string}} Customer */
/** @typedef {{id: string, name: string, line: import('./catalogue.mjs').Line, price: number, margin: number}} Product */

const ROWS_DEFAULT = 10_000;
const SEED_DEFAULT = 2026;
const CUSTOMERS = 800;
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2022, 0, 3);
const DAYS = 4 * 365;

const SEGMENTS = /** @type {const} */ ([
  ['Consumer', 52],
  ['Corporate', 30],
  ['Home Office', 18],
]);
/** Name, orders per 100, days in transit at least, share of sales that freight costs. */
const SHIP_MODES = /** @type {const} */ ([
  ['Standard Class', 60, 4, 0],
  ['Second Class', 19, 2, 0.006],
  ['First Class', 15, 1, 0.012],
  ['Same Day', 6, 0, 0.025],
]);
/** Freight by region, as a share of sales: the warehouses stand in the Central region. */
const FREIGHT = /** @type {Record<string, number>} */ ({
  Central: 0,
  East: 0.004,
  South: 0.008,
  West: 0.012,
});
/** Units on a line, per 1,000 lines; the first figure is for one unit. */
const QUANTITY_WEIGHTS = [90, 240, 241, 119, 123, 57, 61, 26, 26, 6, 3, 3, 3, 2];
const ORDER_LINES_WEIGHTS = [50, 26, 12, 6, 3, 2, 1];

const GIVEN = 'Ada Bela Cora Dario Elif Farid Greta Hugo Ines Jonas Kira Lars Mina Nils Ona Pavel';
const FAMILY =
  'Abend Brook Calder Dorn Ember Frost Garrow Hale Ilves Jarrow Kestrel Lund Moor Nord';
const BRANDS = 'Alder Birch Cedar Dogwood Elm Fir Ginkgo Hazel Juniper Larch Maple Oak Pine Rowan';
const GRADES = 'Basic Classic Compact Deluxe Economy Heavy-Duty Premium Slim Standard Ultra';

/**
 * The same arguments give the same rows, and fewer rows are a prefix of more.
 * @param {number} rowCount
 * @param {number} [seed]
 * @returns {Generator<SuperstoreRow, void, undefined>}
 */
export function* superstoreRows(rowCount, seed = SEED_DEFAULT) {
  const chance = new Chance(seed);
  const customers = Array.from({ length: CUSTOMERS }, (_, at) => customer(chance, at));
  const products = new Map(LINES.map((line) => [line, productsOf(chance, line)]));
  for (let row = 1, order = 1; row <= rowCount; order++) {
    const shared = orderColumns(chance, order, chance.pick(customers));
    const lines = weightedIndex(chance, ORDER_LINES_WEIGHTS) + 1;
    for (let at = 0; at < lines && row <= rowCount; at++, row++) {
      const line = chance.weighted(LINES, ({ share }) => share);
      const product = chance.pick(/** @type {Product[]} */ (products.get(line)));
      yield { 'Row ID': row, ...shared.columns, ...lineColumns(chance, product, shared) };
    }
  }
}

/** @type {(chance: Chance, at: number) => Customer} */
function customer(chance, at) {
  const given = chance.pick(GIVEN.split(' '));
  const family = chance.pick(FAMILY.split(' '));
  const [segment] = chance.weighted(SEGMENTS, ([, share]) => share);
  return { id: `${given[0]}${family[0]}-${10_000 + at * 7}`, name: `${given} ${family}`, segment };
}

/** @type {(chance: Chance, line: import('./catalogue.mjs').Line) => Product[]} */
function productsOf(chance, line) {
  return Array.from({ length: line.products }, (_, at) => ({
    id: `${line.prefix}-${10_000_000 + at * 17 + chance.integer(17)}`,
    name: `${chance.pick(BRANDS.split(' '))} ${chance.pick(GRADES.split(' '))} ${line.subCategory}, No. ${at + 1}`,
    line,
    price: Math.max(0.5, Math.exp(line.logPrice + line.logSpread * chance.normal())),
    margin: line.margin + line.marginSpread * chance.normal(),
  }));
}

/**
 * The values that all lines of an order share, and the two things their prices and freight depend on.
 * @param {Chance} chance
 * @param {number} order
 * @param {Customer} buyer
 */
function orderColumns(chance, order, buyer) {
  const place = chance.weighted(PLACES, ({ share }) => share);
  // The n-th city of a state takes about half the orders of the one before it.
  const city = weightedIndex(
    chance,
    place.cities.map((_, at) => 2 ** -at),
  );
  const mode = chance.weighted(SHIP_MODES, ([, share]) => share);
  const day = chance.integer(DAYS);
  const columns = {
    'Order ID': `CA-${new Date(FIRST_DAY_MS + day * DAY_MS).getUTCFullYear()}-${100_000 + order}`,
    'Order Date': dateText(day),
    'Ship Date': dateText(day + mode[2] + chance.integer(3)),
    'Ship Mode': mode[0],
    'Customer ID': buyer.id,
    'Customer Name': buyer.name,
    Segment: buyer.segment,
    Country: 'United States',
    City: place.cities[city],
    State: place.state,
    'Postal Code': String(place.postalBase + 100 * city + chance.integer(30) + 1).padStart(5, '0'),
    Region: place.region,
  };
  return { columns, discounts: place.discounts, freight: mode[3] + FREIGHT[place.region] };
}

/**
 * @param {Chance} chance
 * @param {Product} product
 * @param {ReturnType<typeof orderColumns>} order
 */
function lineColumns(chance, product, order) {
  const quantity = weightedIndex(chance, QUANTITY_WEIGHTS) + 1;
  const discount = chance.pick(product.line.discounts[order.discounts]);
  // List prices drift from week to week, so that sales hardly ever repeat.
  const list = Math.max(0.5, round(product.price * (1 + 0.06 * chance.normal()), 2));
  const sales = round(list * quantity * (1 - discount), 4);
  const handling = 0.03 / quantity;
  const cost = list * quantity * (1 - product.margin + 0.01 * chance.normal());
  const profit = sales - cost - sales * (order.freight + handling);
  return {
    'Product ID': product.id,
    Category: product.line.category,
    'Sub-Category': product.line.subCategory,
    'Product Name': product.name,
    Sales: sales,
    Quantity: quantity,
    Discount: discount,
    Profit: round(profit, 4),
  };
}

/** @type {(chance: Chance, weights: readonly number[]) => number} */
function weightedIndex(chance, weights) {
  return chance.weighted([...weights.keys()], (at) => weights[at]);
}

/** @type {(value: number, digits: number) => number} */
function round(value, digits) {
  return Number(value.toFixed(digits));
}

/** @type {(day: number) => string} */
function dateText(day) {
  const date = new Date(FIRST_DAY_MS + day * DAY_MS);
  return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`;
}

/**
 * The same rows as CSV text, a line at a time, header first.
 * @param {number} rowCount
 * @param {number} [seed]
 * @returns {Generator<string, void, undefined>}
 */
export function* superstoreCsv(rowCount, seed = SEED_DEFAULT) {
  yield `${COLUMNS.join(',')}\n`;
  for (const row of superstoreRows(rowCount, seed)) {
    yield `${COLUMNS.map((column) => csvCell(row[column])).join(',')}\n`;
  }
}

/** @type {(value: string | number) => string} */
function csvCell(value) {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function main() {
  const [rowCount, seed] = [process.argv[2] ?? ROWS_DEFAULT, process.argv[3] ?? SEED_DEFAULT].map(
    Number,
  );
  if (!Number.isSafeInteger(rowCount) || rowCount < 0 || !Number.isSafeInteger(seed)) {
    process.stderr.write('usage: node generate.mjs [rows] [seed]\n');
    process.exitCode = 2;
    return;
  }
  for (const text of superstoreCsv(rowCount, seed)) process.stdout.write(text);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  main();
