"""All detectors of this package, ready to start."""

from __future__ import annotations

from orchestration.coherence.cascade import Cascade
from orchestration.coherence.contradiction import Contradiction
from orchestration.coherence.deadlock import Deadlock
from orchestration.coherence.drift import Drift
from orchestration.coherence.duplicates import Duplicates
from orchestration.coherence.emergence import Emergence
from orchestration.coherence.evaluators import Disagreement
from orchestration.coherence.loop import Loop
from orchestration.coherence.opposition import Opposition
from orchestration.coherence.orphans import Orphans
from orchestration.coherence.ping_pong import PingPong
from orchestration.coherence.stall import Stall
from orchestration.detection.findings import Detector


def detectors() -> list[Detector]:
    """New detectors that have seen nothing yet."""
    return [
        Loop(),
        PingPong(),
        Deadlock(),
        Duplicates(),
        Contradiction(),
        Cascade(),
        Stall(),
        Orphans(),
        Drift(),
        Opposition(),
        Disagreement(),
        Emergence(),
    ]
