"""Entries owed by what people who read the ledger do: kept searches, and verifications of it."""

from __future__ import annotations

from audit.reports import Report
from orchestration.models import SavedView, Verification
from orchestration.operations import saved_views, verifying
from orchestration.vocabulary import Role
from tests.integration.orchestration.entry_cases import Act, owes
from tests.integration.orchestration.scenes import Scene


def saved(scene: Scene) -> SavedView:
    """A view of somebody's own."""
    return saved_views.save_view(person=scene.first, label="Denied", query="q=decision%3Adeny")


@owes("saved_views.save_view", ("view.saved", "saved_view", "person"))
def _(scene: Scene) -> Act:
    return lambda: saved(scene)


@owes("saved_views.change_view", ("view.changed", "saved_view", "person"))
def _(scene: Scene) -> Act:
    key = saved(scene).pk
    return lambda: saved_views.change_view(
        view=SavedView.objects.get(pk=key), person=scene.first, label="Refused", query="q=x"
    )


@owes("saved_views.remove_view", ("view.removed", "saved_view", "person"))
def _(scene: Scene) -> Act:
    key = saved(scene).pk
    return lambda: saved_views.remove_view(view=SavedView.objects.get(pk=key), person=scene.first)


def requested(scene: Scene) -> Verification:
    """A verification that a reviewer asked for."""
    return verifying.request_verification(person=scene.person("vera", Role.REVIEWER))


def begun(scene: Scene) -> Verification:
    """A verification that a worker carries out."""
    verification = verifying.begin_verification(key=requested(scene).pk)
    assert verification is not None
    return verification


def again(verification: Verification) -> Verification:
    """The same row, read anew."""
    return Verification.objects.get(pk=verification.pk)


@owes("verifying.request_verification", ("verification.requested", "verification", "person"))
def _(scene: Scene) -> Act:
    reviewer = scene.person("vera", Role.REVIEWER)
    return lambda: verifying.request_verification(person=reviewer)


@owes("verifying.cancel_verification", ("verification.cancelled", "verification", "person"))
def _(scene: Scene) -> Act:
    verification = requested(scene)
    return lambda: verifying.cancel_verification(
        verification=again(verification), person=verification.requested_by
    )


@owes("verifying.begin_verification", ("verification.started", "verification", "system"))
def _(scene: Scene) -> Act:
    key = requested(scene).pk
    return lambda: verifying.begin_verification(key=key)


@owes("verifying.finish_verification", ("verification.finished", "verification", "system"))
def _(scene: Scene) -> Act:
    verification = begun(scene)
    return lambda: verifying.finish_verification(
        verification=again(verification), report=Report(size=3)
    )


@owes("verifying.fail_verification", ("verification.failed", "verification", "system"))
def _(scene: Scene) -> Act:
    verification = begun(scene)
    return lambda: verifying.fail_verification(verification=again(verification), error="no key")
