-- Leaves in runs: one row for up to 256 leaves of one pass, with the entries' ids and their hashes. A row a leaf,
-- with its two indexes, cost four times as much room. Uniqueness of entry_id is checked when verifying.
alter table audit_leaf rename to audit_leaf_single;
alter table audit_leaf_single rename constraint audit_leaf_pkey to audit_leaf_single_pkey;

create table audit_leaf (
  leaf_index bigint primary key,
  entries bigint[] not null,
  hashes bytea not null,
  check (cardinality(entries) > 0 and length(hashes) = 32 * cardinality(entries))
);
comment on column audit_leaf.leaf_index is 'place of the first leaf of the run';

create function audit_span(entries bigint[]) returns int8range language sql immutable parallel safe as $$
  select int8range(least(entries[1], entries[cardinality(entries)]),
    greatest(entries[1], entries[cardinality(entries)]), '[]')
$$;

insert into audit_leaf (leaf_index, entries, hashes)
  select min(l.leaf_index), array_agg(l.entry order by l.leaf_index),
    string_agg(coalesce(e.leaf_hash, substr(t.hashes, 1 + 32 * (l.leaf_index & 255)::int, 32)), ''::bytea
      order by l.leaf_index)
  from audit_leaf_single l left join audit_entry e on e.id = l.entry
  left join audit_tile t on t.level = 0 and t.number = l.leaf_index >> 8
  group by l.leaf_index >> 8, (select min(c.size) from audit_checkpoint c where c.size > l.leaf_index);
create index audit_leaf_span on audit_leaf using gist (audit_span(entries));
drop table audit_leaf_single;

-- The hashes of a full tile of level 0 stand in the runs; the tile keeps the root over them.
alter table audit_tile disable trigger append_only;
update audit_tile set hashes = '' where level = 0;
alter table audit_tile enable always trigger append_only;

create trigger append_only before update or delete on audit_leaf
  for each row execute function audit_refuse();
create trigger no_truncate before truncate on audit_leaf
  for each statement execute function audit_refuse();
alter table audit_leaf enable always trigger append_only;
alter table audit_leaf enable always trigger no_truncate;

-- A row a leaf, for readers of many of them.
create view audit_placed as
  select l.leaf_index + u.at - 1 as leaf_index, u.entry, substr(l.hashes, (u.at * 32 - 31)::int, 32) as leaf_hash
  from audit_leaf l cross join unnest(l.entries) with ordinality as u (entry, at);

create index audit_entry_entry_id on audit_entry (entry_id);

-- Which leaves stand at the places from first to before last, in order.
create function audit_leaves(first bigint, last bigint)
  returns table (leaf_index bigint, entry bigint, leaf_hash bytea) language sql stable as $$
  select l.leaf_index + u.at - 1, u.entry, substr(l.hashes, (u.at * 32 - 31)::int, 32)
  from audit_leaf l cross join unnest(l.entries) with ordinality as u (entry, at)
  where l.leaf_index > first - 256 and l.leaf_index < last
    and l.leaf_index + u.at > first and l.leaf_index + u.at <= last
$$;

-- The stamp is a list: its members' names said nothing that their order does not say.
create or replace function audit_complete_entry() returns trigger language plpgsql as $$
declare
  writer text := current_setting('signalbox.writer', true);
  number bigint := 1;
begin
  if not starts_with(new.body, '"') then
    raise exception 'the body of an entry comes without its opening brace' using errcode = 'data_exception';
  end if;
  if writer is null or writer = '' then
    writer := substr(replace(gen_random_uuid()::text, '-', ''), 1, 12);
  else
    number := substr(writer, 14)::bigint + 1;
    writer := substr(writer, 1, 12);
  end if;
  perform set_config('signalbox.writer', writer || ':' || number, false);
  new.xid := pg_current_xact_id();
  new.body := '{"_":["'
    || to_char(new.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '",' || new.id || ',' || number || ',"' || writer || '",' || new.xid || '],' || new.body;
  new.leaf_hash := sha256('\x00'::bytea || convert_to(new.body, 'UTF8'));
  return new;
end $$;

-- As before, but the runs keep the hashes of all leaves, so that no leaf has to wait for its tile.
create or replace function audit_drop_month(month date, recorded_in uuid) returns bigint
  language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '5s' as $$
declare
  first date := date_trunc('month', month)::date;
  name text := 'audit_entry_' || to_char(first, 'YYYY_MM');
  total bigint;
  sealed bigint;
begin
  if to_regclass(name) is null then
    raise exception 'no entries are kept for %', to_char(first, 'YYYY-MM') using errcode = 'raise_exception';
  end if;
  if exists (select from audit_entry where recorded_at < first::timestamp at time zone 'UTC') then
    raise exception 'older months go first' using errcode = 'raise_exception';
  end if;
  if first + interval '7 months' > now() then
    raise exception 'entries are kept for six months after their month' using errcode = 'raise_exception';
  end if;
  execute format('lock table %I in share row exclusive mode', name);
  execute format('select count(*), count(l.entry)
    from %I e left join (select unnest(entries) as entry from audit_leaf) l on l.entry = e.id', name)
    into total, sealed;
  if sealed < total then
    raise exception 'not all entries of that month are sealed' using errcode = 'raise_exception';
  end if;
  if audit_month_is_held(name) then
    raise exception 'a legal hold covers entries of that month' using errcode = 'raise_exception';
  end if;
  execute format('delete from audit_search s using %I e where s.entry = e.id', name);
  execute format('drop table %I', name);
  insert into audit_dropped (month, entries, entry) values (first, total, recorded_in);
  return total;
end $$;
