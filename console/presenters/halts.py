"""Halts in words: what stands, who ordered it, and what a halt would stop. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.queries.halts import Reach
    from orchestration.models import Halt

NAMES = {
    "agent": "Agent",
    "unit": "Unit",
    "goal": "Goal",
    "tool": "Tool",
    "policy": "Policy",
    "everything": "Everything",
}
ICONS = {"agent": "bot", "unit": "building-2", "goal": "workflow", "tool": "wrench"}


def row(halt: Halt, names: Mapping[str, str], url: str, may_release: bool) -> dict[str, Any]:
    """A halt as the list shows it; `names` by `kind:subject`."""
    return {
        "id": str(halt.pk),
        "what": names.get(f"{halt.kind}:{halt.subject}", halt.subject),
        "kind": NAMES.get(halt.kind, halt.kind),
        "icon": ICONS.get(halt.kind, "octagon-x"),
        "reason": halt.reason,
        "by": str(halt.ordered_by),
        "at": halt.created_at,
        "released_at": halt.released_at,
        "released_by": str(halt.released_by) if halt.released_by else "",
        "url": url,
        "may_release": may_release,
    }


def labels(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> dict[str, str]:
    """Names by `kind:subject` from the choices of the form."""
    return {value: label for _, choices in groups for value, label in choices}


def will(label: str, reach: Reach, count: Callable[[int, str], str]) -> list[str]:
    """What a halt would do now, in sentences."""
    return [
        f"{count(reach.under_way, 'attempt')} of {label} under way stop before their next step;"
        " a step that has begun is finished and recorded.",
        f"{count(reach.to_come, 'task')} of {count(reach.goals, 'goal')} wait until somebody"
        " releases the halt.",
        "Nothing that was done is undone.",
    ]
