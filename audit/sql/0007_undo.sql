-- Takes away what 0007_runs.sql made; the ledger itself stays, with a row a leaf as before.
alter table audit_leaf rename to audit_leaf_runs;
create table audit_leaf (
  leaf_index bigint primary key,
  entry bigint not null,
  entry_id uuid unique
);
insert into audit_leaf
  select l.leaf_index + u.at - 1, u.entry, e.entry_id
  from audit_leaf_runs l cross join unnest(l.entries) with ordinality as u (entry, at)
  left join audit_entry e on e.id = u.entry;
drop view audit_placed;
drop function audit_leaves;
drop table audit_leaf_runs;
drop function audit_span;
drop index audit_entry_entry_id;
