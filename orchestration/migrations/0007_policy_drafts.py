"""Drafts of policies, replays of history, notices, and measures of calls for declared sums."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import audit.identifiers
import orchestration.vocabulary


class Migration(migrations.Migration):
    dependencies = [
        ("orchestration", "0006_saved_views_and_verifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=audit.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("scope", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[("notify", "Notify"), ("warn", "Warn"), ("escalate", "Escalate")],
                        max_length=20,
                    ),
                ),
                ("role", models.CharField(max_length=20)),
                ("policy", models.CharField(max_length=120)),
                ("rule", models.CharField(max_length=120)),
                ("sentence", models.CharField(max_length=500)),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="PolicyDraft",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=audit.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("scope", models.CharField(db_index=True, max_length=200)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("title", models.CharField(max_length=200)),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("reviewed", "reviewed"),
                            ("published", "published"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default=orchestration.vocabulary.DraftState["DRAFT"],
                        max_length=20,
                    ),
                ),
                ("texts", models.JSONField(default=dict)),
                ("authors", models.JSONField(default=list)),
                ("base", models.PositiveIntegerField(default=0)),
                ("origin", models.CharField(blank=True, default="", max_length=300)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.TextField(blank=True, default="")),
                ("bundle", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="PolicyReplay",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=audit.identifiers.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("scope", models.CharField(db_index=True, max_length=200)),
                ("revision", models.PositiveIntegerField(default=1)),
                ("bundle", models.PositiveIntegerField()),
                ("texts", models.JSONField(default=dict)),
                ("scopes", models.JSONField(default=list)),
                ("last", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("running", "running"),
                            ("done", "done"),
                            ("cancelled", "cancelled"),
                            ("failed", "failed"),
                        ],
                        default=orchestration.vocabulary.ReplayState["QUEUED"],
                        max_length=20,
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("cursor", models.UUIDField(blank=True, null=True)),
                ("tally", models.JSONField(blank=True, default=dict)),
                ("span_s", models.FloatField(default=0)),
                ("error", models.TextField(blank=True, default="")),
                ("taken_until", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddField(
            model_name="bundle",
            name="restores",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="step",
            name="measures",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("act", "tool.call")),
                fields=["target", "decided_at"],
                name="step_by_tool",
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("act", "tool.call")),
                fields=["scope", "decided_at"],
                name="step_by_unit",
                opclasses=["varchar_pattern_ops", "timestamptz_ops"],
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="step",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="orchestration.step",
            ),
        ),
        migrations.AddField(
            model_name="policydraft",
            name="author",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="policydraft",
            name="reviewer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="policyreplay",
            name="draft",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replays",
                to="orchestration.policydraft",
            ),
        ),
        migrations.AddField(
            model_name="policyreplay",
            name="requested_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["scope", "-created_at"], name="notice_by_unit"),
        ),
        migrations.AddIndex(
            model_name="policydraft",
            index=models.Index(fields=["state", "-created_at"], name="draft_by_state"),
        ),
        migrations.AddIndex(
            model_name="policyreplay",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=["created_at"],
                name="replay_unfinished",
            ),
        ),
    ]
