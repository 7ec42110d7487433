import { expect } from 'vitest';

export const NDJSON = 'application/x-ndjson';
export const CSV = 'text/csv';

/** The result of one row of a list, as far as tests look at it. */
export interface Entry {
  readonly prediction_id?: number | null;
  readonly y_pred?: unknown;
  readonly error?: readonly { type: string; loc: readonly unknown[]; msg: string }[];
}

/** The results of a list that was answered as JSON. */
export async function resultsOf(reply: Response): Promise<readonly Entry[]> {
  expect(reply.status).toBe(200);
  return ((await reply.json()) as { readonly results: readonly Entry[] }).results;
}

/** The lines of a list that was answered as NDJSON. */
export async function linesOf(reply: Response): Promise<readonly Entry[]> {
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, NDJSON]);
  const text = await reply.text();
  expect(text.endsWith('\n')).toBe(true);
  const lines = text.slice(0, -1).split('\n');
  return lines.map((line) => JSON.parse(line) as Entry);
}

/** Each result as its answer, or as the kinds and places of its errors. */
export function outcomes(results: readonly Entry[]): unknown[] {
  return results.map(
    ({ y_pred, error }) => error?.map(({ type, loc }) => [type, ...loc]) ?? y_pred,
  );
}
