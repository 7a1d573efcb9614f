-- Takes the ledger away, for a database that is set up anew.
drop table audit_entry, audit_payload, audit_subject_key, audit_leaf, audit_tile, audit_checkpoint;
drop sequence audit_entry_id_seq;
drop function audit_complete_entry, audit_refuse, audit_make_partitions, audit_make_partition;
