"""How well detectors did on a run whose faults are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from orchestration.anomalies import registry as anomalies
from orchestration.coherence import registry as coherence
from orchestration.detection.events import Event, Step
from orchestration.detection.findings import Detector, Finding
from orchestration.detection.stream import replay
from tests.machinery.faults import Fault

AFTERWARDS_S = 600.0
"""What is found by nothing happening is found in this time after a run."""


def all_detectors() -> list[Detector]:
    """New detectors of both packages."""
    return [*coherence.detectors(), *anomalies.detectors()]


@dataclass
class Score:
    """Of one detector: faults found and missed, findings without a fault, and delays."""

    found: int = 0
    missed: int = 0
    false: int = 0
    seconds: list[float] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    alarms: list[Finding] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of the faults that were found."""
        return self.found / max(self.found + self.missed, 1)

    @property
    def precision(self) -> float:
        """Share of the findings that are about a fault; a fault counts once."""
        return self.found / max(self.found + self.false, 1)


def score(events: Sequence[Event], faults: Sequence[Fault]) -> dict[str, Score]:
    """Scores by detector. A finding that another kind of fault explains counts neither way."""
    scores: dict[str, Score] = defaultdict(Score)
    findings = replay(all_detectors(), events, longer=AFTERWARDS_S)
    told: set[tuple[str, str]] = set()
    for fault in faults:
        of_fault = scores[fault.detector]
        fitting = [f for f in findings if f.detector == fault.detector and fault.explains(f)]
        if not fitting:
            of_fault.missed += 1
            continue
        earliest = min(fitting, key=lambda finding: finding.at)
        of_fault.found += 1
        of_fault.seconds.append(max(0.0, earliest.at - fault.at))
        of_fault.steps.append(_steps_until(events, fault, earliest.at))
        told |= {(f.detector, f.key) for f in fitting}
    for finding in first_of_each(findings):
        explained = any(fault.explains(finding) for fault in faults)
        if (finding.detector, finding.key) not in told and not explained:
            scores[finding.detector].false += 1
            scores[finding.detector].alarms.append(finding)
    return dict(scores)


def first_of_each(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each cause, the first."""
    first: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        first.setdefault((finding.detector, finding.key), finding)
    return list(first.values())


def _steps_until(events: Sequence[Event], fault: Fault, at: float) -> int:
    known = set(fault.steps)
    return sum(isinstance(e, Step) and e.id in known and e.at <= at for e in events)
