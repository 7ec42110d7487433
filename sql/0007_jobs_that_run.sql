-- A job's model, all of its outcomes, and the ways by which it is found: to publish, to take, to take back.

alter table async_jobs
  add column model_name text,
  add column owner text not null default '',
  add column prediction_ids bigint[],
  -- Of the request that made the job: its idempotency key is good for no other.
  add column body_sha256 text,
  -- Attempts are used up, or the job can never succeed: an operator may let it run again.
  add column dead boolean not null default false;

alter table async_jobs drop constraint async_jobs_idempotency_key_key;
create unique index async_jobs_idempotency on async_jobs (owner, idempotency_key)
  where idempotency_key is not null;

-- Few rows each, however many jobs are done.
drop index async_jobs_waiting;
create index async_jobs_queued on async_jobs (created_at) where status = 'queued';
create index async_jobs_unpublished on async_jobs (created_at) where status = 'queued' and published_at is null;
create index async_jobs_published on async_jobs (published_at) where status = 'queued';
create index async_jobs_due on async_jobs (next_attempt_at)
  where status in ('queued', 'processing') and next_attempt_at is not null;
-- For lists, the newest first, and for removing what is old.
create index async_jobs_by_age on async_jobs (created_at, job_id);
