"""Replays of history under a draft: asked for, carried out in parts, cancelled, and their results.

The row holds the work: which texts, which spans of steps, how far it is and what was found. When a
worker dies another one follows, which goes on after the last span that was counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone

from audit import ledger, payloads
from orchestration.access.governing import EVERYWHERE, may_review
from orchestration.access.roles import scopes_for
from orchestration.attributes.answering import answers, expected
from orchestration.attributes.history import ALWAYS, Span, Window, count_then, extent, pasts
from orchestration.errors import IllegalTransition, InvalidInput, NotAllowed
from orchestration.models import Person, PolicyDraft, PolicyReplay
from orchestration.operations.changes import SYSTEM, change, create
from orchestration.operations.people import actor_for
from orchestration.operations.policy_texts import (
    active_bundle,
    compile_prospect,
    compile_texts,
    prospect,
    sources_of,
)
from orchestration.operations.signals import REPLAY, send
from orchestration.policy import bundle as compiled
from orchestration.policy.coverage import rule_names
from orchestration.policy.forecast import Forecast
from orchestration.policy.replay import replay
from orchestration.policy.tally import Tally
from orchestration.vocabulary import ReplayState, Role

MOST = 1_000_000
"""Decisions that one replay looks at, at most."""

SILENT = timedelta(seconds=60)
"""A worker reports after each span; after this long without a report another one takes over."""

UNDER_WAY = (ReplayState.QUEUED, ReplayState.RUNNING)


@dataclass(frozen=True)
class ReplayResult:
    """What a replay found so far, ready to be read.

    Attributes:
        tally: all counts. then, now: what approvals cost a day, as it was and as it would be.
        rules: all rules of the bundle replayed. span_s: seconds the history lasted.
    """

    tally: Tally
    then: Forecast | None
    now: Forecast | None
    rules: list[str]
    span_s: float

    @property
    def never_matched(self) -> list[str]:
        """Rules that spoke about nothing in this history."""
        said = self.tally.rules
        return [one for one in self.rules if one not in said.matched and one not in said.failed]

    @property
    def always_overridden(self) -> list[str]:
        """Rules that matched and never decided anything."""
        said = self.tally.rules
        return [one for one in sorted(said.matched) if one not in said.decided]


def request_replay(
    *, person: Person, draft: PolicyDraft | None, last: int, window: Window = ALWAYS
) -> PolicyReplay:
    """Have a worker decide the newest `last` steps of a window again.

    Under a draft, or the bundle in force when it is None. Raises NotAllowed for who may not review
    drafts of that unit, InvalidInput for a number out of range, a window that no step can lie in,
    or texts that can't be in force together.
    """
    if not 1 <= last <= MOST:
        raise InvalidInput(f"Replay from 1 to {MOST:,} decisions.")
    check_window(window)
    scope, scopes = _reach(person, draft)
    active = active_bundle()
    texts = prospect(draft) if draft is not None else sources_of(active)
    if draft is not None:
        compile_prospect(draft)
    with ledger.transaction():
        row = PolicyReplay(
            scope=scope,
            draft=draft,
            bundle=active.number if active else 0,
            texts={key: payloads.store(text) for key, text in texts.items()},
            requested_by=person,
            scopes=scopes,
            last=last,
            since=window.since,
            until=window.until,
            taken_until=timezone.now() + SILENT,
        )
        create(row, "policy_replay.requested", actor_for(person))
        send(REPLAY, str(row.pk))
    return row


def check_window(window: Window) -> None:
    """Raises InvalidInput for a window in which no step can lie."""
    if window.since and window.until and window.since >= window.until:
        raise InvalidInput("The window ends before it begins.")
    if window.since and window.since > timezone.now():
        raise InvalidInput("The window begins in the future; nothing was decided there yet.")


def cancel_replay(*, replay: PolicyReplay, person: Person) -> PolicyReplay:
    """End a replay where it is; what it found so far stays readable."""
    if not may_review(person, replay.scope):
        raise NotAllowed("Only those who may review drafts of its unit may cancel a replay.")
    with ledger.transaction():
        return change(
            replay,
            "policy_replay.cancelled",
            actor_for(person),
            state=ReplayState.CANCELLED,
            finished_at=timezone.now(),
        )


def begin_replay(*, key: UUID) -> PolicyReplay | None:
    """Take a replay that waits, or one whose worker fell silent; None if there is none."""
    now = timezone.now()
    with ledger.transaction():
        row = PolicyReplay.objects.select_for_update(skip_locked=True).filter(pk=key).first()
        if row is None or row.state not in UNDER_WAY:
            return None
        if row.state == ReplayState.RUNNING:
            if row.taken_until is not None and row.taken_until > now:
                return None
            PolicyReplay.objects.filter(pk=key).update(taken_until=now + SILENT)
            return PolicyReplay.objects.get(pk=key)
        whole = extent(row.scopes, row.last, window=Window(row.since, row.until))
        PolicyReplay.objects.filter(pk=key).update(
            tally={"spans": [[str(s.first), str(s.last), s.count] for s in whole.spans]},
            total=whole.total,
            span_s=whole.span_s,
            taken_until=now + SILENT,
        )
        change(row, "policy_replay.started", SYSTEM, state=ReplayState.RUNNING, started_at=now)
        return PolicyReplay.objects.get(pk=key)


def advance_replay(*, replay: PolicyReplay) -> bool:
    """Decide the next span again and note the progress; False when there is nothing more to do.

    The progress is a measurement and owes no entry; the end of the replay does.
    """
    said: dict[str, Any] = replay.tally
    left = [Span(UUID(a), UUID(b), n) for a, b, n in said.get("spans", [])]
    left = [one for one in left if replay.cursor is None or one.first > replay.cursor]
    if not left:
        return False
    found = Tally.of_json(said.get("found", {}))
    found.merge(tally_span(compiled_for(replay), replay.scopes, left[0]))
    replay.tally = {**said, "found": found.as_json()}
    replay.cursor, replay.done = left[0].last, replay.done + left[0].count
    mine = PolicyReplay.objects.filter(
        pk=replay.pk, state=ReplayState.RUNNING, taken_until=replay.taken_until
    )
    replay.taken_until = timezone.now() + SILENT
    kept = mine.update(
        tally=replay.tally,
        cursor=replay.cursor,
        done=replay.done,
        taken_until=replay.taken_until,
    )
    if not kept:
        raise IllegalTransition("the replay was cancelled, or another worker has it")
    return True


def finish_replay(*, replay: PolicyReplay) -> PolicyReplay:
    """Record what a replay found; its counts are a payload that the entry names."""
    with ledger.transaction():
        digest = payloads.store(replay.tally.get("found", {}))
        return change(
            replay,
            "policy_replay.finished",
            SYSTEM,
            entry={"payload": digest, "data": {"total": replay.total}},
            state=ReplayState.DONE,
            finished_at=timezone.now(),
        )


def fail_replay(*, replay: PolicyReplay, error: str) -> PolicyReplay:
    """Record that a replay could not be carried out, and why."""
    with ledger.transaction():
        return change(
            replay,
            "policy_replay.failed",
            SYSTEM,
            state=ReplayState.FAILED,
            error=error,
            finished_at=timezone.now(),
        )


def redrive_replays() -> None:
    """Send word of replays that nobody carries out."""
    now = timezone.now()
    for row in PolicyReplay.objects.filter(state__in=UNDER_WAY, taken_until__lt=now):
        waiting = PolicyReplay.objects.filter(pk=row.pk, state=ReplayState.QUEUED)
        waiting.update(taken_until=now + SILENT)
        send(REPLAY, str(row.pk))


def result(replay: PolicyReplay) -> ReplayResult:
    """What a replay found so far, with what its approvals would cost."""
    tally = Tally.of_json(replay.tally.get("found", {}))
    seen_s = replay.span_s * (replay.done / replay.total) if replay.total else 0.0
    then = now = None
    if seen_s > 0:
        known = answers(replay.scopes)
        then = expected(dict(tally.asked_then), known, seen_s)
        now = expected(dict(tally.asked_now), known, seen_s)
    return ReplayResult(tally, then, now, rule_names(compiled_for(replay)), replay.span_s)


def compiled_for(replay: PolicyReplay) -> compiled.Bundle:
    """The bundle that a replay decides with: the texts as they were when it was asked for."""
    return _compiled(orjson.dumps(replay.texts, option=orjson.OPT_SORT_KEYS), replay.bundle + 1)


@lru_cache(maxsize=4)
def _compiled(texts: bytes, number: int) -> compiled.Bundle:
    digests: dict[str, str] = orjson.loads(texts)
    found = payloads.load_many(digests.values())
    return compile_texts({key: str(found[digest]) for key, digest in digests.items()}, number)


def tally_span(bundle: compiled.Bundle, scopes: list[str], span: Span) -> Tally:
    """What comes of one span of history under a bundle."""
    tally, left_out = Tally(), 0

    def history() -> Any:
        nonlocal left_out
        for past in pasts(scopes, span):
            if past is None:
                left_out += 1
            else:
                yield past

    for again in replay(history(), bundle, count_then):
        tally.add(again)
    tally.pass_over(left_out)
    return tally


def _reach(person: Person, draft: PolicyDraft | None) -> tuple[str, list[str]]:
    """The unit a replay belongs to, and the units whose steps it looks at."""
    if draft is None:
        if may_review(person, EVERYWHERE):
            return EVERYWHERE, [EVERYWHERE]
        scopes = scopes_for(person, Role.ADMIN, Role.REVIEWER)
        if not scopes:
            raise NotAllowed("Replays are for admins and compliance reviewers.")
        return scopes[0], scopes[:1]
    if not may_review(person, draft.scope):
        raise NotAllowed("Drafts are replayed by admins and compliance reviewers of their unit.")
    return draft.scope, [draft.scope]
