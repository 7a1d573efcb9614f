"""What the page of principles reads: the sentences agents carry, and what enforces them now."""

from __future__ import annotations

from orchestration.operations.policies import bundle_at
from orchestration.operations.policy_texts import active_bundle
from orchestration.policy.principles import Standing, parse_principles, standing
from orchestration.policy.shipped import constitution_file


def standing_now() -> list[Standing]:
    """Each principle with the policies in force that enforce it."""
    active = active_bundle()
    carried = parse_principles(constitution_file().read_text("utf-8"))
    return standing(carried, bundle_at(active.number if active else 0))
