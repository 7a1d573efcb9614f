"""Starting goals: the templates on offer, and in words what a start will do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from console.presenters import formats
from orchestration.blueprints.contract import Blueprint, GoalTemplate

MEASURES = {"steps": "steps", "money": "spent on tools", "tokens": "tokens", "seconds": "seconds"}


def offers(
    blueprints: Iterable[Blueprint],
    address: Callable[[str, str], str],
    current: tuple[str, str],
) -> list[dict[str, Any]]:
    """Every goal template of every installed blueprint."""
    return [
        {
            "key": template.key,
            "blueprint": blueprint.title,
            "title": template.title,
            "url": address(blueprint.name, template.key),
            "icon": "target",
            "current": (blueprint.name, template.key) == current,
        }
        for blueprint in blueprints
        for template in blueprint.goal_templates
    ]


def template_context(blueprint: Blueprint, template: GoalTemplate) -> dict[str, Any]:
    """A template as its page shows it."""
    return {
        "title": template.title,
        "blueprint": blueprint.title,
        "objective": template.objective,
        "criteria": list(template.criteria),
        "constraints": [
            {"name": name.replace("_", " "), "value": value}
            for name, value in template.constraints.items()
        ],
        "unit": template.unit,
        "will": will(blueprint, template),
    }


def will(blueprint: Blueprint, template: GoalTemplate) -> list[str]:
    """In sentences, what starting a goal of the template does."""
    agents = len(blueprint.agents)
    return [
        f"A goal opens in {template.unit}, in your name: you may not approve its steps.",
        f"{template.planner} makes the first plan; {agents} agents may take part, and each step"
        " they ask for is decided by the policies in force before it takes effect.",
        f"Plans are judged by {template.evaluator}, at most {template.max_rounds} times;"
        " after that a person is asked.",
        f"It may use {limits(template.budget)}.",
    ]


def limits(budget: Mapping[str, int]) -> str:
    """A budget in words: `4,000 steps and 50.00 spent on tools`."""
    said = [
        f"{formats.money(cap) if measure == 'money' else formats.number(cap)}"
        f" {MEASURES.get(measure, measure)}"
        for measure, cap in budget.items()
    ]
    return " and ".join(said) or "as much as its unit allows"
