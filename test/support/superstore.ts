import { readDataset } from '../../src/data/datasets/read.ts';
import { EXAMPLE } from '../../src/data/example.ts';

/** The dataset of the example, whose tables every migrated database has. */
export const SUPERSTORE = await readDataset(EXAMPLE.dataset);
