import type { Group } from './outcome-buffer.ts';

/**
 * The condition of a group for being stored could not be checked, and the transaction has been rolled back:
 * without that group it may succeed. Of several groups it is one, and which is not known.
 */
export class GuardFailure extends Error {
  readonly groups: readonly Group[];

  constructor(groups: readonly Group[], cause: unknown) {
    super('a guard failed', { cause });
    this.groups = groups;
  }
}
