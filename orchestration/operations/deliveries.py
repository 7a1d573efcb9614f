"""News on its way: gathering what people should know, and handing out messages to be sent.

Gathering follows the ledger: the news and the position to go on from are written in one
transaction, so that nothing is told twice or left out whatever breaks. Sending happens outside any
transaction; a message whose sender died is sent again under the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from audit import following, ledger
from audit.identifiers import new_id
from orchestration.access.roles import holds, roles_in
from orchestration.models import Approval, Channel, Delivery, Follower, Notice, Person, Task
from orchestration.notifying.message import Line, Message, compose
from orchestration.notifying.quiet import Rhythm
from orchestration.operations.approvals import why_not
from orchestration.operations.changes import SYSTEM, record
from orchestration.vocabulary import (
    ApprovalState,
    ChannelState,
    DeliveryState,
    NewsKind,
    Role,
    TaskState,
)

READER = "notifications"
CARETAKERS = (Role.OPERATOR, Role.ADMIN)
MOST_IN_MESSAGE = 200
LEASE = timedelta(minutes=1)
"""Longer than one message can take; after it the sender counts as dead."""
MOST_TRIES = 5
FIRST_REST = timedelta(seconds=30)
REST_GROWS = 4
LOOKS_BACK = timedelta(hours=1)
"""When a position is lost, notices older than this are no news any more."""


@dataclass(frozen=True)
class Told:
    """A piece of news and the row it is about."""

    news: NewsKind
    subject: UUID
    scope: str
    sentence: str
    row: Approval | Task | Notice


@dataclass(frozen=True)
class Envelope:
    """A message to be sent, and how."""

    channel: UUID
    kind: str
    destination: str
    secret: str
    message: Message
    tries: int


def gather_news() -> int:
    """Queue what became news since the last time; returns how many deliveries it made."""
    with transaction.atomic():
        follower = _follower()
        if follower is None:
            return 0
        found, position = _news_since(follower.position)
        if position == follower.position:
            return 0
        channels = list(Channel.objects.filter(~Q(state=ChannelState.REMOVED)))
        people = {c.person_id: c.person for c in _with_people(channels)}
        rows = [
            Delivery(channel=channel, news=told.news, subject=told.subject, sentence=told.sentence)
            for told in found
            for channel in channels
            if _concerns(told, channel, people.get(channel.person_id))
        ]
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        follower.position = position
        follower.save(update_fields=["position"])
        return len(rows)


def begin_following() -> None:
    """Note where the ledger stands now, unless that was done before: news is what comes later."""
    Follower.objects.get_or_create(name=READER, defaults={"position": following.position()})


def _follower() -> Follower | None:
    """How far gathering has come, locked; None when another worker is at it, or none has begun."""
    rows = Follower.objects.select_for_update(skip_locked=True)
    return rows.filter(name=READER).first()


def _with_people(channels: Iterable[Channel]) -> Iterator[Channel]:
    keys = [channel.pk for channel in channels if channel.person_id]
    yield from Channel.objects.filter(pk__in=keys).select_related("person")


def _news_since(position: str) -> tuple[list[Told], str]:
    try:
        reading = following.read_since(position)
    except following.UnknownPosition:
        return list(_all_that_stands()), following.position()
    if not reading.news:
        return [], position
    if not reading.complete:
        return list(_all_that_stands()), reading.position
    keys: dict[str, list[str]] = {"approval": [], "task": [], "step": []}
    for news in reading.news:
        if news.kind in {"approval.opened", "task.parked"} or news.subject_kind == "step":
            keys[news.subject_kind].append(news.subject_id)
    return [
        *_approvals(Q(pk__in=keys["approval"])),
        *_parked(Q(pk__in=keys["task"])),
        *_notices(Q(step_id__in=keys["step"])),
    ], reading.position


def _all_that_stands() -> Iterator[Told]:
    yield from _approvals(Q())
    yield from _parked(Q())
    yield from _notices(Q(created_at__gte=timezone.now() - LOOKS_BACK))


def _approvals(which: Q) -> Iterator[Told]:
    rows = Approval.objects.filter(which, state=ApprovalState.OPEN)
    for row in rows.select_related("goal", "agent", "step"):
        what = row.step.target or row.step.act
        until = row.expires_at.strftime("%Y-%m-%d %H:%M UTC")
        sentence = f"{row.agent} wants to run {what} in {row.scope}; {row.risk} risk, until {until}"
        yield Told(NewsKind.APPROVAL, row.pk, row.scope, sentence, row)


def _parked(which: Q) -> Iterator[Told]:
    rows = Task.objects.filter(which, state=TaskState.PARKED)
    for row in rows.select_related("agent", "goal"):
        who = row.agent or "nobody"
        sentence = f"A task of {who} in {row.scope} is parked ({row.park_reason})"
        yield Told(NewsKind.PARKED, row.pk, row.scope, sentence, row)


def _notices(which: Q) -> Iterator[Told]:
    for row in Notice.objects.filter(which):
        sentence = f"The policy {row.policy} ({row.rule}) lets you know of a step in {row.scope}"
        yield Told(NewsKind.NOTICE, row.pk, row.scope, sentence, row)


def _concerns(told: Told, channel: Channel, person: Person | None) -> bool:
    inside = told.scope == channel.scope or told.scope.startswith(f"{channel.scope}/")
    if not inside or told.news not in channel.wants:
        return False
    if person is None:
        return channel.role in _roles_asked(told.row)
    if isinstance(told.row, Approval):
        return not why_not(approval=told.row, person=person)
    if isinstance(told.row, Task):
        return holds(person, told.scope, *CARETAKERS)
    return told.row.role in roles_in(person, told.scope)


def _roles_asked(row: Approval | Task | Notice) -> set[str]:
    if isinstance(row, Approval):
        return {role for clause in row.clauses for role in clause["roles"]}
    if isinstance(row, Task):
        return {role.value for role in CARETAKERS}
    return {row.role}


def next_message(*, now: datetime | None = None) -> Envelope | None:
    """Claim a message that may go out now; None when there is none.

    Its channel rests meanwhile, so that nobody else sends through it.
    """
    moment = now or timezone.now()
    while True:
        with transaction.atomic():
            channel = _due_channel(moment)
            if channel is None:
                return None
            later = rhythm_of(channel).next_moment(moment, channel.told_at)
            if later > moment and not _is_trial(channel):
                Channel.objects.filter(pk=channel.pk).update(rest_until=later)
                continue
            _drop_overtaken(channel, moment)
            if envelope := _claim(channel, moment):
                return envelope


def rhythm_of(channel: Channel) -> Rhythm:
    """When a channel may carry messages."""
    return Rhythm(
        ZoneInfo(channel.zone),
        channel.quiet_from,
        channel.quiet_until,
        timedelta(minutes=channel.digest_minutes),
    )


def _due_channel(moment: datetime) -> Channel | None:
    waiting = Delivery.objects.filter(
        channel=OuterRef("pk"), state=DeliveryState.QUEUED, due_at__lte=moment
    )
    awake = Q(rest_until__isnull=True) | Q(rest_until__lte=moment)
    due = Channel.objects.filter(awake, Exists(waiting), state=ChannelState.ACTIVE)
    return due.select_for_update(skip_locked=True).order_by("rest_until", "pk").first()


def _is_trial(channel: Channel) -> bool:
    """Whether somebody waits for a trial: that goes out at any hour."""
    queued = channel.deliveries.filter(state=DeliveryState.QUEUED)
    return queued.filter(news=NewsKind.TEST).exists()


def _drop_overtaken(channel: Channel, moment: datetime) -> None:
    """Take out what was decided or carried on meanwhile; nobody needs to look at it any more."""
    untold = channel.deliveries.filter(state=DeliveryState.QUEUED, message__isnull=True)
    open_now = Approval.objects.filter(pk=OuterRef("subject"), state=ApprovalState.OPEN)
    parked_now = Task.objects.filter(pk=OuterRef("subject"), state=TaskState.PARKED)
    decided = Q(~Exists(open_now), news=NewsKind.APPROVAL)
    carried_on = Q(~Exists(parked_now), news=NewsKind.PARKED)
    untold.filter(decided | carried_on).update(state=DeliveryState.OVERTAKEN, ended_at=moment)


def _claim(channel: Channel, moment: datetime) -> Envelope | None:
    due = channel.deliveries.filter(state=DeliveryState.QUEUED, due_at__lte=moment)
    rows = list(due.order_by("created_at", "pk")[:MOST_IN_MESSAGE])
    if not rows:
        return None
    begun = next((row.message for row in rows if row.message), None)
    if begun is not None:
        rows = [row for row in rows if row.message == begun]
    key = begun or new_id()
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        message=key, tries=rows[0].tries + 1
    )
    Channel.objects.filter(pk=channel.pk).update(rest_until=moment + LEASE)
    lines = [Line(row.news, row.sentence, _address(row)) for row in rows]
    return Envelope(
        channel=channel.pk,
        kind=channel.kind,
        destination=channel.destination,
        secret=channel.secret,
        message=compose(str(key), lines),
        tries=rows[0].tries + 1,
    )


def _address(row: Delivery) -> str:
    path = settings.NEWS_PATHS.get(row.news, "")
    if not (settings.PUBLIC_URL and path):
        return ""
    return settings.PUBLIC_URL.rstrip("/") + path.format(row.subject)


def settle_message(*, envelope: Envelope, error: str = "") -> None:
    """Write down that a message arrived, or why not; it is tried MOST_TRIES times."""
    now = timezone.now()
    with ledger.transaction():
        rows = Delivery.objects.filter(message=envelope.message.id, state=DeliveryState.QUEUED)
        channel = Channel.objects.select_for_update().get(pk=envelope.channel)
        given_up = bool(error) and envelope.tries >= MOST_TRIES
        if error:
            rest = FIRST_REST * REST_GROWS ** min(channel.failures, MOST_TRIES - 1)
            channel.failures, channel.error, channel.rest_until = (
                channel.failures + 1,
                error,
                now + rest,
            )
        else:
            channel.failures, channel.error, channel.rest_until = 0, "", None
            channel.told_at = now
        channel.save(update_fields=["failures", "error", "rest_until", "told_at"])
        if error and not given_up:
            return
        state = DeliveryState.FAILED if error else DeliveryState.SENT
        count = rows.update(state=state, ended_at=now)
        record(
            f"notification.{state.value}",
            channel,
            SYSTEM,
            revision=None,
            data={"message": envelope.message.id, "news": count, "tries": envelope.tries},
        )
