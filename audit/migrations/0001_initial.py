"""The ledger's tables, their triggers, and what the application role may do with them."""

from django.db import migrations, models

from audit.schema import grant, script


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "audit_checkpoint",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField()),
                ("recorded_at", models.DateTimeField()),
                ("occurred_at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("actor_kind", models.TextField()),
                ("actor_id", models.TextField()),
                ("actor_name", models.TextField(null=True)),
                ("on_behalf_of", models.TextField(null=True)),
                ("subject_kind", models.TextField()),
                ("subject_id", models.TextField()),
                ("revision", models.BigIntegerField(null=True)),
                ("scope", models.TextField()),
                ("goal", models.UUIDField(null=True)),
                ("parent", models.UUIDField(null=True)),
                ("decision", models.TextField(null=True)),
                ("outcome", models.TextField(null=True)),
                ("request_id", models.TextField(null=True)),
                ("trace_id", models.TextField(null=True)),
                ("span_id", models.TextField(null=True)),
                ("payload", models.BinaryField(null=True)),
                ("body", models.TextField()),
                ("leaf_hash", models.BinaryField()),
            ],
            options={
                "db_table": "audit_entry",
                "ordering": ["-id"],
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("leaf_index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField(unique=True)),
                ("entry", models.BigIntegerField()),
            ],
            options={
                "db_table": "audit_leaf",
                "managed": False,
            },
        ),
        migrations.RunPython(script("0001_tables", "0001_rules"), script("0001_undo")),
        migrations.RunPython(grant("0001"), migrations.RunPython.noop),
    ]
