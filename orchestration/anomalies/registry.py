"""All detectors of this package, ready to start."""

from __future__ import annotations

from orchestration.anomalies.baseline import Baseline
from orchestration.anomalies.burn import BudgetBurn
from orchestration.anomalies.bursts import Approvals, Denials
from orchestration.anomalies.coverage import Coverage
from orchestration.anomalies.novelty import Novelty
from orchestration.anomalies.silence import Silence
from orchestration.detection.findings import Detector


def detectors() -> list[Detector]:
    """New detectors that have seen nothing yet."""
    return [
        Baseline(),
        Novelty(),
        Denials(),
        Approvals(),
        BudgetBurn(),
        Silence(),
        Coverage(),
    ]
