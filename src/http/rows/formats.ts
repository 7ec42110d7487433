import type { MediaType } from '../server/media-type.ts';

/** The forms in which a list of rows comes and its answers go. */
export const JSON_LIST = 'application/json';
export const NDJSON = 'application/x-ndjson';
export const CSV = 'text/csv';

export const LIST_FORMATS = [JSON_LIST, NDJSON, CSV] as const;

/** The form of a reply that the client does not choose: lines to lines. */
export function usualReplyType({ type }: MediaType): string {
  return type === NDJSON ? NDJSON : JSON_LIST;
}
