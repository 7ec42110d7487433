import type { Dataset, DatasetColumn } from '../dataset.ts';

function column(name: string, type: DatasetColumn['type'], ...headers: string[]): DatasetColumn {
  return { name, type, headers, required: true, trim: true };
}

/** Both editions of the Superstore file: 13 columns, or 21 of which these 13 are used. */
export const SUPERSTORE: Dataset = {
  name: 'superstore',
  rawTable: 'raw_superstore',
  processedTable: 'processed_superstore',
  key: 'id',
  columns: [
    column('ship_mode', 'text', 'Ship Mode'),
    column('segment', 'text', 'Segment'),
    column('country', 'text', 'Country', 'Country/Region'),
    column('city', 'text', 'City'),
    column('state', 'text', 'State', 'State/Province'),
    column('postal_code', 'text', 'Postal Code'),
    column('region', 'text', 'Region'),
    column('category', 'text', 'Category'),
    column('sub_category', 'text', 'Sub-Category'),
    column('sales', 'number', 'Sales'),
    column('quantity', 'integer', 'Quantity'),
    column('discount', 'number', 'Discount'),
    column('profit', 'number', 'Profit'),
  ],
  fields: new Map(),
};
