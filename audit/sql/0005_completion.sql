-- Bodies arrive without their opening brace: putting text before them costs a third of cutting into them.
create or replace function audit_complete_entry() returns trigger language plpgsql as $$
declare
  writer text := current_setting('signalbox.writer', true);
  number bigint := 1;
begin
  if not starts_with(new.body, '"') then
    raise exception 'the body of an entry comes without its opening brace' using errcode = 'data_exception';
  end if;
  if writer is null or writer = '' then
    writer := substr(replace(gen_random_uuid()::text, '-', ''), 1, 12);
  else
    number := substr(writer, 14)::bigint + 1;
    writer := substr(writer, 1, 12);
  end if;
  perform set_config('signalbox.writer', writer || ':' || number, false);
  new.xid := pg_current_xact_id();
  new.body := '{"_":{"at":"'
    || to_char(new.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","id":' || new.id || ',"number":' || number || ',"writer":"' || writer
    || '","xid":' || new.xid || '},' || new.body;
  new.leaf_hash := sha256('\x00'::bytea || convert_to(new.body, 'UTF8'));
  return new;
end $$;
