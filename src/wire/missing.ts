import type { LiveModels } from '../score/live-models.ts';
import type { Storing } from '../store/outcomes/storing.ts';
import type { Store, StoreStatus } from '../store/store.ts';

export const NO_STORE: StoreStatus = { connected: false, reason: 'not started' };

/** The parts of an instance that may be absent or in trouble. */
export interface Parts {
  readonly store: Store | null;
  /** Null where nothing is stored, or not yet. */
  readonly storing: Storing | null;
  readonly models: LiveModels;
  readonly exampleMissing: boolean;
}

/** Everything that an instance still lacks before it can serve, a sentence each. */
export function missingOf({ store, storing, models, exampleMissing }: Parts): readonly string[] {
  const missing: string[] = [];
  const { connected, reason: away } = store?.status() ?? NO_STORE;
  const trouble = storing?.trouble ?? null;
  if (!connected) missing.push(`Postgres is not available: ${away}`);
  else if (trouble !== null) missing.push(`predictions cannot be stored: ${trouble}`);
  for (const { name, reason } of models.list()) {
    if (reason !== null) missing.push(`${name}: ${reason}`);
  }
  if (models.names().length === 0) missing.push('the model is not loaded yet');
  if (exampleMissing) missing.push('the example rows are not loaded yet');
  return missing;
}
