import { type Issue, ThicketError } from '../../core/errors.ts';
import type { Metadata } from '../../model/model.ts';
import { textIssue } from '../../schema/issues.ts';
import { type Json, textSchema } from '../openapi/json-schema.ts';
import type { Profile } from './profile.ts';

/** Characters of an id that a reply repeats: keys of databases are shorter. */
const ID_CHARACTERS_MAX = 256;

/** The client's own name for a row, which its reply repeats. */
export interface RowId {
  /** Its name in a row, and in a reply; null where rows have no id. */
  readonly from: string | null;
  readonly name: string | null;
  /** The member of the reply for this row, with a comma behind it; empty where the row has no id. */
  readonly echo: (row: unknown) => string;
  /** The property of a row, and the one of its reply. */
  readonly rowSchema: Json;
  readonly replySchema: Json;
}

export function rowIdOf(
  profile: Pick<Profile, 'idName'>,
  { idField }: Pick<Metadata, 'idField'>,
): RowId {
  const from = idField ?? profile.idName;
  if (from === undefined) return NO_ID;
  const name = profile.idName ?? from;
  const key = JSON.stringify(name);
  return {
    from,
    name,
    echo: (row) => {
      if (typeof row !== 'object' || row === null || !Object.hasOwn(row, from)) return '';
      return `${key}:${idJson(from, (row as Record<string, unknown>)[from])},`;
    },
    rowSchema: { [from]: ID_SCHEMA },
    replySchema: { [name]: ID_SCHEMA },
  };
}

const NO_ID: RowId = { from: null, name: null, echo: () => '', rowSchema: {}, replySchema: {} };

const ID_SCHEMA: Json = {
  type: ['string', 'number', 'null'],
  ...textSchema(ID_CHARACTERS_MAX),
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
};

function idJson(name: string, id: unknown): string {
  if (id === null) return 'null';
  const issue =
    typeof id === 'string' ? textIssue(name, id, ID_CHARACTERS_MAX) : numberIssue(name, id);
  if (issue === null) return JSON.stringify(id);
  throw new ThicketError('ROW_INVALID', `${name}: ${issue.msg}`, { issues: [issue] });
}

function numberIssue(name: string, id: unknown): Issue | null {
  // Beyond the largest safe integer two ids would read as one.
  if (typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER) return null;
  const msg = `Input should be a string, or a number of at most ${Number.MAX_SAFE_INTEGER}`;
  return {
    type: 'string_type',
    loc: ['body', name],
    msg,
    ...(typeof id !== 'number' && { input: id }),
  };
}
