"""A world with two organisations, everybody who may sign in to them, and a payment that is held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.test import Client

from orchestration.errors import Denied
from orchestration.models import Approval, Goal, Person
from orchestration.vocabulary import Role
from tests.integration.orchestration.world import World, tool_that

HOLD = """
policy: tests.two-people
title: Payments need two people
why: A payment can't be called back.
scope: {acts: [tool.call], tools: ["tests.*"]}
rules:
  - name: pay
    when: act.arguments.amount_minor > 1000
    effect: hold
    approval: {from: [approver], quorum: 2, expires: 15m}
    reason: "the amount {act.arguments.amount_minor} is over 1000"
tests:
  - {name: small, given: {act: {target: tests.pay, arguments: {amount_minor: 5}}}, expect: nothing}
"""


class Desk(World):
    """The world with a second organisation beside it, and people of every role in both."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.other = self.open_unit("umbra", "organisation")
        self.here = {role: self.person(f"here-{role}", role) for role in Role}
        self.there = {role: self.person(f"there-{role}", role, self.other) for role in Role}
        self.stranger = self.person("stranger", None)
        self.paid: list[str] = []
        self.told: list[str] = []

    def hold_payment(self, **arguments: Any) -> Approval:
        """A goal whose agent asks for a payment that two people have to agree to."""
        given = {"amount_minor": 1240000, "currency": "USD", "payee": "Northwind"} | arguments

        def pay(call: Any) -> Any:
            self.paid.append(call.idempotency_key)
            return {"receipt": 1}

        name = tool_that(pay, effect="irreversible", idempotent=False)

        def run(task: Any) -> Any:
            try:
                return {"paid": task.call(name, **given)}
            except Denied as denied:
                self.told += denied.reasons
                return {"paid": None}

        self.policy(HOLD)
        self.payer = self.agent(run, grants=(name,), risk_class="medium")
        self.goal_of_payment: Goal = self.goal()
        self.run()
        return Approval.objects.latest("created_at")


def signed_in(person: Person) -> Client:
    """A browser in which this person has signed in."""
    client = Client()
    client.force_login(person)
    return client
