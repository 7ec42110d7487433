import { ThicketError } from '../../core/errors.ts';
import type { ListedRun } from '../../score/runs/progress.ts';
import type { RunModel, RunTotals, ScoredRun } from '../../score/runs/run.ts';
import { grouped, textTable } from '../text-table.ts';

/** Letters of a digest that tell models apart for people. */
const DIGEST_SHOWN = 12;

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function modelText({ name, version, digest }: RunModel): string {
  return `${name} ${version} (digest ${digest.slice(0, DIGEST_SHOWN)})`;
}

/** The first line of a run. Scripts read its id from it: it begins with `run ID:`. */
export function startText(
  run: ListedRun,
  how: 'new' | 'new rows' | 'continued' | 'joined',
): string {
  const { id, rows, read, rawTable } = run;
  const of = `${grouped(rows)} rows of ${rawTable} with ${modelText(run.model)}`;
  const words = {
    new: of,
    'new rows': `${of}; runs of this model have scored the others (--again scores all anew)`,
    continued: `${of}; goes on after ${grouped(read)} rows`,
    joined: `${of}; joined after ${grouped(read)} rows`,
  };
  return `run ${id}: ${words[how]}`;
}

export function totalsText({ read, stored, refused, named }: RunTotals): string {
  const lines = [
    `${grouped(read)} rows read, ${grouped(stored)} scored and stored, ${grouped(refused)} refused`,
    ...named.map(({ reason }) => reason),
  ];
  if (refused > named.length) lines.push(`and ${grouped(refused - named.length)} more`);
  return lines.join('\n');
}

/** @throws {ThicketError} Where rows were to be scored, and none has an outcome. */
export function requireOutcomes({ rawTable, rows, totals: { read, stored } }: ScoredRun): void {
  if (read < rows) {
    const absent = `${grouped(rows - read)} of ${grouped(rows)} ids are not in ${rawTable}`;
    if (read === 0) throw new ThicketError('ROW_UNKNOWN', `${absent}: nothing was stored`);
    say(absent);
  }
  if (stored > 0 || read === 0) return;
  const sentence = `the model takes none of the ${grouped(read)} rows: nothing was stored`;
  throw new ThicketError('ROW_INVALID', sentence);
}

export function runsText(runs: readonly ListedRun[]): string {
  if (runs.length === 0) return 'no runs yet';
  const header = ['run', 'state', 'table', 'model', 'rows', 'read', 'stored', 'refused', 'started'];
  const lines = runs.map((run) => [
    String(run.id),
    run.state,
    run.rawTable,
    modelText(run.model),
    grouped(run.rows),
    grouped(run.read),
    grouped(run.stored),
    grouped(run.refused),
    `${run.startedAt.toISOString()} by ${run.startedBy}`,
  ]);
  const align = header.map((_, at) => (at === 0 || (at > 3 && at < 8) ? 'right' : 'left'));
  return textTable([header, ...lines], align);
}
