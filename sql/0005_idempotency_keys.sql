-- The replies of requests that their clients may send again, by the keys that the clients chose. A row is
-- written in the transaction of the outcomes that it answers with; see docs/outcomes.md.

create table idempotency_keys (
  -- Two owners may choose the same key; the empty text owns those of callers without a name of their own.
  owner text not null default '',
  key text not null,
  -- Of the request's route and body: a key is good for one request.
  body_sha256 bytea not null,
  reply text not null,
  reply_type text not null,
  created_at timestamptz not null default now(),
  primary key (owner, key)
);

-- Old keys are deleted a few thousand at a time, oldest first.
create index idempotency_keys_age on idempotency_keys (created_at);
