/** Bytes of a name: Postgres cuts longer ones, and two could become one. */
export const NAME_BYTES_MAX = 63;

/**
 * Columns of the file and processed ones together: a row of 900 numbers takes 7,200 of the 8,160 bytes
 * that Postgres has for a row.
 */
export const COLUMNS_MAX = 900;

/** Header spellings of one column: a handful of editions, not a dictionary. */
export const HEADERS_MAX = 100;

/** Model fields that a dataset file says something of: as many as the widest models have. */
export const FIELDS_MAX = 100_000;

/** Bytes of a dataset file: a kilobyte for each column, and as much for fields. */
export const DATASET_BYTES_MAX = 2 * 1024 * 1024;

/** Lists and mappings inside of each other; the format needs five. The YAML package calls itself as often. */
export const YAML_DEPTH_MAX = 20;
