"""What `manage.py policy` prints: lines for people, or one JSON value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from orchestration.attributes.answering import answers, expected
from orchestration.management.policy_replaying import Replayed
from orchestration.policy.checks import CaseResult
from orchestration.policy.folders import Folder
from orchestration.policy.forecast import Forecast

BAR = 30
"""Characters of a progress bar."""


def checked(folder: Folder) -> dict[str, Any]:
    """What `policy check` found."""
    return {
        "sound": folder.is_sound,
        "policies": {name: one.key for name, one in folder.policies.items()},
        "problems": {
            name: [asdict(one) for one in found] for name, found in folder.problems.items()
        },
        "contradiction": folder.contradiction,
    }


def check_lines(said: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    for name, key in said["policies"].items():
        yield f"{name}: {key}"
    for name, found in said["problems"].items():
        for one in found:
            where = f" at {one['path']}" if one["path"] else ""
            yield f"{name}:{one['line']}:{one['column']}{where}: {one['message']}"
    if said["contradiction"]:
        yield said["contradiction"]
    yield f"{len(said['policies'])} policies, {len(said['problems'])} files with faults"


def tested(results: dict[str, list[CaseResult]]) -> dict[str, Any]:
    """What `policy test` found."""
    flat = [one for found in results.values() for one in found]
    return {
        "passed": sum(one.passed for one in flat),
        "failed": sum(not one.passed for one in flat),
        "tests": {name: [asdict(one) for one in found] for name, found in results.items()},
    }


def test_lines(said: dict[str, Any]) -> Iterator[str]:
    """The same for people: what failed, and the count."""
    for name, found in said["tests"].items():
        for one in found:
            if not one["passed"]:
                fault = one["fault"] or f"expected {one['expected']}, it says {one['said']}"
                yield f"{name}: {one['name']}: {fault}"
    yield f"{said['passed']} passed, {said['failed']} failed"


def replayed(found: Replayed) -> dict[str, Any]:
    """What `policy replay` found."""
    tally = found.tally
    part = tally.total / found.history.total if found.history.total else 0.0
    seen_s = found.history.span_s * part
    known = answers([""])
    return {
        "decisions": tally.total,
        "of": found.history.total,
        "cancelled": found.cancelled,
        "same": tally.same,
        "undecidable": dict(tally.undecidable),
        "flips": tally.flipped(),
        "by": {
            "effect": _grouped(tally.grouped("was", "now")),
            "rule": _grouped(tally.grouped("rule", "was", "now")),
            "agent": _grouped(tally.grouped("agent")),
            "tool": _grouped(tally.grouped("tool")),
        },
        "samples": [
            {**kind._asdict(), "count": tally.flips[kind], "steps": steps}
            for kind, steps in tally.samples.items()
        ],
        "stalled": tally.stalled(),
        "approvals": {
            "then": _asked(tally.held_then, expected(dict(tally.asked_then), known, seen_s))
            if seen_s
            else None,
            "now": _asked(tally.held_now, expected(dict(tally.asked_now), known, seen_s))
            if seen_s
            else None,
        },
        "errored": dict(tally.rules.failed),
        "seconds": round(found.seconds, 3),
        "per_second": round(found.per_second),
        "processes": found.processes,
    }


def replay_lines(said: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    yield (
        f"{said['decisions']:,} of {said['of']:,} decisions in {said['seconds']:.1f} s"
        f" ({said['per_second']:,}/s on {said['processes']} processes)"
        + (", cancelled" if said["cancelled"] else "")
    )
    yield f"{said['flips']:,} come out otherwise, {said['same']:,} stay as they were"
    for why, count in said["undecidable"].items():
        yield f"{count:,} can't be decided again: {why}"
    for side in ("effect", "rule", "agent", "tool"):
        for names, count in said["by"][side][:20]:
            yield f"  {side:<7} {' → '.join(names)}: {count:,}"
    if said["stalled"]:
        yield f"would stall: {', '.join(said['stalled'])}"
    for when in ("then", "now"):
        asked = said["approvals"][when]
        if asked is not None:
            yield f"approvals a day {when}: {asked['a_day']:.1f}{_hours(asked)}"


def bar(done: int, total: int, seconds: float) -> str:
    """One line that says how far something is."""
    filled = BAR * done // total if total else BAR
    rate = done / seconds if seconds else 0.0
    return f"\r[{'█' * filled}{'░' * (BAR - filled)}] {done:,} of {total:,}, {rate:,.0f}/s"


def _grouped(rows: list[tuple[tuple[str, ...], int]]) -> list[list[Any]]:
    return [[list(names), count] for names, count in rows]


def _asked(held: int, cost: Forecast) -> dict[str, Any]:
    return {
        "held": held,
        "a_day": round(cost.approvals, 3),
        "hours": cost.hours,
        "hours_low": cost.low,
        "hours_high": cost.high,
        "measured": cost.measured,
    }


def _hours(asked: dict[str, Any]) -> str:
    if asked["hours"] is None:
        return f" (too few measured answers for hours: {asked['measured']})"
    low, middle, high = asked["hours_low"], asked["hours"], asked["hours_high"]
    return f", {middle:.2f} person-hours ({low:.2f} to {high:.2f}, {asked['measured']} measured)"
