-- Legal holds, erasure of a person's key, removal of old payloads. Entries stay; what they refer to goes.
create table audit_hold (
  id uuid primary key,
  covers text not null check (covers in ('subject', 'goal', 'scope', 'everything')),
  value text not null,
  entry uuid not null,
  placed_at timestamptz not null default now(),
  released_at timestamptz
);

create table audit_erasure (
  key uuid primary key,
  subject text not null,
  entry uuid not null,
  erased_at timestamptz not null default now()
);

create table audit_removal (
  digest bytea primary key,
  entry uuid not null,
  removed_at timestamptz not null default now()
);

do $$
declare name text;
begin
  foreach name in array array['audit_erasure', 'audit_removal'] loop
    execute format('create trigger append_only before update or delete on %I
      for each row execute function audit_refuse()', name);
  end loop;
  foreach name in array array['audit_hold', 'audit_erasure', 'audit_removal', 'audit_subject_key'] loop
    execute format('create trigger no_truncate before truncate on %I
      for each statement execute function audit_refuse()', name);
    execute format('alter table %I enable always trigger no_truncate', name);
  end loop;
end $$;
alter table audit_erasure enable always trigger append_only;
alter table audit_removal enable always trigger append_only;

create function audit_refuse_unrecorded() returns trigger language plpgsql as $$
begin
  if tg_table_name = 'audit_payload' then
    if exists (select from audit_removal r where r.digest = old.digest) then return old; end if;
  elsif tg_table_name = 'audit_subject_key' then
    if exists (select from audit_erasure x where x.key = old.id) then return old; end if;
  end if;
  raise exception 'nothing in % goes without a record', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger recorded before delete on audit_payload
  for each row execute function audit_refuse_unrecorded();
create trigger recorded before delete on audit_subject_key
  for each row execute function audit_refuse_unrecorded();
create trigger unchanging before update on audit_subject_key
  for each row execute function audit_refuse();
create trigger kept before delete on audit_hold
  for each row execute function audit_refuse();
alter table audit_payload enable always trigger recorded;
alter table audit_subject_key enable always trigger recorded;
alter table audit_subject_key enable always trigger unchanging;
alter table audit_hold enable always trigger kept;

-- Which holds cover a payload, by the entries that refer to it.
create function audit_is_held(wanted bytea) returns boolean language sql stable as $$
  select exists (select from audit_hold h where h.released_at is null and h.covers = 'everything')
    or exists (
      select from audit_entry e join audit_hold h on h.released_at is null and (
        (h.covers = 'goal' and e.goal::text = h.value)
        or (h.covers = 'scope' and (e.scope = h.value or starts_with(e.scope, h.value || '/'))))
      where e.payload = wanted)
$$;
create index audit_entry_payload on audit_entry (payload) where payload is not null;

-- Destroys a person's key. All that was encrypted under it can never be read again.
create function audit_erase_subject(wanted text, recorded_in uuid) returns uuid
  language plpgsql security definer set search_path = public, pg_temp as $$
declare found_key uuid;
begin
  select id into found_key from audit_subject_key where subject = wanted for update;
  if found_key is null then return null; end if;
  if exists (select from audit_hold where released_at is null
             and (covers = 'everything' or (covers = 'subject' and value = wanted)))
     or exists (select from audit_payload p
                where p.subjects @> array[found_key::text] and audit_is_held(p.digest)) then
    raise exception 'a legal hold covers what would be erased' using errcode = 'raise_exception';
  end if;
  insert into audit_erasure (key, subject, entry) values (found_key, wanted, recorded_in);
  delete from audit_subject_key where id = found_key;
  return found_key;
end $$;

-- Removes payloads recorded before a moment, those under a hold excepted; returns how many.
create function audit_remove_payloads(before timestamptz, recorded_in uuid, most int) returns bigint
  language plpgsql security definer set search_path = public, pg_temp as $$
declare removed bigint;
begin
  insert into audit_removal (digest, entry)
    select p.digest, recorded_in from audit_payload p
    where p.recorded_at < before and not audit_is_held(p.digest) order by p.recorded_at limit most;
  get diagnostics removed = row_count;
  delete from audit_payload p using audit_removal r where r.digest = p.digest and r.entry = recorded_in;
  return removed;
end $$;

revoke execute on function audit_erase_subject(text, uuid) from public;
revoke execute on function audit_remove_payloads(timestamptz, uuid, int) from public;
