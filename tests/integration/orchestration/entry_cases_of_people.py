"""Entries owed by what people do, and by what is set up for agents: rules, rights, the fleet."""

from __future__ import annotations

from orchestration.models import Agent, Halt, Unit
from orchestration.operations import (
    changes,
    fleet,
    installation,
    interventions,
    parked,
    people,
    policies,
    visits,
    waiting,
)
from orchestration.operations.changes import SYSTEM
from orchestration.tools.contract import tool_named
from orchestration.vocabulary import Role
from tests.integration.orchestration.entry_cases import Act, Owed, inside, owes
from tests.integration.orchestration.scenes import POLICY, Scene

# --- changes


@owes("changes.record", ("unit.looked_at", "unit", "system"))
def _(scene: Scene) -> Act:
    return inside(lambda: changes.record("unit.looked_at", scene.unit, SYSTEM))


@owes("changes.create", ("unit.opened", "unit", "system"), scope="acme/x")
def _(scene: Scene) -> Act:
    def act() -> None:
        changes.create(Unit(scope="acme/x", name="X", parent=scene.unit), "unit.opened", SYSTEM)

    return inside(act)


@owes("changes.change", ("unit.renamed", "unit", "system"))
def _(scene: Scene) -> Act:
    return inside(
        lambda: changes.change(
            Unit.objects.get(pk=scene.unit.pk), "unit.renamed", SYSTEM, name="Other"
        )
    )


# --- fleet


@owes("fleet.register_agent", ("agent.registered", "agent", "system"))
def _(scene: Scene) -> Act:
    return lambda: fleet.register_agent(
        slug="new", name="New", unit=scene.unit, owner=scene.asker, actor=SYSTEM
    )


@owes(
    "fleet.publish_version",
    ("agent_version.published", "agent_version", "system"),
    ("agent.version_changed", "agent", "system"),
)
def _(scene: Scene) -> Act:
    key = scene.idle_agent().pk
    wanted = fleet.AgentDefinition(role="planner", capabilities=["other"], handler="x")
    return lambda: fleet.publish_version(
        agent=Agent.objects.get(pk=key), definition=wanted, actor=SYSTEM
    )


@owes("fleet.register_tool", ("tool.registered", "tool", "system"), scope="")
def _(scene: Scene) -> Act:
    spec = tool_named(scene.tool())
    assert spec is not None
    return lambda: fleet.register_tool(spec=spec, actor=SYSTEM)


# --- installation and policies


@owes("installation.install", ("tool.changed", "tool", "system"), scope="")
def _(scene: Scene) -> Act:
    installation.install()
    scene.forget_a_title()
    return installation.install


SAVED: list[Owed] = [
    ("policy.created", "policy", "system"),
    ("policy_version.saved", "policy_version", "system"),
]
PUBLISHED: list[Owed] = [
    ("bundle.superseded", "bundle", "system"),
    ("bundle.published", "bundle", "system"),
]


@owes("installation.add_policies", *SAVED, *PUBLISHED, scope="")
def _(scene: Scene) -> Act:
    file = scene.folder / "more.yaml"
    file.write_text(POLICY)
    return lambda: installation.add_policies([file], scope="", reason="more")


@owes("policies.save_policy", *SAVED)
def _(scene: Scene) -> Act:
    return lambda: policies.save_policy(
        source=POLICY, scope="acme", author=scene.asker, actor=SYSTEM
    )


@owes("policies.publish_bundle", *PUBLISHED, scope="")
def _(scene: Scene) -> Act:
    version = policies.save_policy(source=POLICY, scope="acme", author=None, actor=SYSTEM)
    return lambda: policies.publish_bundle(
        versions=[version], publisher=scene.asker, reason="less", actor=SYSTEM
    )


# --- interventions


@owes("interventions.pause_agent", ("agent.paused", "agent", "person"))
def _(scene: Scene) -> Act:
    key = scene.idle_agent().pk
    return lambda: interventions.pause_agent(agent=Agent.objects.get(pk=key), person=scene.operator)


