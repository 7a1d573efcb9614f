-- What the sealer keeps beside the tree: public keys, witnesses' signatures, and how it fares.
create table audit_key (
  id bigint generated always as identity primary key,
  verifier text not null unique,
  endorsement text,
  made_at timestamptz not null default now()
);

create table audit_cosignature (
  size bigint not null,
  witness text not null,
  line text not null,
  made_at timestamptz not null default now(),
  primary key (size, witness, line)
);

alter table audit_checkpoint add column floor bigint not null default 0;

create table audit_sealer (
  id int primary key check (id = 1),
  seen_at timestamptz not null default now(),
  problem text not null default '',
  witness_problem text not null default ''
);
insert into audit_sealer (id, problem) values (1, 'the sealer has not been started yet');

do $$
declare name text;
begin
  foreach name in array array['audit_key', 'audit_cosignature'] loop
    execute format('create trigger append_only before update or delete on %I
      for each row execute function audit_refuse()', name);
    execute format('create trigger no_truncate before truncate on %I
      for each statement execute function audit_refuse()', name);
    execute format('alter table %I enable always trigger append_only', name);
    execute format('alter table %I enable always trigger no_truncate', name);
  end loop;
end $$;
