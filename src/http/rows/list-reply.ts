import type { AnswerShape } from '../../model/plan/head.ts';
import { outputColumns, outputLine, quotedCell } from '../../live/answer-table.ts';
import { type RefusedRow, isTaken } from '../../score/listed-rows.ts';
import type { Prediction } from '../../score/scoring.ts';
import type { BatchCounts, ReplyWriter } from '../profiles/reply-writer.ts';
import type { RequestFacts } from '../profiles/profile.ts';
import { type Reply, jsonTextReply, shownIssues } from '../server/reply.ts';
import { CSV, NDJSON } from './formats.ts';

/** The results of a list in the order of its rows, and the ids that the client gave them, as replies repeat them. */
export interface AnsweredList {
  readonly results: readonly (Prediction | RefusedRow)[];
  readonly ids: readonly (string | undefined)[];
}

/** One object with the counts; `results` has an entry for each row. */
export function jsonListReply(list: AnsweredList, writer: ReplyWriter, counts: BatchCounts): Reply {
  let answered = 0;
  const entries = entriesOf(list, (prediction, echo) => {
    answered++;
    return writer.listed(prediction, echo);
  });
  return jsonTextReply(writer.list(entries, answered, counts));
}

/** A line for each row: its reply as `/predict` gives it, or its error. */
export function ndjsonReply(list: AnsweredList, writer: ReplyWriter, request: RequestFacts): Reply {
  const lines = entriesOf(list, (prediction, echo) => writer.one(prediction, request, echo));
  return { status: 200, type: NDJSON, body: `${lines.join('\n')}\n` };
}

function entriesOf(
  { results, ids }: AnsweredList,
  answered: (prediction: Prediction, echo: string) => string,
): string[] {
  return results.map((result, at) => {
    const echo = ids[at] ?? '';
    if (isTaken(result)) return answered(result, echo);
    return `{${echo}"error":${JSON.stringify(shownIssues(result))}}`;
  });
}

/** The columns that `thicket predict` prints, and behind them the id of what is stored, and the refusal. */
export function csvReply({ results }: AnsweredList, shape: AnswerShape): Reply {
  const columns = outputColumns(shape, false);
  const noCells = ','.repeat(columns.length - 1);
  const header = [...columns, 'prediction_id', 'error'].map(quotedCell).join(',');
  const lines = results.map((result) =>
    isTaken(result)
      ? `${outputLine(result.answer, null)},${result.id ?? ''},`
      : `${noCells},,${quotedCell(result.message)}`,
  );
  const body = `${header}\n${lines.join('\n')}\n`;
  return { status: 200, type: `${CSV}; charset=utf-8`, body };
}
