import { Option } from 'commander';

import { SUPERSTORE } from '../data/datasets/superstore.ts';

/** Which table a data command works on; there is one so far. */
export function specOption(): Option {
  return new Option('--spec <spec>', 'the table that the file belongs to')
    .choices([SUPERSTORE.name])
    .default(SUPERSTORE.name);
}
