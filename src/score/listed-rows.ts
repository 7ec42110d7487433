import { type Issue, ThicketError } from '../core/errors.ts';
import type { ValidRow } from '../core/rows.ts';
import type { Answer } from '../model/plan/head.ts';
import type { KeptReply } from './caller.ts';
import { withoutAnswer } from './raw-row.ts';
import type { ScoredRow } from './outcomes.ts';

/** A row of a list that is refused alone, with the issues that it would have if it were sent alone. */
export class RefusedRow {
  readonly message: string;
  readonly issues: readonly Issue[];

  constructor({ message, issues }: Pick<ThicketError, 'message' | 'issues'>) {
    this.message = message;
    this.issues = issues;
  }
}

/** A row of a list as the model takes it, or as it is refused. */
export type ListedRow = ValidRow | RefusedRow;

/** `continue` answers and stores the other rows; `reject` refuses the list. */
export const ON_ERROR = ['continue', 'reject'] as const;
export type OnError = (typeof ON_ERROR)[number];

export interface ListOptions<Result> {
  readonly requestId: string | null;
  /** False once the client is gone. */
  readonly isAwaited?: () => boolean;
  readonly kept?: KeptReply<Result> | null;
  readonly onError: OnError;
}

/** Issues reported for a list that is refused: a client that is wrong in one way is so in every row. */
const LIST_ISSUES_MAX = 100;

export function isTaken<Taken extends object>(row: Taken | RefusedRow): row is Taken {
  return !(row instanceof RefusedRow);
}

/** The rows of a chunk with the answers of those that are valid, which come in the same order. */
export function withAnswers(
  chunk: readonly ListedRow[],
  answers: readonly (Answer | null)[],
): (ScoredRow | RefusedRow)[] {
  let next = 0;
  return chunk.map((row) => {
    if (!isTaken(row)) return row;
    const answer = answers[next++]!;
    return answer === null ? new RefusedRow(withoutAnswer()) : { row, answer, rawId: null };
  });
}

/** @throws {ThicketError} ROW_INVALID when a row of the list is refused; the issues name its place. */
export function refuseUnlessWhole(list: readonly (ScoredRow | RefusedRow)[]): void {
  const issues: Issue[] = [];
  let sentence: string | null = null;
  let refused = 0;
  for (const [at, row] of list.entries()) {
    if (isTaken(row)) continue;
    refused++;
    sentence ??= `row ${at}: ${row.message}`;
    for (const issue of row.issues) {
      if (issues.length < LIST_ISSUES_MAX) issues.push(atRow(at, issue));
    }
  }
  if (sentence === null) return;
  const more = refused > 1 ? ` (and ${refused - 1} more rows)` : '';
  throw new ThicketError('ROW_INVALID', `${sentence}${more}`, { issues });
}

/** The issue of a row that was sent in a list, with its place there. */
export function atRow(at: number, issue: Issue): Issue {
  return { ...issue, loc: ['body', 'rows', at, ...issue.loc.slice(1)] };
}
