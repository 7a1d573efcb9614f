"""Drafts of policies on their way to a bundle, and replays of history under what they propose."""

from __future__ import annotations

from django.db import models

from orchestration.models.base import Scoped
from orchestration.models.person import Person
from orchestration.vocabulary import DraftState, ReplayState


class PolicyDraft(Scoped):
    """A set of changes to policies: texts that come or change, and policies that go.

    Attributes:
        texts: by policy key the digest of the new text in the payload store, or an empty text when
            the policy is to be taken out. authors: identifiers of everybody who edited it, none of
            whom may review or publish it. base: number of the bundle it was begun on.
        origin: where it was imported from. note: what the last reviewer said.
        bundle: number of the bundle that put it in force, once published.
    """

    title = models.CharField(max_length=200)
    reason = models.TextField(blank=True, default="")
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in DraftState],
        default=DraftState.DRAFT,
    )
    texts = models.JSONField(default=dict)
    author = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    authors = models.JSONField(default=list)
    base = models.PositiveIntegerField(default=0)
    origin = models.CharField(max_length=300, blank=True, default="")
    reviewer = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    bundle = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "-created_at"], name="draft_by_state")]

    def __str__(self) -> str:
        return self.title


class PolicyReplay(Scoped):
    """A history decided again under a draft, or under the bundle in force when `draft` is empty.

    Attributes:
        texts: the proposed bundle by policy key, as digests: what is replayed stays what it was
            when somebody asked, however the draft changes. bundle: the number it is compared with.
        last: how many decisions, newest first; since, until: of steps asked for from then on and
            before then, None for an open side. scopes: units whose steps are looked at.
        total, done: how many there are and how many were decided again. cursor: the step up to
            which the history was walked. tally: what was found so far. taken_until: until when a
            worker has it in hand. span_s: seconds between the oldest and the newest decision.
    """

    draft = models.ForeignKey(
        PolicyDraft, null=True, blank=True, on_delete=models.PROTECT, related_name="replays"
    )
    bundle = models.PositiveIntegerField()
    texts = models.JSONField(default=dict)
    requested_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    scopes = models.JSONField(default=list)
    last = models.PositiveIntegerField()
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value) for s in ReplayState],
        default=ReplayState.QUEUED,
    )
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True, blank=True)
    tally = models.JSONField(default=dict, blank=True)
    span_s = models.FloatField(default=0)
    error = models.TextField(blank=True, default="")
    taken_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="replay_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"replay of {self.last} decisions"
