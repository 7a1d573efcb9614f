-- Takes away what 0002_sealing.sql made.
drop table audit_key, audit_cosignature, audit_sealer;
alter table audit_checkpoint drop column floor;
