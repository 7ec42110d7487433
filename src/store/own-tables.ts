/** Tables that migrations make for the product itself, those of the example's dataset aside. */
const OWN_TABLES: ReadonlySet<string> = new Set([
  'async_jobs',
  'idempotency_keys',
  'predictions',
  'score_ranges',
  'score_runs',
  'thicket_migrations',
]);
/** Made by the day, beside the one that takes all other rows. */
const PARTITION = /^predictions_(?:default|\d{8})$/;

/** A table that no dataset may fill, rebuild or be advised to drop. */
export function isOwnTable(name: string): boolean {
  return OWN_TABLES.has(name) || PARTITION.test(name);
}
