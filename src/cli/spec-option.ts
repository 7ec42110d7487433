import { Option } from 'commander';

import { RAW_SUPERSTORE } from '../store/raw-table.ts';

/** Which table a data command works on; there is one so far. */
export function specOption(): Option {
  return new Option('--spec <spec>', 'the table that the file belongs to')
    .choices([RAW_SUPERSTORE.name])
    .default(RAW_SUPERSTORE.name);
}
