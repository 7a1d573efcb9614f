"""Watching: giving detectors what became news in the ledger, keeping what they find, responding.

The detectors' state lives in the process; the position that it has reached is a row, written in one
transaction with the findings. A process whose state is not at that position makes it anew from the
newest entries before it, so that a restart loses no more than what lies further back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import structlog
from django.utils import timezone

from audit import following, ledger
from audit.following_text import told_before, told_between
from orchestration.anomalies import registry as anomalies
from orchestration.attributes.observing import KINDS, events_of
from orchestration.coherence import registry as coherence
from orchestration.detection.findings import Detector
from orchestration.detection.findings import Finding as Found
from orchestration.detection.stream import GRACE_S, Stream
from orchestration.errors import IllegalTransition
from orchestration.models import Finding, Follower
from orchestration.operations.findings import STANDING, keep_findings
from orchestration.operations.responding import respond_by_itself

log = structlog.get_logger(__name__)

READER = "detectors"

LOOKED_BACK = 20_000
"""Entries from which a fresh process makes its state: about the last minutes of a busy fleet."""


def detectors() -> list[Detector]:
    """New detectors of both kinds."""
    return [*coherence.detectors(), *anomalies.detectors()]


@dataclass
class Watch:
    """The detectors of this process, and the position of the ledger that they have reached.

    `grace` is how long an entry may be on its way, in seconds.
    """

    grace: float = GRACE_S
    position: str = ""
    stream: Stream = field(init=False)

    def __post_init__(self) -> None:
        """Begin with detectors that have seen nothing."""
        self.stream = Stream(detectors(), grace=self.grace)

    def catch_up(self, position: str) -> None:
        """Come to a position from the newest entries before it; what is found then is old news."""
        self.stream = Stream(detectors(), grace=self.grace)
        self.stream.feed(events_of(told_before(position, KINDS, LOOKED_BACK)))
        self.position = position


WATCH = Watch()
"""The one of this process."""


def watch_ledger(*, watch: Watch | None = None) -> int:
    """Look at what became news, keep what is found and respond; returns how much was found.

    Only one process at a time does so; another one returns at once.
    """
    watch = watch or WATCH
    began = time.perf_counter()
    try:
        kept = _look(watch)
    except BaseException:
        # what the detectors took in was not kept: the next run begins where this one did
        watch.position = ""
        raise
    for finding in kept:
        _respond(finding)
    if kept:
        log.info("found", findings=len(kept), seconds=round(time.perf_counter() - began, 3))
    return len(kept)


def begin_watching() -> None:
    """Note where the ledger stands now, unless that was done before: news is what comes later."""
    Follower.objects.get_or_create(name=READER, defaults={"position": following.position()})


def _look(watch: Watch) -> list[Finding]:
    with ledger.transaction():
        rows = Follower.objects.select_for_update(skip_locked=True)
        follower = rows.filter(name=READER).first()
        if follower is None:
            return []
        until = following.position()
        if watch.position != follower.position:
            watch.catch_up(follower.position)
        found: list[Found] = []
        read = 0
        for page in told_between(follower.position, until, KINDS):
            found += watch.stream.feed(events_of(page))
            read += len(page)
        found += watch.stream.advance(timezone.now().timestamp())
        if read or found:
            Follower.objects.filter(name=READER).update(position=until)
            watch.position = until
        return keep_findings(found=found)


def _respond(finding: Finding) -> None:
    """Respond as policies allow; what can't be done any more is left."""
    if finding.state not in STANDING:
        return
    about = next((d.about for d in detectors() if d.about.name == finding.detector), None)
    if about is None:
        return
    try:
        respond_by_itself(finding=finding, ladder=about.ladder)
    except IllegalTransition as error:
        log.info("response_too_late", finding=str(finding.pk), why=str(error))
