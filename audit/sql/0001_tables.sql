-- The tables of the ledger. A sequence, not an identity: any PostgreSQL from 15 on, partitions too.
create sequence audit_entry_id_seq;

create table audit_entry (
  id bigint not null default nextval('audit_entry_id_seq'),
  recorded_at timestamptz not null default clock_timestamp(),
  xid xid8 not null default pg_current_xact_id(),
  occurred_at timestamptz not null,
  revision bigint,
  entry_id uuid not null,
  goal uuid,
  parent uuid,
  kind text collate "C" not null,
  actor_kind text not null,
  actor_id text collate "C" not null,
  actor_name text,
  on_behalf_of text,
  subject_kind text not null,
  subject_id text collate "C" not null,
  scope text collate "C" not null,
  decision text,
  outcome text,
  request_id text,
  trace_id text,
  span_id text,
  payload bytea,
  leaf_hash bytea not null,
  body text not null,
  primary key (id, recorded_at)
) partition by range (recorded_at);

create index audit_entry_goal on audit_entry (goal, id) where goal is not null;
create index audit_entry_actor on audit_entry (actor_id, id);
create index audit_entry_kind on audit_entry (kind, id);
create index audit_entry_subject on audit_entry (subject_id, id);
create index audit_entry_scope on audit_entry (scope, id);
create index audit_entry_xid on audit_entry (xid);
create index audit_entry_recorded on audit_entry using brin (recorded_at);

create table audit_payload (
  digest bytea primary key,
  recorded_at timestamptz not null default now(),
  salt bytea not null,
  subjects text[],
  body text not null
);
create index audit_payload_subjects on audit_payload using gin (subjects)
  where subjects is not null;

-- One key a person. Erasure deletes the row; a later datum about the person gets a new key.
create table audit_subject_key (
  id uuid primary key,
  subject text not null unique,
  secret bytea not null,
  made_at timestamptz not null default now()
);

create table audit_leaf (
  leaf_index bigint primary key,
  entry bigint not null,
  entry_id uuid not null unique
);

-- Full tiles only (C2SP tlog-tiles, height 8): 256 hashes of one level, and the root over them.
create table audit_tile (
  level int not null,
  number bigint not null,
  hashes bytea not null,
  root bytea not null,
  primary key (level, number)
);

create table audit_checkpoint (
  id bigint generated always as identity primary key,
  size bigint not null,
  root bytea not null,
  note text not null,
  snapshot pg_snapshot not null,
  system_identifier text not null,
  made_at timestamptz not null default now()
);
create index audit_checkpoint_size on audit_checkpoint (size);
