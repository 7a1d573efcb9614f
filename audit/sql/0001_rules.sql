-- What the tables allow. Triggers are ENABLE ALWAYS, so that replication roles obey them as well.

-- Adds to each body what only the database knows, then hashes the leaf (RFC 6962: 0x00 and the bytes).
-- A session numbers its own entries; the setting follows rollbacks, so numbers have no gaps.
create function audit_complete_entry() returns trigger language plpgsql as $$
declare
  writer text := current_setting('signalbox.writer', true);
  number bigint := 1;
begin
  if writer is null or writer = '' then
    writer := substr(replace(gen_random_uuid()::text, '-', ''), 1, 12);
  else
    number := substr(writer, 14)::bigint + 1;
    writer := substr(writer, 1, 12);
  end if;
  perform set_config('signalbox.writer', writer || ':' || number, false);
  new.xid := pg_current_xact_id();
  new.body := '{"_":{"at":"'
    || to_char(new.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","id":' || new.id || ',"number":' || number || ',"writer":"' || writer
    || '","xid":' || new.xid || '},' || substr(new.body, 2);
  new.leaf_hash := sha256('\x00'::bytea || convert_to(new.body, 'UTF8'));
  return new;
end $$;

create function audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation';
end $$;

create trigger complete_entry before insert on audit_entry
  for each row execute function audit_complete_entry();
create trigger append_only before update or delete on audit_entry
  for each row execute function audit_refuse();
alter table audit_entry enable always trigger complete_entry;
alter table audit_entry enable always trigger append_only;
create trigger no_truncate before truncate on audit_entry
  for each statement execute function audit_refuse();
alter table audit_entry enable always trigger no_truncate;

do $$
declare name text;
begin
  foreach name in array array['audit_leaf', 'audit_tile', 'audit_checkpoint'] loop
    execute format('create trigger append_only before update or delete on %I
      for each row execute function audit_refuse()', name);
    execute format('create trigger no_truncate before truncate on %I
      for each statement execute function audit_refuse()', name);
    execute format('alter table %I enable always trigger append_only', name);
    execute format('alter table %I enable always trigger no_truncate', name);
  end loop;
end $$;

-- A payload may be removed by retention, never changed.
create trigger unchanging before update on audit_payload
  for each row execute function audit_refuse();
create trigger no_truncate before truncate on audit_payload
  for each statement execute function audit_refuse();
alter table audit_payload enable always trigger unchanging;
alter table audit_payload enable always trigger no_truncate;

-- Makes the partition of a month and attaches it, which blocks no writer.
create function audit_make_partition(month date) returns boolean
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  first date := date_trunc('month', month)::date;
  name text := 'audit_entry_' || to_char(first, 'YYYY_MM');
begin
  if to_regclass(name) is not null then
    return false;
  end if;
  execute format('create table %I (like audit_entry including defaults including constraints)', name);
  execute format('alter table audit_entry attach partition %I for values from (%L) to (%L)', name,
    first::timestamp at time zone 'UTC', (first + interval '1 month')::timestamp at time zone 'UTC');
  execute format('create trigger no_truncate before truncate on %I
    for each statement execute function audit_refuse()', name);
  execute format('alter table %I enable always trigger no_truncate', name);
  return true;
end $$;

-- Makes partitions from last month (a clock may be set back) to so many months ahead.
create function audit_make_partitions(ahead int) returns int
  language sql security definer set search_path = public, pg_temp as $$
  select count(*) filter (where audit_make_partition(month::date))::int
  from generate_series(date_trunc('month', now() at time zone 'UTC') - interval '1 month',
    date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead),
    interval '1 month') as month
$$;

select audit_make_partitions(6);
revoke execute on function audit_make_partition(date) from public;
revoke execute on function audit_make_partitions(int) from public;
