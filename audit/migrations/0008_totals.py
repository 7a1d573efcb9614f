"""Counters behind totals, facets and the strip over time, and a leaner index of words."""

from django.db import migrations, models

from audit.schema import grant, script


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_runs")]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("at", models.DateTimeField(primary_key=True, serialize=False)),
                ("width", models.IntegerField()),
                ("scope", models.TextField()),
                ("kind", models.TextField()),
                ("subject_kind", models.TextField()),
                ("decision", models.TextField()),
                ("outcome", models.TextField()),
                ("actor_id", models.TextField()),
                ("entries", models.BigIntegerField()),
            ],
            options={"db_table": "audit_tally", "managed": False},
        ),
        migrations.RunPython(script("0008_totals"), script("0008_undo")),
        migrations.RunPython(grant("0008"), migrations.RunPython.noop),
    ]
