"""`manage.py blueprint`: list the installed blueprints, install one, and run one of its goals."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orchestration.blueprints.installing import (
    blueprint_named,
    blueprints,
    install_blueprint,
    report_event,
    start_goal,
)
from orchestration.blueprints.reporting import report
from orchestration.errors import InvalidInput, SignalboxError
from orchestration.models import Goal, Person, Task
from orchestration.operations.auto_approval import approve_waiting
from orchestration.vocabulary import FINISHED_GOAL, GoalState, TaskState

POLL_S = 0.25


class Command(BaseCommand):
    """Runs a system that Signalbox ships, from the command line."""

    help = "List, install and run blueprints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`list`, `install NAME`, `run NAME`."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="name the installed blueprints")
        install = verbs.add_parser("install", help="create its units, agents, tools and policies")
        install.add_argument("name")
        run = verbs.add_parser("run", help="start one of its goals")
        run.add_argument("name")
        run.add_argument("--goal", default="", help="key of the goal template; default: the first")
        run.add_argument("--seed", type=int, default=1, help="the same seed gives the same goal")
        run.add_argument("--option", action="append", default=[], metavar="NAME=JSON")
        run.add_argument(
            "--close", default="", metavar="NAME", help="close a port or passage midway"
        )
        run.add_argument("--person", default="", help="user name of who asks for the goal")
        run.add_argument(
            "--auto-approve",
            action="store_true",
            help="answer as the demo approvers; recorded as such, works in the demo unit only",
        )
        run.add_argument("--wait", action="store_true", help="wait until the goal ends or waits")
        run.add_argument("--timeout", type=float, default=300, help="seconds to wait at most")
        run.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        try:
            self._do(options)
        except SignalboxError as error:
            raise CommandError(str(error)) from error

    def _do(self, options: dict[str, Any]) -> None:
        if options["verb"] == "list":
            for one in blueprints():
                self.stdout.write(f"{one.name:<14} {one.title}: {one.summary}")
            return
        install_blueprint(blueprint_named(options["name"]), owner=_owner())
        if options["verb"] == "install":
            self.stdout.write(f"{options['name']} is installed")
            return
        self._run(options)

    def _run(self, options: dict[str, Any]) -> None:
        blueprint = blueprint_named(options["name"])
        template = blueprint.template(options["goal"]) if options["goal"] else None
        template = template or blueprint.goal_templates[0]
        goal = start_goal(
            blueprint,
            template,
            seed=options["seed"],
            options=_choices(options["option"]),
            requested_by=_person(options["person"]),
        )
        if options["close"]:
            self._close_midway(goal, options)
        if options["wait"]:
            self._wait(goal, options)
        goal.refresh_from_db()
        said = report(goal)
        if options["json"]:
            self.stdout.write(json.dumps(said, indent=2, default=str))
        else:
            for name, value in said.items():
                if name != "plan":
                    self.stdout.write(f"{name:<16} {value}")

    def _close_midway(self, goal: Goal, options: dict[str, Any]) -> None:
        """Wait until a third of the work is done, then report the closure."""
        until = time.monotonic() + options["timeout"]
        while time.monotonic() < until:
            if options["auto_approve"]:
                approve_waiting(goal=goal)
            goal.refresh_from_db()
            tasks = Task.objects.filter(goal=goal, purpose=Task.Purpose.WORK)
            done = tasks.filter(state=TaskState.DONE).count()
            if done and done * 3 >= tasks.count():
                break
            if goal.state != GoalState.RUNNING:
                break
            time.sleep(POLL_S)
        report_event(goal=goal, key="close", choice=options["close"], person=None)

    def _wait(self, goal: Goal, options: dict[str, Any]) -> None:
        until = time.monotonic() + options["timeout"]
        while time.monotonic() < until:
            if options["auto_approve"]:
                approve_waiting(goal=goal)
            goal.refresh_from_db()
            if goal.state in FINISHED_GOAL or _needs_a_person(goal):
                return
            time.sleep(POLL_S)
        raise CommandError(
            f"The goal {goal.pk} is still {goal.state} after {options['timeout']:.0f} s. "
            "Are the workers running? `manage.py doctor` tells."
        )


def _needs_a_person(goal: Goal) -> bool:
    """Whether nothing of the goal can go on by itself: all that is left waits or is parked."""
    moving = [TaskState.READY, TaskState.ADMITTED, TaskState.RUNNING]
    unfinished = Task.objects.filter(goal=goal)
    waiting = unfinished.filter(state=TaskState.WAITING, waits__kind="approval")
    parked = unfinished.filter(state=TaskState.PARKED)
    if unfinished.filter(state__in=moving).exists():
        return False
    return waiting.exists() or parked.exists()


def _choices(pairs: list[str]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for pair in pairs:
        name, found, text = pair.partition("=")
        if not found:
            raise InvalidInput(f"--option {pair!r}: write NAME=JSON")
        try:
            chosen[name] = json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"--option {name}: {text!r} is not JSON: {error.msg}") from error
    return chosen


def _person(username: str) -> Person | None:
    if not username:
        return None
    person = Person.objects.filter(username=username).first()
    if person is None:
        raise InvalidInput(f"nobody is called {username!r}")
    return person


def _owner() -> Person | None:
    return Person.objects.filter(username="admin-1").first()
