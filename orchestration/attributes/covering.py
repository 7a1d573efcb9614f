"""What the bundle in force leaves out: tools no policy speaks about, and rules that never count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.attributes.history import count_then, extent, pasts
from orchestration.models import Agent, Tool
from orchestration.models.base import within
from orchestration.policy.bundle import Bundle
from orchestration.policy.coverage import rule_names, unspoken
from orchestration.policy.replay import replay
from orchestration.policy.scopes import Place, matches
from orchestration.policy.tally import Rules

LOOKED_AT = 2_000
"""Latest decisions that are made again to see which rules count."""


@dataclass(frozen=True)
class CoverageReport:
    """What a bundle leaves out, as seen from some units.

    Attributes:
        unspoken: (tool, effect, agents) that a granted tool call finds no enforced policy for, so
            that it is always denied. never_matched: rules that spoke about nothing.
        always_overridden: rules that matched and never decided. errored: how often each failed.
        decisions: how many decisions this rests on.
    """

    unspoken: tuple[tuple[str, str, tuple[str, ...]], ...]
    never_matched: tuple[str, ...]
    always_overridden: tuple[str, ...]
    errored: dict[str, int]
    decisions: int


def coverage_of(bundle: Bundle, scopes: Sequence[str], last: int = LOOKED_AT) -> CoverageReport:
    """Decide the newest decisions of these units again and look at what each rule had to say."""
    rules, looked_at = Rules(), 0
    for span in extent(scopes, last).spans:
        history = (past for past in pasts(scopes, span) if past is not None)
        for again in replay(history, bundle, count_then):
            looked_at += 1
            if again.outline is not None:
                rules.add(again.outline)
    names = rule_names(bundle)
    return CoverageReport(
        _unspoken(bundle, scopes),
        tuple(one for one in names if one not in rules.matched and one not in rules.failed),
        tuple(one for one in sorted(rules.matched) if one not in rules.decided),
        dict(rules.failed),
        looked_at,
    )


def _unspoken(
    bundle: Bundle, scopes: Sequence[str]
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Granted tools in whose place no enforced policy applies, with the agents that hold them."""
    agents = Agent.objects.select_related("current")
    if "" not in scopes:
        agents = agents.filter(within(scopes))
    tools = dict(Tool.objects.values_list("name", "effect"))
    places: dict[Place, str] = {}
    for agent in agents:
        version = agent.current
        if version is None:
            continue
        for name, effect in tools.items():
            if matches(tuple(version.grants), name):
                where = Place(
                    "tool.call",
                    name,
                    effect,
                    agent.scope,
                    agent.slug,
                    str(agent.pk),
                    version.role,
                    tuple(version.capabilities),
                    version.risk_class,
                )
                places[where] = agent.slug
    found: dict[tuple[str, str], set[str]] = {}
    for where in unspoken(bundle, places):
        found.setdefault((where.target, where.effect), set()).add(places[where])
    return tuple(
        (tool, effect, tuple(sorted(who))) for (tool, effect), who in sorted(found.items())
    )
