"""What the pages about policies read: the bundle in force, and one policy with its versions."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.access.rows import policies_for, steps_for
from orchestration.models import Bundle, Person, Policy, PolicyVersion, Step
from orchestration.operations.policies import bundle_at, parse_policy
from orchestration.policy import terms
from orchestration.vocabulary import Act, BundleState

LOOKED_AT = 1000
"""Steps looked through, newest first, for those that a policy decided."""
DECISIONS = 12
VERSIONS = 12


@dataclass(frozen=True)
class InForce:
    """The active bundle, those of its policies that a person may read, and their versions."""

    row: Bundle
    policies: list[terms.Policy]
    versions: dict[str, int]


@dataclass(frozen=True)
class Reading:
    """One policy: its text as read, the version shown, and the bundle that holds it if one does.

    `versions` are the latest; `steps` those it decided lately.
    """

    row: Policy
    version: PolicyVersion
    policy: terms.Policy
    bundle: Bundle | None
    versions: list[PolicyVersion]
    steps: list[Step]


def active_bundle() -> Bundle | None:
    """The row of the bundle in force."""
    active = Bundle.objects.filter(state=BundleState.ACTIVE)
    return active.select_related("publisher").first()


def in_force(person: Person) -> InForce | None:
    """The bundle in force; None before one was published."""
    row = active_bundle()
    if row is None:
        return None
    readable = set(policies_for(person).values_list("key", flat=True))
    versions = dict(row.versions.values_list("policy__key", "number"))
    policies = [one for one in bundle_at(row.number).policies if one.key in readable]
    return InForce(row, policies, versions)


def reading(person: Person, row: Policy) -> Reading | None:
    """A policy in the version that is in force, else its newest; None if it has no version."""
    bundle = active_bundle()
    versions = list(row.versions.select_related("author")[:VERSIONS])
    active = bundle.versions.filter(policy=row).first() if bundle else None
    version = active or (versions[0] if versions else None)
    if version is None:
        return None
    return Reading(
        row=row,
        version=version,
        policy=parse_policy(version.source),
        bundle=bundle if active else None,
        versions=versions,
        steps=_decided_by(person, row.key),
    )


def _decided_by(person: Person, key: str) -> list[Step]:
    """The last steps in whose decision the policy had a say."""
    lately = steps_for(person).exclude(act=Act.JOURNAL_VALUE).order_by("-decided_at")
    found = Step.objects.filter(
        pk__in=lately.values("pk")[:LOOKED_AT], decision__reasons__contains=[{"policy": key}]
    )
    return list(found.order_by("-decided_at")[:DECISIONS])
