"""What rules say to past steps: two bundles over the latest of them, and samples of changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestration.access.roles import READING, scopes_for
from orchestration.access.rows import agents_for, steps_for
from orchestration.attributes.history import count_then, extent, pasts
from orchestration.models import Bundle, Person, Step
from orchestration.operations.policies import bundle_at
from orchestration.policy.replay import replay
from orchestration.policy.tally import Tally

LOOKED_AT = 1_000
"""Latest steps that two bundles are compared over while a page is made."""
SAMPLED = 24
"""Kinds of changes of which samples are shown."""


@dataclass(frozen=True)
class Outcome:
    """What a set of rules changes: all counts, and the rows that its samples name.

    `steps` are the sampled steps that the person may see, by id; `agents` slugs by agent name.
    """

    tally: Tally
    steps: Mapping[str, Step]
    agents: Mapping[str, str]


def outcome_between(person: Person, old: Bundle, new: Bundle) -> Outcome:
    """What the newer bundle says otherwise than the older to the latest steps of one's units."""
    scopes = scopes_for(person, *READING)
    before, after = bundle_at(old.number), bundle_at(new.number)
    tally = Tally()
    for span in extent(scopes, LOOKED_AT).spans:
        history = [past for past in pasts(scopes, span) if past is not None]
        tally.pass_over(span.count - len(history))
        then = [
            made.past._replace(effect=made.kind.now)
            for made in replay(history, before, count_then)
            if made.kind.now
        ]
        lost = len(history) - len(then)
        tally.total += lost
        tally.undecidable["unreadable"] += lost
        for made in replay(then, after, count_then):
            tally.add(made)
    return with_rows(person, tally)


def with_rows(person: Person, tally: Tally) -> Outcome:
    """A tally with the rows that it names, as far as the person may see them."""
    most = [kind for kind, _ in tally.flips.most_common(SAMPLED)]
    wanted = [one for kind in most for one in tally.samples.get(kind, [])]
    names = {kind.agent for kind in tally.flips}
    return Outcome(tally, _steps(person, wanted), _slugs(person, names))


def _steps(person: Person, ids: Iterable[str]) -> dict[str, Step]:
    found = steps_for(person).filter(pk__in=list(ids)).select_related("agent", "task", "goal")
    return {str(step.pk): step for step in found}


def _slugs(person: Person, names: Iterable[str]) -> dict[str, str]:
    return dict(agents_for(person).filter(slug__in=list(names)).values_list("slug", "slug"))
