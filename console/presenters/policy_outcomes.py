"""What a change of rules does to past steps: from what to what, by whom, and examples. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.presenters import formats
from console.presenters.charts import share
from console.presenters.steps import plain_title

if TYPE_CHECKING:
    from console.queries.policy_outcomes import Outcome
    from orchestration.policy.replay import Kind
    from orchestration.policy.tally import Tally

MOST_WAYS = 4
MOST_ROWS = 50
MOST_SAMPLES = 30
BAR = 120
GAP = 1
WHY = {
    "erased": "values were erased",
    "unreadable": "the request can't be read",
    "fact not known": "a fact can't be counted for that time",
}

TONES = {
    ("allow", "hold"): "to-hold",
    ("hold", "deny"): "to-deny",
    ("allow", "deny"): "cut-off",
    ("hold", "allow"): "to-allow",
    ("deny", "allow"): "let-in",
    ("deny", "hold"): "asked",
}
"""A colour of its own for each way, whatever the order they come in."""

Way = tuple[str, str]
"""From which effect to which."""


def between(found: Outcome) -> dict[str, Any]:
    """Counts, groups and samples of what comes out otherwise, for policies/outcome.html."""
    tally = found.tally
    ways = tally.grouped("was", "now")
    shown = [(side[0], side[1]) for side, _ in ways[:MOST_WAYS]]
    rows = _by_agent(tally)
    return {
        "total": tally.total,
        "same": tally.same,
        "changed": tally.flipped(),
        "undecidable": sum(tally.undecidable.values()),
        "why": ", ".join(
            f"{formats.number(count)} as {WHY.get(why, why)}"
            for why, count in tally.undecidable.most_common()
            if count
        ),
        "ways": [_way(tally, (side[0], side[1]), count) for side, count in ways[:MOST_WAYS]],
        "more_ways": sum(count for _, count in ways[MOST_WAYS:]),
        "rows": [_row(found, key, counts, shown, rows) for key, counts in rows[:MOST_ROWS]],
        "more_rows": max(len(rows) - MOST_ROWS, 0),
        "rules": [_rule(rule[0], count) for rule, count in tally.grouped("rule")],
        "samples": list(_samples(found))[:MOST_SAMPLES],
        "stalled": [_agent(found, name) for name in tally.stalled()],
    }


def _way(tally: Tally, way: Way, count: int) -> dict[str, Any]:
    rules = Counter[str]()
    for kind, times in tally.flips.items():
        if (kind.was, kind.now) == way:
            rules[kind.rule] += times
    (rule, _), *others = rules.most_common()
    return {
        "was": way[0],
        "now": way[1],
        "tone": TONES[way],
        "count": count,
        "width": round(BAR * share(count, tally.flipped()), 1),
        "rule": rule.rpartition("/")[2] or rule,
        "more": len(others),
    }


def _by_agent(tally: Tally) -> list[tuple[Way, Counter[Way]]]:
    """Changes by agent and tool, the most first."""
    found: dict[Way, Counter[Way]] = {}
    for kind, count in tally.flips.items():
        found.setdefault((kind.agent, kind.tool), Counter())[kind.was, kind.now] += count
    return sorted(found.items(), key=lambda one: (-one[1].total(), one[0]))


def _row(
    found: Outcome,
    key: Way,
    counts: Counter[Way],
    ways: Sequence[Way],
    rows: Sequence[tuple[Way, Counter[Way]]],
) -> dict[str, Any]:
    most = rows[0][1].total()
    return {
        **_agent(found, key[0]),
        "tool": key[1],
        "counts": [counts[way] for way in ways],
        "all": counts.total(),
        "bars": list(_bars([(TONES[way], counts[way]) for way in ways], most)),
    }


def _bars(counts: Sequence[tuple[str, int]], most: int) -> Iterator[dict[str, Any]]:
    """Parts of a stacked bar: where each begins, how wide it is, and which way it stands for."""
    at = 0.0
    for tone, count in counts:
        if count:
            width = max(BAR * share(count, most) - GAP, 1.0)
            yield {"x": round(at, 1), "width": round(width, 1), "tone": tone}
            at += width + GAP


def _agent(found: Outcome, name: str) -> dict[str, str]:
    known = name in found.agents
    return {"agent": name, "agent_url": reverse("agent", args=[name]) if known else ""}


def _rule(rule: str, count: int) -> dict[str, Any]:
    key, _, name = rule.rpartition("/")
    return {"policy": key, "rule": name or "nothing allows it", "count": count}


def _samples(found: Outcome) -> Iterator[dict[str, Any]]:
    """Steps that come out otherwise, the most frequent kind first, as far as they may be seen."""
    for kind, _ in found.tally.flips.most_common():
        for reference in found.tally.samples.get(kind, []):
            if reference in found.steps:
                yield _sample(found, kind, reference)


def _sample(found: Outcome, kind: Kind, reference: str) -> dict[str, Any]:
    step = found.steps[reference]
    return {
        "at": step.decided_at,
        "title": plain_title(step.act, step.target),
        "goal": step.goal.title,
        "url": reverse("decision", args=[step.pk]),
        "agent": step.agent.name,
        "was": kind.was,
        "now": kind.now,
        "rule": kind.rule.rpartition("/")[2] or "nothing allows it",
    }
