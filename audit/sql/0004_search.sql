-- Full-text search, filled after the fact: an index kept inside the writers' transactions costs too much.
alter table audit_leaf alter column entry_id drop not null;

create table audit_search (
  entry bigint primary key,
  scope text collate "C" not null,
  words tsvector not null
);
create index audit_search_words on audit_search using gin (words);

create table audit_search_position (
  id int primary key check (id = 1),
  leaf_index bigint not null
);
insert into audit_search_position values (1, 0);
