import { Option } from 'commander';

/** Which model is meant in a file that holds several, or a model inside of something else. */
export function keyOption(): Option {
  return new Option(
    '--key <key>',
    'the model in a file that holds several: a path of keys, positions and attributes (models.rf)',
  );
}
