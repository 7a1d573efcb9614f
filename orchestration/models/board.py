"""The blackboard of a goal, with its history, and the messages agents send."""

from __future__ import annotations

from uuid import UUID

import orjson
from django.db import connection, models

from orchestration.models.agent import Agent
from orchestration.models.base import Identified
from orchestration.models.goal import Goal
from orchestration.models.step import Step


class BoardEntry(models.Model):
    """One version of one key on a goal's blackboard; the highest version is the current value.

    `value` is a digest in the payload store. The pair (key, version) is unique, which is what
    makes compare-and-set exact: two writers of one version cannot both commit.
    """

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="board")
    key = models.CharField(max_length=200)
    version = models.PositiveIntegerField()
    value = models.CharField(max_length=80)
    labels = models.JSONField(default=dict, blank=True)
    step = models.ForeignKey(
        Step, null=True, blank=True, on_delete=models.PROTECT, related_name="posts"
    )
    author = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["goal", "key", "version"], name="one_board_version")
        ]
        verbose_name_plural = "board entries"

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


def newest_version(goal_id: UUID, key: str) -> tuple[int, str, dict[str, list[str]]]:
    """Version, value digest and labels of a key; version 0 and no value when it is not there.

    Written as SQL because agents read the blackboard at nearly every step.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select version, value, labels::text from orchestration_boardentry"
            " where goal_id = %s and key = %s order by version desc limit 1",
            [goal_id, key],
        )
        found = cursor.fetchone()
    return (found[0], found[1], orjson.loads(found[2])) if found else (0, "", {})


class Message(Identified):
    """A structured message from an agent to an agent or to whoever has a capability."""

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="messages")
    sender = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="sent")
    recipient = models.CharField(max_length=120)
    schema = models.CharField(max_length=120)
    body = models.CharField(max_length=80)
    labels = models.JSONField(default=dict, blank=True)
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="messages")

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["goal", "recipient"], name="message_by_recipient")]

    def __str__(self) -> str:
        return f"{self.sender} to {self.recipient}: {self.schema}"
