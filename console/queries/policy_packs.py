"""What the page of principles reads: the sentences agents carry, and what enforces them now."""

from __future__ import annotations

from orchestration.access.rules import readable_keys
from orchestration.models import Person
from orchestration.operations.policies import bundle_at
from orchestration.operations.policy_texts import active_bundle
from orchestration.policy.principles import Standing, standing
from orchestration.policy.terms import Policy


def principles_for(person: Person) -> list[tuple[Policy, Standing]]:
    """Each principle in force that the person may read: the policy that states it, and its stand.

    A policy in shadow gives agents nothing to carry, so its principles are left out.
    """
    active = active_bundle()
    bundle = bundle_at(active.number if active else 0)
    readable = readable_keys(person)
    return [
        (policy, one)
        for policy in bundle.policies
        if policy.mode == "enforce" and policy.key in readable
        for one in standing(policy.principles, bundle)
    ]
