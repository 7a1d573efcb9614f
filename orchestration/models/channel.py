"""Where news reaches people outside the console, and what is on its way there."""

from __future__ import annotations

from enum import StrEnum

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from audit.identifiers import new_id
from orchestration.models.base import Scoped
from orchestration.models.person import Person
from orchestration.vocabulary import ChannelKind, ChannelState, DeliveryState, NewsKind

MOST_DIGEST_MINUTES = 24 * 60


def _choices(words: type[StrEnum]) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class Channel(Scoped):
    """One way to reach one person, or the people of a role in a unit.

    Attributes:
        person: whose it is; None for a channel of the unit, which carries what `role` may act on.
        destination: an e-mail address or a web address; for Slack and Teams, whose address is
            itself a secret, a reference such as `env:SIGNALBOX_SECRET_OPS` or `file:ops`.
        secret: reference to what signs a webhook; empty for the other kinds.
        wants: which news, words of NewsKind.
        quiet_from, quiet_until: hours of the day, in `zone`, in which nothing is sent; both None
            for never.
        digest_minutes: after a message the next one waits so long and takes along what gathers.
        told_at: when the last message arrived. failures: tries in a row that did not succeed, the
            last for the reason in `error`. rest_until: nothing is sent before.
    """

    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="channels"
    )
    role = models.CharField(max_length=20, blank=True, default="")
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=_choices(ChannelKind))
    state = models.CharField(
        max_length=20, choices=_choices(ChannelState), default=ChannelState.ACTIVE
    )
    destination = models.CharField(max_length=500)
    secret = models.CharField(max_length=120, blank=True, default="")
    wants = models.JSONField(default=list)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    zone = models.CharField(max_length=60, default="UTC")
    digest_minutes = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(MOST_DIGEST_MINUTES)]
    )
    told_at = models.DateTimeField(null=True, blank=True)
    rest_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["label", "created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, role="")
                | models.Q(person__isnull=True) & ~models.Q(role=""),
                name="channel_of_a_person_or_of_a_role",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Delivery(models.Model):
    """One piece of news on its way through one channel; several travel in one message.

    Attributes:
        sentence: what is said; it names acts and agents, never arguments.
        message: the message it travels in, given when it is first sent; a second try has the same,
            so that a receiver can tell.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    news = models.CharField(max_length=20, choices=_choices(NewsKind))
    subject = models.UUIDField()
    sentence = models.CharField(max_length=500)
    state = models.CharField(
        max_length=20, choices=_choices(DeliveryState), default=DeliveryState.QUEUED
    )
    due_at = models.DateTimeField(default=timezone.now)
    message = models.UUIDField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "news", "subject"], name="news_once_a_channel"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=DeliveryState.QUEUED),
                name="delivery_due",
            ),
            models.Index(fields=["channel", "-created_at"], name="delivery_by_channel"),
        ]

    def __str__(self) -> str:
        return self.sentence


class Follower(models.Model):
    """How far a reader of the ledger has come; see audit.following."""

    name = models.CharField(primary_key=True, max_length=60)
    position = models.TextField()

    def __str__(self) -> str:
        return self.name
