"""How well people can oversee what agents ask of them, as the page shows it. Pure.

The figures point at requests that are hard to decide well, at times of day with too much to do and
at answers given faster than one can read. They are meant to change the work, not to rank people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from statistics import median
from typing import Any

from console.presenters import formats
from console.queries.oversight import Answer, Window

SIZES = ((500, "up to 500 bytes"), (2_000, "up to 2 kB"), (10_000, "up to 10 kB"))
LARGEST = "more than 10 kB"
READING_BYTES_A_SECOND = 25.0
"""About 250 words of six letters a minute (Brysbaert 2019, 238 words a minute for prose)."""
SHORTEST_READING_S = 3.0
LONG_STREAK = 25
HIGH_EXPIRY = 0.1
CROWDED_HOUR = 20
HOURS_A_DAY = 24


def hasty(answer: Answer) -> bool:
    """Whether an answer came sooner than its request can be read, if it was read on arrival."""
    needed = max(SHORTEST_READING_S, answer.size / READING_BYTES_A_SECOND)
    return answer.waited.total_seconds() < needed


def figures(window: Window) -> list[dict[str, Any]]:
    """The figures above the tables, each with a word of advice when it is out of line."""
    waited = [answer.waited for answer in window.answers]
    ended = sum(window.ended.values())
    expired = window.ended.get("expired", 0)
    rate = expired / ended if ended else 0.0
    late = f"{expired} of {ended} requests ran out of time"
    return [
        {"label": "Answers", "value": formats.number(len(window.answers)), "note": ""},
        {"label": "Waiting now", "value": formats.number(window.waiting), "note": ""},
        {"label": "Median time to decide", "value": _span(waited), "note": ""},
        {
            "label": "Expired",
            "value": f"{rate:.0%}" if ended else "none",
            "note": f"{late}; more people, or fewer holds" if rate > HIGH_EXPIRY else "",
        },
        {
            "label": "Reviewers disagreed",
            "value": f"{len(window.disagreed)} of {len(window.reviewed)}",
            "note": "judged afterwards" if window.reviewed else "nothing was judged afterwards",
        },
    ]


def _span(waited: Sequence[timedelta]) -> str:
    return formats.duration(median(one.total_seconds() for one in waited)) if waited else "none"


def by_size(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Time to decide against the size of what was shown: it should grow with it."""
    return [
        {
            "label": label,
            "count": len(group),
            "median": _span([answer.waited for answer in group]),
            "hasty": sum(map(hasty, group)),
        }
        for label, group in _grouped(answers, _size_class)
    ]


def _size_class(answer: Answer) -> int:
    return sum(answer.size > limit for limit, _ in SIZES)


def _grouped(
    answers: Iterable[Answer], key: Callable[[Answer], int]
) -> list[tuple[str, list[Answer]]]:
    labels = [*(label for _, label in SIZES), LARGEST]
    found = groupby(sorted(answers, key=key), key=key)
    return [(labels[number], list(group)) for number, group in found]


def people(window: Window) -> list[dict[str, Any]]:
    """One row a person: load, speed, streaks, and what reviewers said; most answers first."""
    by_person: dict[str, list[Answer]] = {}
    for answer in window.answers:
        by_person.setdefault(answer.person, []).append(answer)
    rows = [_person(answers, window) for answers in by_person.values()]
    return sorted(rows, key=lambda row: (-row["count"], row["name"]))


def _person(answers: list[Answer], window: Window) -> dict[str, Any]:
    keys = {answer.approval for answer in answers if answer.approved}
    busiest = max(per_hour(answers), default=0)
    streak = longest_streak(answers)
    too_soon = sum(map(hasty, answers))
    advice = []
    if streak >= LONG_STREAK:
        advice.append(f"{streak} approvals in a row: are these holds needed, or is a change due?")
    if busiest >= CROWDED_HOUR:
        advice.append(f"{busiest} answers within one hour: spread the load")
    if too_soon > len(answers) / 2:
        advice.append("most answers came sooner than the request can be read")
    return {
        "name": answers[0].name,
        "count": len(answers),
        "approved": sum(answer.approved for answer in answers),
        "median": _span([answer.waited for answer in answers]),
        "hasty": too_soon,
        "streak": streak,
        "busiest": busiest,
        "disagreed": len(keys & window.disagreed),
        "reviewed": len(keys & window.reviewed),
        "advice": advice,
    }


def longest_streak(answers: Iterable[Answer]) -> int:
    """The most approvals in a row, without a denial between them."""
    runs = groupby(answers, key=lambda answer: answer.approved)
    return max((len(list(run)) for approved, run in runs if approved), default=0)


def per_hour(answers: Iterable[Answer]) -> list[int]:
    """How many answers fell into each hour in which there were any."""
    counts: dict[str, int] = {}
    for answer in answers:
        hour = answer.at.strftime("%Y-%m-%d %H")
        counts[hour] = counts.get(hour, 0) + 1
    return list(counts.values())


def by_hour(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Answers by hour of the day (UTC), all days together, for the bars and their table."""
    counts = [0] * HOURS_A_DAY
    for answer in answers:
        counts[answer.at.hour] += 1
    most = max(counts) or 1
    return [
        {"hour": f"{hour:02}", "count": count, "height": round(40 * count / most, 1)}
        for hour, count in enumerate(counts)
    ]
