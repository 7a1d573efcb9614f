-- Counters behind totals, facets and the strip over time; and a search index of what entries say in words.
create table audit_tally (
  width int not null,
  at timestamptz not null,
  scope text collate "C" not null,
  kind text collate "C" not null,
  subject_kind text not null,
  decision text not null,
  outcome text not null,
  actor_id text collate "C" not null,
  entries bigint not null,
  primary key (width, at, scope, kind, subject_kind, decision, outcome, actor_id)
);
comment on column audit_tally.width is 'seconds that a row covers from "at"; only those of a day tell actors apart';

-- Up to which snapshot entries were counted. After a restore into another server it means nothing any more.
create table audit_tally_position (
  id int primary key check (id = 1),
  snapshot pg_snapshot not null,
  system_identifier text not null
);
insert into audit_tally_position values (1, '1:1:', '');

-- Counts what became visible since the last time; returns how many entries. Narrow cells go when they are old.
create function audit_count() returns bigint
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  here text := (select system_identifier::text from pg_control_system());
  before record;
  now_visible pg_snapshot;
  counted bigint;
begin
  select * into before from audit_tally_position where id = 1 for update;
  if before.system_identifier <> here then
    delete from audit_tally;
    before.snapshot := '1:1:';
  end if;
  with seen as materialized (select pg_current_snapshot() as snapshot),
  fine as materialized (
    select date_bin('10 seconds', e.recorded_at, 'epoch') as at, e.scope, e.kind, e.subject_kind,
      coalesce(e.decision, '') as decision, coalesce(e.outcome, '') as outcome, e.actor_id, count(*) as entries
    from audit_entry e
    where (e.xid >= pg_snapshot_xmax(before.snapshot)
        or e.xid in (select pg_snapshot_xip(before.snapshot)))
    group by 1, 2, 3, 4, 5, 6, 7),
  kept as (
    insert into audit_tally
    select w.width, date_bin(make_interval(secs => w.width), f.at, 'epoch'), f.scope, f.kind, f.subject_kind,
      f.decision, f.outcome, case when w.width = 86400 then f.actor_id else '' end, sum(f.entries)
    from fine f cross join (values (10, interval '2 days'), (300, interval '40 days'), (3600, null), (86400, null))
      as w (width, age)
    where w.age is null or f.at > now() - w.age
    group by 1, 2, 3, 4, 5, 6, 7, 8
    on conflict (width, at, scope, kind, subject_kind, decision, outcome, actor_id)
      do update set entries = audit_tally.entries + excluded.entries)
  select seen.snapshot, (select sum(entries) from fine) into now_visible, counted from seen;
  update audit_tally_position set snapshot = now_visible, system_identifier = here where id = 1;
  delete from audit_tally where (width = 10 and at < now() - interval '2 days')
    or (width = 300 and at < now() - interval '40 days');
  return coalesce(counted, 0);
end $$;
revoke execute on function audit_count() from public;

create function audit_forget_counts() returns trigger language plpgsql as $$
begin
  delete from audit_tally where at >= new.month::timestamp at time zone 'UTC'
    and at < (new.month + interval '1 month') at time zone 'UTC';
  return new;
end $$;
create trigger forget_counts after insert on audit_dropped
  for each row execute function audit_forget_counts();

-- The words of an entry for searching. Identifiers of goals and causes, digests and times have columns to look in.
create function audit_words(e audit_entry) returns tsvector language plpgsql stable as $$
declare
  said text;
begin
  begin
    said := e.body::jsonb -> 'data';
  exception when others then
    said := e.body;  -- somebody damaged it; the words in it are found all the same
  end;
  return to_tsvector('simple', translate(concat_ws(' ', e.kind, e.actor_id, e.actor_name, e.on_behalf_of,
    e.subject_kind, e.subject_id, e.decision, e.outcome, e.request_id, said),
    '{}[]",:._/-', '           '));
end $$;

drop table audit_search;
create table audit_search (
  entry bigint primary key,
  words tsvector not null
);
create index audit_search_words on audit_search using gin (words);
update audit_search_position set leaf_index = 0;

-- As before, in fewer steps.
create or replace function audit_complete_entry() returns trigger language plpgsql as $$
declare
  writer text := current_setting('signalbox.writer', true);
begin
  if not starts_with(new.body, '"') then
    raise exception 'the body of an entry comes without its opening brace' using errcode = 'data_exception';
  end if;
  if writer <> '' then
    writer := substr(writer, 1, 13) || (substr(writer, 14)::bigint + 1);
  else
    writer := substr(replace(gen_random_uuid()::text, '-', ''), 1, 12) || ':1';
  end if;
  perform set_config('signalbox.writer', writer, false);
  new.xid := pg_current_xact_id();
  new.body := '{"_":["' || to_char(new.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '",' || new.id || ',' || substr(writer, 14) || ',"' || substr(writer, 1, 12) || '",' || new.xid || '],'
    || new.body;
  new.leaf_hash := sha256('\x00'::bytea || convert_to(new.body, 'UTF8'));
  return new;
end $$;
