"""Findings of detectors, responses to them, and the pace of agents that were damped."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import audit.identifiers
import orchestration.vocabulary


class Migration(migrations.Migration):
    dependencies = [
        ("orchestration", "0009_reviews_and_ending_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="pace",
                        serialize=False,
                        to="orchestration.agent",
                    ),
                ),
                ("pause_ms", models.PositiveIntegerField()),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
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
                ("detector", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=400)),
                ("title", models.CharField(max_length=400)),
                ("severity", models.CharField(max_length=10)),
                ("severity_rank", models.PositiveSmallIntegerField(default=0)),
                ("confidence", models.PositiveSmallIntegerField()),
                ("agents", models.JSONField(blank=True, default=list)),
                ("tasks", models.JSONField(blank=True, default=list)),
                ("nodes", models.JSONField(blank=True, default=list)),
                ("edges", models.JSONField(blank=True, default=list)),
                ("figures", models.JSONField(blank=True, default=dict)),
                ("spared", models.JSONField(blank=True, default=list)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("found_at", models.DateTimeField()),
                ("times", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("acknowledged", "acknowledged"),
                            ("muted", "muted"),
                            ("resolved", "resolved"),
                        ],
                        default=orchestration.vocabulary.FindingState["OPEN"],
                        max_length=20,
                    ),
                ),
                ("muted_until", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "goal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="orchestration.goal",
                    ),
                ),
            ],
            options={
                "ordering": ["-last_seen"],
            },
        ),
        migrations.CreateModel(
            name="Response",
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
                ("kind", models.CharField(max_length=30)),
                ("subjects", models.JSONField(blank=True, default=dict)),
                ("automatic", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("done", "done"),
                            ("denied", "denied"),
                            ("dismissed", "dismissed"),
                            ("undone", "undone"),
                        ],
                        max_length=20,
                    ),
                ),
                ("effect", models.CharField(max_length=10)),
                ("reasons", models.JSONField(blank=True, default=list)),
                ("bundle", models.PositiveIntegerField()),
                ("considered", models.CharField(blank=True, default="", max_length=80)),
                ("before", models.JSONField(blank=True, default=dict)),
                ("result", models.CharField(blank=True, default="", max_length=400)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="orchestration.finding",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "acknowledged"])),
                fields=["scope", "-severity_rank", "-last_seen"],
                name="finding_standing",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["detector", "-last_seen"], name="finding_by_detector"),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["goal"], name="finding_by_goal"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "resolved"), _negated=True),
                fields=("detector", "key"),
                name="one_cause_one_finding",
            ),
        ),
        migrations.AddIndex(
            model_name="response",
            index=models.Index(fields=["finding", "state"], name="response_by_finding"),
        ),
    ]
