"""Disagreement of evaluators: the same subject accepted by one and refused by another. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from orchestration.detection.events import Event, Judged
from orchestration.detection.findings import (
    About,
    Edge,
    Finding,
    Node,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

SUBJECTS = 20_000
MOST = 8


class Disagreement(Quiet):
    """Compares verdicts about one subject."""

    about = About(
        name="coherence.evaluators-disagree",
        title="Evaluators disagree",
        sentence="One evaluator accepts what another, or itself at a second look, refuses.",
        needs=(Judged,),
        thresholds=(
            Threshold("verdicts", 2, "two opposite verdicts on one subject can't both hold"),
        ),
        cost="constant: a look at the verdicts on the same subject",
        ladder=(Response.FLAG, Response.ESCALATE),
    )

    def __init__(self) -> None:
        self._verdicts: Recent[str, list[Judged]] = Recent(SUBJECTS, list)

    def see(self, event: Event) -> Iterable[Finding]:
        """A verdict that contradicts an earlier one on the same subject."""
        if not isinstance(event, Judged) or not event.subject:
            return ()
        verdicts = self._verdicts.touch(event.subject)
        other = next((one for one in verdicts if one.accepted != event.accepted), None)
        told = len({one.accepted for one in verdicts}) > 1
        if len(verdicts) < MOST:
            verdicts.append(event)
        if other is None or told:
            return ()
        return (_found(other, event),)


def _found(first: Judged, second: Judged) -> Finding:
    agents = tuple(dict.fromkeys((first.agent, second.agent)))
    both = "{0} and {1} judge" if len(agents) > 1 else "{0} at a second look judges"
    said = {True: "accepts", False: "refuses"}
    return Finding(
        detector=Disagreement.about.name,
        key=first.subject,
        severity=Severity.MEDIUM,
        confidence=0.95,
        title=f"{both} the same result differently.",
        at=second.at,
        since=first.at,
        scope=second.scope,
        goal=second.goal,
        agents=agents,
        tasks=tuple(dict.fromkeys((first.task, second.task))),
        nodes=tuple(
            Node(one.task, "task", said[one.accepted], one.agent, one.at) for one in (first, second)
        ),
        edges=(Edge(first.task, second.task, "contradicts"),),
    )
