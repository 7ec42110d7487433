import type { DatasetFlags } from '../dataset-flags.ts';

export interface ScoreOptions extends DatasetFlags {
  readonly ids?: readonly number[];
  readonly idsFile?: string;
  readonly all?: true;
  readonly again?: true;
  readonly follow?: number;
  readonly join?: true;
  readonly list?: true;
  readonly model?: string;
  readonly json?: true;
}
