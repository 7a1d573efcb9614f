"""Pages ask the database as often for many rows as for few."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orchestration.models import Goal, Step, Task
from orchestration.vocabulary import Role
from tests.integration.console.crowd import Size, fill
from tests.integration.console.desk import Desk, signed_in

MOST_QUERIES = 40


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200, address
    return len(captured)


def addresses(goal: Goal) -> dict[str, str]:
    flow = reverse("flow", args=[goal.pk])
    step = Step.objects.filter(goal=goal, effect="allow", act="tool.call").latest("id")
    task = Task.objects.filter(goal=goal).latest("id")
    return {
        "overview": reverse("overview"),
        "flows": reverse("flows"),
        "flow": f"{flow}?step={step.pk}",
        "tree": f"{flow}?as=tree&step={step.pk}",
        "timeline": f"{flow}?as=timeline&step={step.pk}",
        "log": f"{flow}?as=log&step={step.pk}",
        "decision": reverse("decision", args=[step.pk]),
        "task": reverse("task", args=[task.pk]),
        "halts": reverse("halts"),
        "palette": reverse("palette"),
    }


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_the_number_of_queries_does_not_grow_with_what_is_shown(desk: Desk, role: Role) -> None:
    client = signed_in(desk.here[role])
    (few,) = fill(desk.unit, desk.asker, Size(agents=10, goals=1, steps=120))
    before = {name: queries(client, address) for name, address in addresses(few).items()}
    many = fill(desk.unit, desk.asker, Size(agents=60, goals=30, steps=3_000))[0]
    after = {name: queries(client, address) for name, address in addresses(many).items()}
    assert after == before
    assert max(before.values()) <= MOST_QUERIES
