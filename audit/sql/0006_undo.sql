-- Takes away what 0006_witnesses.sql made.
drop function audit_drop_month, audit_month_is_held;
drop table audit_witness, audit_dropped;
