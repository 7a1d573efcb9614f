-- Takes away what 0004_search.sql made.
drop table audit_search, audit_search_position;
