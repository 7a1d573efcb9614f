"""Samples of decisions for review, verdicts and remarks; accounts of outside auditors that end."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import audit.identifiers
import orchestration.vocabulary


class Migration(migrations.Migration):
    dependencies = [
        ("orchestration", "0008_channels"),
    ]

    operations = [
        migrations.AddField(
            model_name="person",
            name="ends_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("viewer", "viewer"),
                    ("operator", "operator"),
                    ("approver", "approver"),
                    ("reviewer", "reviewer"),
                    ("auditor", "auditor"),
                    ("admin", "admin"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Annotation",
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
                ("remark", models.TextField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annotations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annotations",
                        to="orchestration.step",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="Sample",
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
                ("label", models.CharField(max_length=120)),
                (
                    "method",
                    models.CharField(
                        choices=[("random", "random"), ("weighted", "weighted")], max_length=20
                    ),
                ),
                (
                    "covers",
                    models.CharField(
                        choices=[("everything", "Everything"), ("consequential", "Consequential")],
                        default="consequential",
                        max_length=20,
                    ),
                ),
                ("seed", models.CharField(max_length=80)),
                ("weights", models.JSONField(default=dict)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("wanted", models.PositiveIntegerField()),
                ("readers", models.PositiveIntegerField(default=1)),
                ("population", models.PositiveIntegerField(default=0)),
                ("drawn", models.PositiveIntegerField(default=0)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="samples",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Review",
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
                ("place", models.PositiveIntegerField()),
                ("weight", models.PositiveIntegerField(default=1)),
                ("traits", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("judged", "judged")],
                        default=orchestration.vocabulary.ReviewState["OPEN"],
                        max_length=20,
                    ),
                ),
                (
                    "goal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="orchestration.goal",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="orchestration.step",
                    ),
                ),
                (
                    "sample",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="orchestration.sample",
                    ),
                ),
            ],
            options={
                "ordering": ["sample", "place", "created_at"],
            },
        ),
        migrations.CreateModel(
            name="Verdict",
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
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("agree", "agree"),
                            ("disagree", "disagree"),
                            ("follow-up", "follow-up"),
                            ("withdrawn", "withdrawn"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField()),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verdicts",
                        to="orchestration.review",
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verdicts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="orchestration.verdict",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["reviewer", "created_at"],
                name="review_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["step"], name="review_by_step"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                fields=("sample", "step", "reviewer"), name="one_review_a_person"
            ),
        ),
    ]
