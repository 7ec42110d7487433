-- Asynchronous prediction requests. The row is the truth about a job, whatever a broker redelivers: its
-- guarded update decides which worker's outcome counts.

create table async_jobs (
  job_id uuid primary key,
  status text not null default 'queued' check (status in ('queued', 'processing', 'done', 'failed')),
  prediction_id bigint,
  error text,
  payload jsonb not null,
  attempt integer not null default 0,
  next_attempt_at timestamptz,
  idempotency_key text unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  published_at timestamptz
);

-- What waits to be published or tried again: few rows, however many jobs are done.
create index async_jobs_waiting on async_jobs (next_attempt_at, created_at) where status in ('queued', 'processing');
