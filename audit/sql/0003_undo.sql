-- Takes away what 0003_retention.sql made.
drop function audit_remove_payloads, audit_erase_subject;
drop index audit_entry_payload;
drop function audit_is_held;
drop trigger recorded on audit_payload;
drop trigger recorded on audit_subject_key;
drop trigger unchanging on audit_subject_key;
drop trigger no_truncate on audit_subject_key;
drop table audit_hold, audit_erasure, audit_removal;
drop function audit_refuse_unrecorded;
