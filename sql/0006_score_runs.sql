-- Runs of `thicket score`. A run is cut into ranges; a range commits together with its outcomes, so that each of
-- its rows has exactly one outcome of the run, whoever works on it and whatever is killed. See docs/operating.md.

create table score_runs (
  id bigint generated always as identity primary key,
  raw_table text not null,
  model_name text not null,
  model_version text not null,
  model_digest text not null,
  -- `all`, or the digest of a list of ids: the same command again finds its run by it.
  selection text not null,
  again boolean not null,
  state text not null default 'running' check (state in ('running', 'done', 'replaced')),
  started_by text not null,
  started_at timestamptz not null default now(),
  ended_at timestamptz
);

create table score_ranges (
  run_id bigint not null references score_runs on delete cascade,
  number integer not null,
  ids int8multirange not null,
  rows_planned integer not null,
  -- How often it was taken: the one that was taken least comes next.
  claims integer not null default 0,
  claimed_at timestamptz,
  done_at timestamptz,
  done_by text,
  rows_read integer,
  rows_stored integer,
  rows_refused integer,
  -- The first of the refused rows, with the reasons.
  refused jsonb,
  primary key (run_id, number)
);

create index score_ranges_waiting on score_ranges (run_id, claims, number) where done_at is null;

-- The outcomes of a run. Null: somebody else asked for the prediction.
alter table predictions add column run_id bigint;
