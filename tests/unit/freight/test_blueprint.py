"""The blueprint holds together: everything it names is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

from orchestration.blueprints.freight import BLUEPRINT
from orchestration.blueprints.freight.domain.orders import PAYMENT_LIMIT_MINOR
from orchestration.blueprints.freight.domain.planning import CAPABILITY
from orchestration.blueprints.freight.tools.bookings import CARRIERS
from orchestration.policy import checks, language
from orchestration.runtime.handlers import handler_at
from orchestration.tools.contract import tool_named

ROOT = Path(__file__).parents[3]


def test_every_tool_is_declared_with_sound_schemas():
    for name in BLUEPRINT.tools:
        declared = tool_named(name)
        Draft202012Validator.check_schema(declared.arguments)
        Draft202012Validator.check_schema(declared.result)
        assert declared.arguments["additionalProperties"] is False
        assert all(
            "description" in leaf or leaf.get("type") == "object"
            for leaf in declared.arguments["properties"].values()
        )


def test_every_agent_has_its_code_its_unit_and_only_known_grants():
    units = {unit.path for unit in BLUEPRINT.units}
    slugs = {agent.slug for agent in BLUEPRINT.agents}
    assert len(slugs) == len(BLUEPRINT.agents)
    for agent in BLUEPRINT.agents:
        handler = handler_at(agent.handler, agent.handler_version)
        assert set(agent.capabilities) <= set(handler.capabilities)
        assert agent.unit in units
        assert set(agent.grants) <= set(BLUEPRINT.tools)
        assert agent.supervisor in slugs | {""}


def test_every_capability_that_plans_and_goals_ask_for_is_served():
    served = {capability for agent in BLUEPRINT.agents for capability in agent.capabilities}
    goal = BLUEPRINT.template("restock")
    asked = {*CAPABILITY.values(), goal.planner, goal.evaluator}
    asked |= {"demand.forecasting", "stock.planning", "supplier.negotiation"}
    assert asked == served


def test_units_come_after_their_parents():
    seen: set[str] = set()
    for unit in BLUEPRINT.units:
        parent = unit.path.rpartition("/")[0]
        assert parent in seen | {""}
        seen.add(unit.path)


def test_only_the_treasurer_may_pay_and_only_the_customer_desk_may_write():
    holders = {
        tool: {agent.slug for agent in BLUEPRINT.agents if tool in agent.grants}
        for tool in ("payments.transfer", "email.send")
    }
    assert holders == {"payments.transfer": {"treasurer"}, "email.send": {"customer-desk"}}


def test_there_is_no_template_and_no_event_of_another_name():
    assert BLUEPRINT.template("teleport") is None
    assert BLUEPRINT.event("explode") is None


def test_the_options_of_a_goal_are_checked_by_its_schema():
    schema = Draft202012Validator(dict(BLUEPRINT.template("restock").parameters))
    assert schema.is_valid({"shipments": 6, "budget_percent": 100})
    assert not schema.is_valid({"shipments": 500})


def test_the_blueprint_can_be_read_without_a_database_or_a_queue():
    code = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(['django', 'celery', 'redis', 'psycopg']))\n"
        "from orchestration.blueprints.freight import BLUEPRINT\n"
        "assert BLUEPRINT.template('restock').make_input(7, {})['orders']\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_every_policy_passes_its_own_tests():
    assert len(BLUEPRINT.policies) == 3
    for path in BLUEPRINT.policies:
        policy = language.parse(path.read_text(encoding="utf-8"))
        cases = checks.run_tests(policy)
        assert len(cases) >= 2
        assert all(case.passed for case in cases), [case for case in cases if not case.passed]


def test_the_policies_name_the_limit_and_the_carriers_that_the_code_knows():
    text = " ".join(path.read_text(encoding="utf-8") for path in BLUEPRINT.policies)
    assert f"amount_minor > {PAYMENT_LIMIT_MINOR}" in text
    assert all(f'"{carrier}"' in text for carrier in CARRIERS)
