/** One column of a raw table: what a file calls it, and what its cells must be. */
export interface RawColumn {
  readonly name: string;
  readonly type: 'text' | 'number' | 'integer';
  /** Names that a file's header may use, compared without regard to case, spaces and punctuation. */
  readonly headers: readonly string[];
}

/** What ingesting and processing know about a table. Its columns exist in the database as stated. */
export interface RawTable {
  readonly name: string;
  readonly raw: string;
  readonly processed: string;
  readonly columns: readonly RawColumn[];
}

/** Both editions of the Superstore file: 13 columns, or 21 of which these 13 are used. */
export const RAW_SUPERSTORE: RawTable = {
  name: 'superstore',
  raw: 'raw_superstore',
  processed: 'processed_superstore',
  columns: [
    { name: 'ship_mode', type: 'text', headers: ['Ship Mode'] },
    { name: 'segment', type: 'text', headers: ['Segment'] },
    { name: 'country', type: 'text', headers: ['Country', 'Country/Region'] },
    { name: 'city', type: 'text', headers: ['City'] },
    { name: 'state', type: 'text', headers: ['State', 'State/Province'] },
    { name: 'postal_code', type: 'text', headers: ['Postal Code'] },
    { name: 'region', type: 'text', headers: ['Region'] },
    { name: 'category', type: 'text', headers: ['Category'] },
    { name: 'sub_category', type: 'text', headers: ['Sub-Category'] },
    { name: 'sales', type: 'number', headers: ['Sales'] },
    { name: 'quantity', type: 'integer', headers: ['Quantity'] },
    { name: 'discount', type: 'number', headers: ['Discount'] },
    { name: 'profit', type: 'number', headers: ['Profit'] },
  ],
};
