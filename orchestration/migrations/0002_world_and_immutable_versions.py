"""The single world row, and triggers that keep published versions as they were published."""

from django.db import migrations

FORWARD = """
insert into orchestration_world (id, bundle, halt_epoch) values (1, 0, 0);

create function orchestration_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is immutable: publish a new version instead', tg_table_name
    using errcode = 'restrict_violation';
end $$;

create trigger agent_version_is_immutable before update or delete on orchestration_agentversion
  for each row execute function orchestration_refuse_change();
create trigger policy_version_is_immutable before update or delete on orchestration_policyversion
  for each row execute function orchestration_refuse_change();
"""

BACKWARD = """
drop trigger agent_version_is_immutable on orchestration_agentversion;
drop trigger policy_version_is_immutable on orchestration_policyversion;
drop function orchestration_refuse_change();
delete from orchestration_world;
"""


class Migration(migrations.Migration):
    dependencies = [("orchestration", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
