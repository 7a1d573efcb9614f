"""What the pages of bundles read: the history, one bundle with its policies, and two compared."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.access.governing import may_govern
from orchestration.access.rules import bundles_for, readable_keys
from orchestration.models import Bundle, Person, PolicyDraft, PolicyVersion
from orchestration.operations.policy_texts import sources_of

LATEST = 100
"""Bundles listed at most, newest first."""


@dataclass(frozen=True)
class BundleStory:
    """A bundle with the policies in it that a person may read.

    Attributes:
        versions: what it holds, by policy. hidden: how many policies are kept in units the person
            does not read. before: the bundle it replaced. draft: the draft it came from, if any.
        changed: per policy key the texts (before, now) where they differ; empty for none.
        may_restore: whether the person could put it in force again, as far as roles go.
    """

    row: Bundle
    versions: list[PolicyVersion]
    hidden: int
    before: Bundle | None
    draft: PolicyDraft | None
    old: dict[str, str]
    new: dict[str, str]
    may_restore: bool


def listed(person: Person) -> list[Bundle]:
    """The latest bundles."""
    return list(bundles_for(person)[:LATEST])


def story(person: Person, row: Bundle) -> BundleStory:
    """Read all that is said of a bundle."""
    readable = readable_keys(person)
    every = list(row.versions.select_related("policy", "author").order_by("policy__key"))
    versions = [one for one in every if one.policy.key in readable]
    before = bundles_for(person).filter(number__lt=row.number).order_by("-number").first()
    return BundleStory(
        row=row,
        versions=versions,
        hidden=len(every) - len(versions),
        before=before,
        draft=PolicyDraft.objects.filter(bundle=row.number).first(),
        old=texts(person, before),
        new={one.policy.key: one.source for one in versions},
        may_restore=row.state != "active" and _may_restore(person, row),
    )


def texts(person: Person, row: Bundle | None) -> dict[str, str]:
    """The texts of a bundle that a person may read, by policy key."""
    readable = readable_keys(person)
    return {key: text for key, text in sources_of(row).items() if key in readable}


def _may_restore(person: Person, row: Bundle) -> bool:
    """Whether the person governs every policy that a return to this bundle would change."""
    active = Bundle.objects.filter(state="active").first()
    if active is None:
        return False
    then = set(row.versions.values_list("policy__key", "policy__scope", "number"))
    now = set(active.versions.values_list("policy__key", "policy__scope", "number"))
    return all(may_govern(person, scope) for scope in {one[1] for one in then ^ now})
