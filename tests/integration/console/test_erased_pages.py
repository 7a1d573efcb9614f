"""Pages say `erased` where a person was erased, and nowhere show whose data something was."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from orchestration.models import Approval, Step
from orchestration.vocabulary import Role
from tests.integration.console.desk import HOLD, Desk, signed_in
from tests.integration.orchestration.world import tool_that

ADDRESS = "ada.lovelace@example.com"
ARGUMENTS = {
    "type": "object",
    "properties": {
        "payee": {"type": "string", "personal": True},
        "note": {"type": "string", "personal": "/arguments/payee"},
    },
}


@pytest.fixture
def approval(desk: Desk) -> Approval:
    """A payment to somebody, which waits for people."""
    pay = tool_that(lambda call: {}, effect="irreversible", arguments=ARGUMENTS)

    def run(task: Any) -> Any:
        return task.call(pay, amount_minor=5000, payee=ADDRESS, note="for the engine")

    desk.policy(HOLD)
    desk.agent(run, grants=(pay,), risk_class="medium")
    desk.goal()
    desk.run()
    return Approval.objects.get()


def pages(desk: Desk, approval: Approval) -> dict[str, str]:
    """What an admin is shown about the held step, by page."""
    step = Step.objects.get(act="tool.call")
    flow = reverse("flow", args=[approval.goal_id])
    where = {
        "approvals": f"{reverse('approvals')}?sel={approval.pk}",
        "flow": f"{flow}?step={step.pk}",
        "decision": reverse("decision", args=[step.pk]),
        "ledger": f"{reverse('ledger')}?q=kind:step.held&sel={step.entry}",
    }
    client = signed_in(desk.here[Role.ADMIN])
    return {name: client.get(url).content.decode() for name, url in where.items()}


def test_before_an_approver_sees_the_whole_call_and_nobody_the_subjects_id(
    desk: Desk, approval: Approval
) -> None:
    shown = pages(desk, approval)
    assert ADDRESS in shown["approvals"]
    for name, page in shown.items():
        at = page.find("personal:s-")
        assert (name, page[max(at - 80, 0) : at + 40] if at >= 0 else "") == (name, "")


def test_afterwards_every_page_says_that_it_was_erased(desk: Desk, approval: Approval) -> None:
    call_command("ledger", "erase", ADDRESS, "--reason", "asked for it")
    for name, page in pages(desk, approval).items():
        assert (name, ADDRESS in page, "for the engine" in page) == (name, False, False)
        assert (name, "erased" in page) == (name, True)
        assert "{&quot;erased" not in page
