import type { LiveModels } from '../score/live-models.ts';
import type { Store, StoreStatus } from '../store/store.ts';

export const NO_STORE: StoreStatus = { connected: false, reason: 'not started' };

/** Everything that an instance still lacks before it can serve, a sentence each. */
export function missingOf(
  store: Store | null,
  models: LiveModels,
  exampleMissing: boolean,
): readonly string[] {
  const missing: string[] = [];
  const { connected, reason: away } = store?.status() ?? NO_STORE;
  if (!connected) missing.push(`Postgres is not available: ${away}`);
  for (const { name, reason } of models.list()) {
    if (reason !== null) missing.push(`${name}: ${reason}`);
  }
  if (models.names().length === 0) missing.push('the model is not loaded yet');
  if (exampleMissing) missing.push('the example rows are not loaded yet');
  return missing;
}
