-- As before, but the entries to count are found by the index of transactions. With the running ones in a query of
-- their own the planner could not use it, and each count read every entry there is.
create or replace function audit_count() returns bigint
  language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
  here text := (select system_identifier::text from pg_control_system());
  before record;
  now_visible pg_snapshot;
  counted bigint;
  newest xid8;
  running xid8[];
begin
  select * into before from audit_tally_position where id = 1 for update;
  if before.system_identifier <> here then
    delete from audit_tally;
    before.snapshot := '1:1:';
  end if;
  newest := pg_snapshot_xmax(before.snapshot);
  running := array(select pg_snapshot_xip(before.snapshot));
  with seen as materialized (select pg_current_snapshot() as snapshot),
  fine as materialized (
    select date_bin('10 seconds', e.recorded_at, 'epoch') as at, e.scope, e.kind, e.subject_kind,
      coalesce(e.decision, '') as decision, coalesce(e.outcome, '') as outcome, e.actor_id, count(*) as entries
    from audit_entry e
    where (e.xid >= newest or e.xid = any(running))
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
