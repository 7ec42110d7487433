-- Every prediction, with what a replay of it needs, partitioned by UTC day of creation.

-- A writer takes a whole block of ids with one nextval: the increment is the block's size, and is read
-- by the writers from here. A plain insert by somebody else uses up a block for itself and never
-- collides. No cache: a session must not keep blocks to itself.
create sequence predictions_id_seq as bigint increment by 16384 no cycle;

create table predictions (
  id bigint not null default nextval('predictions_id_seq'),
  raw_id bigint,
  model_name text not null,
  model_version text not null,
  target text not null,
  prediction double precision,
  label text,
  probabilities jsonb,
  request_id text,
  job_id uuid,
  input jsonb,
  created_at timestamptz not null default now(),
  primary key (id, created_at)
) partition by range (created_at);

alter sequence predictions_id_seq owned by predictions.id;

-- Catches every row for which no day has been attached: a late day costs speed, never a row.
create table predictions_default partition of predictions default;
