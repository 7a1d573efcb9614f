-- Takes away what 0008_totals.sql made; the search index fills again as it was.
drop trigger forget_counts on audit_dropped;
drop function audit_forget_counts, audit_count;
drop table audit_tally, audit_tally_position;
drop function audit_words(audit_entry);
drop table audit_search;
create table audit_search (
  entry bigint primary key,
  scope text collate "C" not null,
  words tsvector not null
);
create index audit_search_words on audit_search using gin (words);
update audit_search_position set leaf_index = 0;
