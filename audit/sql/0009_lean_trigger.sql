-- As before, without a query of its own for the setting, and with the transaction from the column's default, which
-- the application has no right to override: a fifth less time in the trigger.
create or replace function audit_complete_entry() returns trigger language plpgsql as $$
declare
  writer text := current_setting('signalbox.writer', true);
begin
  if not starts_with(new.body, '"') then
    raise exception 'the body of an entry comes without its opening brace' using errcode = 'data_exception';
  end if;
  writer := set_config('signalbox.writer', case when writer <> ''
    then substr(writer, 1, 13) || (substr(writer, 14)::bigint + 1)
    else substr(replace(gen_random_uuid()::text, '-', ''), 1, 12) || ':1' end, false);
  new.body := '{"_":["' || to_char(new.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '",' || new.id || ',' || substr(writer, 14) || ',"' || substr(writer, 1, 12) || '",' || new.xid || '],'
    || new.body;
  new.leaf_hash := sha256('\x00'::bytea || convert_to(new.body, 'UTF8'));
  return new;
end $$;
