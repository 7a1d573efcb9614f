"""Policies and the bundles that put them in force."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

import structlog

from audit import ledger
from audit.entries import Actor
from orchestration.errors import InvalidInput, NotAllowed
from orchestration.models import Bundle, Person, Policy, PolicyVersion, World
from orchestration.operations.changes import change, create
from orchestration.policy import bundle as compiled
from orchestration.policy import language, principles
from orchestration.vocabulary import BundleState

log = structlog.get_logger(__name__)


def save_policy(*, source: str, scope: str, author: Person | None, actor: Actor) -> PolicyVersion:
    """Save a text as a policy's next version, or return its newest when nothing changed.

    Raises InvalidInput with line, column and reason for each fault of the text.
    """
    policy_text = parse_policy(source)
    with ledger.transaction():
        policy = Policy.objects.filter(key=policy_text.key).first()
        if policy is None:
            policy = Policy(key=policy_text.key, title=policy_text.title, scope=scope)
            create(policy, "policy.created", actor)
        latest = policy.versions.first()
        if latest is not None and latest.source == source:
            return latest
        version = PolicyVersion(
            policy=policy,
            number=latest.number + 1 if latest else 1,
            source=source,
            author=author,
        )
        create(
            version,
            "policy_version.saved",
            actor,
            subject_kind="policy_version",
            scope=policy.scope,
            data={"key": policy.key},
        )
        if policy.title != policy_text.title:
            change(policy, "policy.renamed", actor, title=policy_text.title)
        return version


def parse_policy(source: str) -> language.Policy:
    """A policy from its text; InvalidInput names each fault with line and column."""
    try:
        return language.remembered(source)
    except language.PolicyError as error:
        raise InvalidInput(*(str(problem) for problem in error.problems)) from error


def publish_bundle(
    *,
    versions: list[PolicyVersion],
    publisher: Person | None,
    reason: str,
    actor: Actor,
    restores: int | None = None,
) -> Bundle:
    """Put a set of policy versions in force. From its commit on no step is decided on another.

    `restores` is the number of the bundle that this one brings back, if it does. Raises NotAllowed
    when the publisher wrote one of the versions that are new in it, InvalidInput when they can't be
    in force together.
    """
    with ledger.transaction():
        World.objects.select_for_update().get(pk=1)
        active = Bundle.objects.filter(state=BundleState.ACTIVE).first()
        _refuse_own_work(versions, active, publisher)
        number = active.number + 1 if active else 1
        bundle = _agreeing([parse_policy(version.source) for version in versions], number)
        if active is not None:
            change(active, "bundle.superseded", actor, state=BundleState.SUPERSEDED)
        row = Bundle(
            number=number,
            hash=bundle.hash,
            publisher=publisher,
            reason=reason[:400],
            restores=restores,
        )
        create(
            row,
            "bundle.published",
            actor,
            data={"versions": sorted(str(version.pk) for version in versions)},
        )
        row.versions.set(versions)
        World.objects.filter(pk=1).update(bundle=number)
        return row


def _refuse_own_work(
    versions: list[PolicyVersion], active: Bundle | None, publisher: Person | None
) -> None:
    if publisher is None:
        return
    known = set(active.versions.values_list("pk", flat=True)) if active else set()
    own = [v for v in versions if v.pk not in known and v.author_id == publisher.pk]
    if own:
        raise NotAllowed("Who wrote a policy can't publish it; ask another admin.")


def _agreeing(policies: list[language.Policy], number: int) -> compiled.Bundle:
    try:
        return compiled.compile_bundle(policies, number)
    except compiled.ContradictoryPolicies as error:
        raise InvalidInput(str(error)) from error


def principles_for(unit: str) -> list[principles.Standing]:
    """The principles that agents working for goals of a unit carry, as they stand now."""
    return principles.carried(bundle_at(World.objects.get(pk=1).bundle), unit)


def bundle_at(number: int) -> compiled.Bundle:
    """The compiled bundle of that number; one that denies everything when it can't be read."""
    row = Bundle.objects.only("pk", "hash").filter(number=number).first()
    if row is None:
        return compiled.unreadable(number, f"there is no bundle {number}")
    try:
        return _compiled(row.pk, number, row.hash)
    except (InvalidInput, UnreadableBundle) as error:
        log.exception("bundle_unreadable", bundle=number, error=str(error))
        return compiled.unreadable(number, f"bundle {number} can't be read")


class UnreadableBundle(Exception):
    """The texts of a bundle are not those that were published."""


@lru_cache(maxsize=8)
def _compiled(pk: UUID, number: int, published: str) -> compiled.Bundle:
    """Bundles never change, so a process keeps the few it needs. What fails is not kept."""
    versions = PolicyVersion.objects.filter(bundles=pk).order_by("policy__key")
    found = _agreeing([parse_policy(v.source) for v in versions], number)
    if found.hash != published:
        raise UnreadableBundle(f"its texts give {found.hash}, {published} was published")
    return found
