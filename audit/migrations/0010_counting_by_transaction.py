"""Counting new entries without reading all of them."""

from django.db import migrations

from audit.schema import script


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_lean_trigger")]

    operations = [
        migrations.RunPython(script("0010_counting_by_transaction"), script("0010_undo")),
    ]