@owes("interventions.resume_agent", ("agent.resumed", "agent", "person"))
def _(scene: Scene) -> Act:
    agent = scene.idle_agent()
    interventions.pause_agent(agent=agent, person=scene.operator)
    return lambda: interventions.resume_agent(
        agent=Agent.objects.get(pk=agent.pk), person=scene.operator
    )


@owes("interventions.order_halt", ("halt.ordered", "halt", "person"))
def _(scene: Scene) -> Act:
    return scene.halt_everything


@owes(
    "interventions.release_halt",
    ("halt.released", "halt", "person"),
    ("task.resumed", "task", "person"),
)
def _(scene: Scene) -> Act:
    attempt = scene.claimed()
    halt = scene.halt_everything()
    waiting.suspend_for_halt(attempt=attempt, halt=halt.pk)
    return lambda: interventions.release_halt(halt=Halt.objects.get(pk=halt.pk), person=scene.asker)


# --- parked work


@owes(
    "parked.say_it_happened",
    ("step.settled", "step", "person"),
    ("task.released", "task", "person"),
)
def _(scene: Scene) -> Act:
    task = scene.parked_as_unknown()
    return lambda: parked.say_it_happened(
        task=task, person=scene.operator, outcome={"n": 1}, reason="saw it"
    )


@owes(
    "parked.say_it_did_not",
    ("step.settled", "step", "person"),
    ("task.released", "task", "person"),
)
def _(scene: Scene) -> Act:
    task = scene.parked_as_unknown()
    return lambda: parked.say_it_did_not(task=task, person=scene.operator, reason="looked")


@owes("parked.retry_task", ("task.released", "task", "person"))
def _(scene: Scene) -> Act:
    task = scene.parked_as_ownerless()
    return lambda: parked.retry_task(task=task, person=scene.operator, reason="again")


@owes("parked.give_up_task", ("task.failed", "task", "person"))
def _(scene: Scene) -> Act:
    task = scene.parked_as_ownerless()
    return lambda: parked.give_up_task(task=task, person=scene.operator, reason="no use")


@owes(
    "parked.settle_escalation",
    ("task.done", "task", "person"),
    ("goal.closed", "goal", "person"),
)
def _(scene: Scene) -> Act:
    task = scene.escalated()
    return lambda: parked.settle_escalation(
        task=task, person=scene.operator, accept=True, reason="good enough"
    )


# --- people


@owes("people.open_unit", ("unit.opened", "unit", "system"), scope="acme/south")
def _(scene: Scene) -> Act:
    return lambda: scene.open_unit("acme/south")


@owes("people.admit_person", ("person.admitted", "person", "system"))
def _(scene: Scene) -> Act:
    return lambda: scene.person("rosa", None)


@owes("people.set_password", ("person.password_set", "person", "system"))
def _(scene: Scene) -> Act:
    def act() -> None:
        scene.first.refresh_from_db()
        people.set_password(person=scene.first, password="y", scope="acme", actor=SYSTEM)

    return act


@owes("people.grant_role", ("role.granted", "person", "system"))
def _(scene: Scene) -> Act:
    return lambda: people.grant_role(
        person=scene.first, unit=scene.unit, role=Role.REVIEWER, actor=SYSTEM
    )


@owes("people.withdraw_role", ("role.withdrawn", "person", "system"))
def _(scene: Scene) -> Act:
    return lambda: people.withdraw_role(
        person=scene.first, unit=scene.unit, role=Role.APPROVER, actor=SYSTEM
    )


# --- visits

CALLER = visits.Caller("pia", "192.0.2.7")


@owes("visits.note_sign_in", ("person.signed_in", "person", "person"))
def _(scene: Scene) -> Act:
    return lambda: visits.note_sign_in(person=scene.first, caller=CALLER)


@owes("visits.note_sign_out", ("person.signed_out", "person", "person"))
def _(scene: Scene) -> Act:
    return lambda: visits.note_sign_out(person=scene.first)


@owes("visits.note_reading", ("ledger.read", "ledger", "person"))
def _(scene: Scene) -> Act:
    return lambda: visits.note_reading(person=scene.first, query="kind:goal", found=3)
