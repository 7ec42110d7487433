/**
 * @typedef {object} Line one sub-category and how its prices, discounts and margins behave
 * @property {string} category
 * @property {string} subCategory
 * @property {string} prefix of its product ids
 * @property {number} share rows per 10,000
 * @property {number} products how many the catalogue has
 * @property {number} logPrice mean of the natural logarithm of a unit's list price in dollars
 * @property {number} logSpread its standard deviation
 * @property {number} margin profit over sales at list price
 * @property {number} marginSpread its standard deviation from product to product
 * @property {Record<'none' | 'some' | 'deep', readonly number[]>} discounts drawn from evenly
 */

/** Most lines: no discount, the usual one, or the clearance one where discounts run deep. */
const USUAL = { none: [0], some: [0, 0, 0, 0.2], deep: [0.2] };
const GADGETS = { none: [0], some: [0, 0.2], deep: [0.2, 0.2, 0.4] };
const HARDWARE = { none: [0], some: [0, 0.2, 0.2], deep: [0.3, 0.4, 0.5, 0.7] };
const BINDERS = { none: [0, 0, 0.2], some: [0.2], deep: [0.7, 0.7, 0.8] };
const APPLIANCES = { none: [0, 0, 0, 0.1], some: [0, 0, 0.2], deep: [0.2, 0.8] };
const CHAIRS = { none: [0, 0, 0.1], some: [0.1, 0.2, 0.2], deep: [0.2, 0.3, 0.3] };
const SHELVES = { none: [0], some: [0, 0.15, 0.2], deep: [0.3, 0.32, 0.5, 0.7] };
const TABLES = { none: [0, 0, 0.3], some: [0, 0.2, 0.2], deep: [0.3, 0.4, 0.4, 0.45, 0.5] };
const DECORATION = { none: [0], some: [0, 0, 0, 0.2], deep: [0.2, 0.6] };

/** @type {(category: string, rows: readonly (readonly [string, Line['discounts']])[]) => Line[]} */
const lines = (category, rows) =>
  rows.map(([row, discounts]) => {
    const [subCategory, prefix, ...figures] = row.split('|').map((part) => part.trim());
    const [share, products, logPrice, logSpread, margin, marginSpread] = figures.map(Number);
    return {
      category,
      subCategory,
      prefix,
      share,
      products,
      logPrice,
      logSpread,
      margin,
      marginSpread,
      discounts,
    };
  });

/** Name | prefix | rows per 10,000 | products | log price, spread | margin at list price, spread. */
export const LINES = [
  ...lines('Furniture', [
    ['Bookcases | FUR-BO | 228 | 49 | 4.9 | 0.62 | 0.19 | 0.06', SHELVES],
    ['Chairs | FUR-CH | 617 | 87 | 4.9 | 0.69 | 0.23 | 0.05', CHAIRS],
    ['Furnishings | FUR-FU | 957 | 182 | 2.85 | 1.06 | 0.33 | 0.09', DECORATION],
    ['Tables | FUR-TA | 319 | 57 | 5.25 | 0.62 | 0.19 | 0.05', TABLES],
  ]),
  ...lines('Office Supplies', [
    ['Appliances | OFF-AP | 466 | 98 | 3.6 | 1.2 | 0.29 | 0.04', APPLIANCES],
    ['Art | OFF-AR | 796 | 163 | 1.8 | 0.93 | 0.31 | 0.06', USUAL],
    ['Binders | OFF-BI | 1523 | 210 | 2.6 | 1.3 | 0.475 | 0.02', BINDERS],
    ['Envelopes | OFF-EN | 254 | 54 | 2.5 | 0.99 | 0.475 | 0.02', USUAL],
    ['Fasteners | OFF-FA | 217 | 43 | 1.1 | 0.55 | 0.35 | 0.15', USUAL],
    ['Labels | OFF-LA | 364 | 70 | 1.7 | 0.78 | 0.475 | 0.015', USUAL],
    ['Paper | OFF-PA | 1370 | 276 | 2.4 | 0.87 | 0.475 | 0.015', USUAL],
    ['Storage | OFF-ST | 846 | 131 | 3.75 | 1.1 | 0.17 | 0.1', USUAL],
    ['Supplies | OFF-SU | 190 | 38 | 2.55 | 1.45 | 0.21 | 0.11', USUAL],
  ]),
  ...lines('Technology', [
    ['Accessories | TEC-AC | 775 | 144 | 3.6 | 1.04 | 0.29 | 0.11', USUAL],
    ['Copiers | TEC-CO | 68 | 13 | 6.25 | 0.65 | 0.43 | 0.06', GADGETS],
    ['Machines | TEC-MA | 115 | 63 | 5.7 | 1.2 | 0.41 | 0.08', HARDWARE],
    ['Phones | TEC-PH | 889 | 184 | 4.3 | 1.1 | 0.27 | 0.09', GADGETS],
  ]),
];
