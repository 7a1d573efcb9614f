"""What a page can be told about: one row for each topic. Only this table knows topics.

A topic says which subjects of ledger entries concern it. When one of them changed, regions of the
page that name the topic fetch themselves again. A topic with rows has those sent that changed,
rendered by the partial that the page itself uses; its regions are fetched when there may be other
rows than before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audit.following import News
from console.live import rows
from orchestration.models import Person

Fetch = Callable[[Person, Sequence[str]], list[tuple[str, dict[str, Any]]]]
"""Given a person and row ids: element id and template context of each row the person may see."""


@dataclass(frozen=True)
class Rows:
    """How changed rows of a topic are sent. `of` finds the id of the row that news is about."""

    of: Callable[[News], str | None]
    fetch: Fetch
    template: str


@dataclass(frozen=True)
class Topic:
    """A topic. `subjects`: kinds of subject that concern it, empty for all of them."""

    name: str
    subjects: frozenset[str] = frozenset()
    rows: Rows | None = None

    def concerns(self, news: News) -> bool:
        """Whether a page that shows this topic may look different after this."""
        return not self.subjects or news.subject_kind in self.subjects


def _topic(name: str, *subjects: str, rows: Rows | None = None) -> Topic:
    return Topic(name, frozenset(subjects), rows)


AGENTS = Rows(rows.agent_of, rows.agents, "agents/row.html")
GOALS = Rows(rows.goal_of, rows.goals, "flows/row.html")

_ACTIVITY = ("step", "approval", "task", "goal")

TOPICS: Mapping[str, Topic] = {
    topic.name: topic
    for topic in (
        _topic("figures", *_ACTIVITY, "agent"),
        _topic("volume", "step"),
        _topic("events", *_ACTIVITY),
        _topic("approvals", "approval", "vote"),
        _topic("agents", "agent", "agent_version", "halt", rows=AGENTS),
        _topic("flows", "goal", rows=GOALS),
        _topic("flow", *_ACTIVITY),
        _topic("parked", "task"),
        _topic("anomalies", "finding", "response"),
        _topic("policies", "policy", "policy_version", "bundle", "policy_draft", "policy_replay"),
        _topic("halts", "halt"),
        _topic("ledger"),
    )
}
