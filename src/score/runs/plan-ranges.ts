import type { Sql } from '../../store/client.ts';
import { quotedName } from '../../store/names.ts';
import { idSetOf } from './id-set.ts';
import { RANGE_ROWS, type Run } from './run.ts';

/** Ranges sent in one statement: a list of ids without neighbours takes 160 KB a range. */
const RANGES_SENT = 50;

/** @param ids In ascending order, each once. */
export async function planIds(tx: Sql, run: Run, ids: Float64Array): Promise<void> {
  for (let at = 0; at < ids.length; at += RANGES_SENT * RANGE_ROWS) {
    const sets: string[] = [];
    const rows: number[] = [];
    for (let of = 0; of < RANGES_SENT; of++) {
      const from = at + of * RANGE_ROWS;
      const range = ids.slice(from, from + RANGE_ROWS);
      if (range.length === 0) break;
      sets.push(`"${idSetOf(range)}"`);
      rows.push(range.length);
    }
    await tx`
      insert into score_ranges (run_id, number, ids, rows_planned)
      select ${run.id}, ${at / RANGE_ROWS}::int + place, ids::int8multirange, rows
      from unnest(${`{${sets.join(',')}}`}::text::text[], ${`{${rows.join(',')}}`}::text::int[])
        with ordinality as sent (ids, rows, place)`;
  }
}

/**
 * The ids that the ranges of the run hold already, and, unless it scores anew, those that earlier runs of the same
 * model have scored.
 */
const COVERED = `
  select range_agg(piece) as ids
  from score_runs as this
    join score_runs as other using (raw_table, model_name, model_digest, selection)
    join score_ranges as held on held.run_id = other.id
    cross join lateral unnest(held.ids) as piece
  where this.id = $1::text::int8
    and (other.id = this.id or (not this.again and held.done_at is not null))`;

/** Of the rows that the table has now, those that are left. */
export async function planTable(tx: Sql, run: Run, key: string): Promise<void> {
  const id = `raw.${quotedName(key)}::int8`;
  await tx.unsafe(
    `with covered as materialized (${COVERED}),
      left_over as (
        select ${id} as id, (row_number() over (order by raw.${quotedName(key)}) - 1) / ${RANGE_ROWS} as block
        from ${quotedName(run.rawTable)} as raw cross join covered
        where covered.ids is null or not ${id} <@ covered.ids)
    insert into score_ranges (run_id, number, ids, rows_planned)
    select $1::text::int8,
      (select coalesce(max(number), 0) from score_ranges where run_id = $1::text::int8) + block + 1,
      range_agg(int8range(id, id, '[]')), count(*)
    from left_over group by block`,
    [String(run.id)],
  );
}
