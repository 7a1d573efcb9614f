-- What each witness said last, and the dropping of months that are old enough.
create table audit_witness (
  verifier text primary key,
  url text not null,
  size bigint not null default 0,
  line text not null default '',
  cosigned_at timestamptz,
  seen_at timestamptz,
  problem text not null default ''
);

create table audit_dropped (
  month date primary key,
  entries bigint not null,
  entry uuid not null,
  dropped_at timestamptz not null default now()
);
create trigger append_only before update or delete on audit_dropped
  for each row execute function audit_refuse();
create trigger no_truncate before truncate on audit_dropped
  for each statement execute function audit_refuse();
alter table audit_dropped enable always trigger append_only;
alter table audit_dropped enable always trigger no_truncate;

-- Which holds in force cover an entry of a month; found once for the whole month.
create function audit_month_is_held(name text) returns boolean
  language plpgsql stable set search_path = public, pg_temp as $$
declare found boolean;
begin
  execute format('select exists (select from audit_hold h where h.released_at is null and (
    h.covers = ''everything'' or exists (select from %I e where
      (h.covers = ''goal'' and e.goal::text = h.value)
      or (h.covers = ''scope'' and (e.scope = h.value or starts_with(e.scope, h.value || ''/'')))
      or (h.covers = ''subject'' and h.value in (e.subject_id, e.actor_id, e.on_behalf_of))
      or h.entry = e.entry_id)))', name)
    into found;
  return found;
end $$;

-- Drops the entries of a month that ended six months ago or more. Their leaves and tiles stay, so that every proof
-- holds; returns how many entries went. The caller's transaction holds the entry that records it.
create function audit_drop_month(month date, recorded_in uuid) returns bigint
  language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '5s' as $$
declare
  first date := date_trunc('month', month)::date;
  name text := 'audit_entry_' || to_char(first, 'YYYY_MM');
  total bigint;
  sealed bigint;
  last_leaf bigint;
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
  execute format('select count(*), count(l.leaf_index), coalesce(max(l.leaf_index), -1)
    from %I e left join audit_leaf l on l.entry = e.id', name) into total, sealed, last_leaf;
  if sealed < total then
    raise exception 'not all entries of that month are sealed' using errcode = 'raise_exception';
  end if;
  if last_leaf >= 256 * (select count(*) from audit_tile where level = 0) then
    raise exception 'the last entries of that month lie in no full tile yet, so that their hashes would be lost'
      using errcode = 'raise_exception';
  end if;
  if audit_month_is_held(name) then
    raise exception 'a legal hold covers entries of that month' using errcode = 'raise_exception';
  end if;
  execute format('delete from audit_search s using %I e where s.entry = e.id', name);
  execute format('drop table %I', name);
  insert into audit_dropped (month, entries, entry) values (first, total, recorded_in);
  return total;
end $$;

revoke execute on function audit_drop_month(date, uuid) from public;
