import { type Command, Option } from 'commander';

import type { Dataset } from '../data/dataset.ts';
import { readDataset } from '../data/datasets/read.ts';
import { datasetFile } from '../data/example.ts';
import { parseConfig, readEnvironment } from '../ops/config.ts';

export interface DatasetFlags {
  readonly dataset?: string;
  readonly spec?: string;
}

/** The flags of every command that works on the tables of a dataset. */
export function addDatasetFlags(command: Command): Command {
  return command
    .option('--dataset <file>', 'the dataset file (default: THICKET_DATASET, else the example)')
    .addOption(new Option('--spec <file>', 'the same').conflicts('dataset').hideHelp());
}

/** @throws {ThicketError} DATASET_REFUSED for a file that is no dataset. */
export async function openDataset({ dataset, spec }: DatasetFlags): Promise<Dataset> {
  const told = dataset ?? spec ?? parseConfig(readEnvironment()).dataset;
  return readDataset(datasetFile(told));
}
