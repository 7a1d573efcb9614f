"""The trigger that completes entries, in fewer steps."""

from django.db import migrations

from audit.schema import script


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_totals")]

    operations = [
        migrations.RunPython(script("0009_lean_trigger"), script("0009_undo")),
    ]
