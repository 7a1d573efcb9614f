"""Leaves in runs, the stamp of a body as a list, and an index to find entries by their entry_id."""

from django.db import migrations

from audit.schema import grant, script


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_witnesses")]

    operations = [
        migrations.RemoveField("Leaf", "entry_id"),
        migrations.AlterModelTable("Leaf", "audit_placed"),
        migrations.RunPython(script("0007_runs"), script("0007_undo")),
        migrations.RunPython(grant("0007"), migrations.RunPython.noop),
    ]
