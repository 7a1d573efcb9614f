"""`manage.py policy`: check, test, replay, publish, import and export policies."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from orchestration.attributes.history import Window
from orchestration.errors import InvalidInput, SignalboxError
from orchestration.management import policy_files as files
from orchestration.management import policy_replaying as replaying
from orchestration.management import policy_reports as reports
from orchestration.models import Bundle, Person, PolicyDraft
from orchestration.operations import policy_drafts, policy_replays, policy_texts
from orchestration.policy.checks import run_tests
from orchestration.policy.folders import read_folder

REFUSED = 1
INTERRUPTED = 130


class Command(BaseCommand):
    """Works on policies from a terminal or a pipeline; exit code 0 good, 1 refused, 130 stopped."""

    help = "Check, test, replay, publish, import and export policies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb with its own options."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("check", help="read a folder of policies and name every fault")
        check.add_argument("folder", type=Path)
        test = verbs.add_parser("test", help="run the tests inside the policies of a folder")
        test.add_argument("folder", type=Path)
        replay = verbs.add_parser("replay", help="decide past steps again under a draft or folder")
        replay.add_argument("draft", help="identifier of a draft, or a folder of policies")
        replay.add_argument("--last", type=int, default=10_000, help="how many decisions; newest")
        replay.add_argument("--since", type=_moment, help="of steps from then on, ISO 8601")
        replay.add_argument("--until", type=_moment, help="of steps before then, ISO 8601")
        replay.add_argument("--processes", type=int, default=0, help="default: one for each core")
        publish = verbs.add_parser("publish", help="put a reviewed draft in force")
        publish.add_argument("draft", type=UUID)
        publish.add_argument("--person", required=True, help="user name of who publishes")
        publish.add_argument("--reason", default="", help="why; default: the draft's reason")
        import_ = verbs.add_parser("import", help="make a draft of what a folder says otherwise")
        import_.add_argument("folder", type=Path)
        import_.add_argument("--person", required=True, help="user name of its author")
        import_.add_argument("--scope", default="", help="unit that keeps them; default: all")
        import_.add_argument("--title", default="")
        import_.add_argument("--prune", action="store_true", help="take out what is not there")
        export = verbs.add_parser("export", help="write a bundle's policies to a folder")
        export.add_argument("folder", type=Path)
        export.add_argument("--bundle", type=int, default=0, help="default: the one in force")
        for verb in (check, test, replay, publish, import_, export):
            verb.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the verb says."""
        try:
            getattr(self, f"_{options['verb']}")(options)
        except InvalidInput as error:
            raise CommandError("\n".join(error.problems), returncode=REFUSED) from error
        except SignalboxError as error:
            raise CommandError(str(error), returncode=REFUSED) from error

    def _check(self, options: dict[str, Any]) -> None:
        found = read_folder(_folder(options))
        self._say(options, reports.checked(found), reports.check_lines)
        if not found.is_sound:
            raise CommandError("The policies have faults.", returncode=REFUSED)

    def _test(self, options: dict[str, Any]) -> None:
        found = files.read_sound(options["folder"])
        said = reports.tested({name: run_tests(one) for name, one in found.policies.items()})
        self._say(options, said, reports.test_lines)
        if said["failed"]:
            raise CommandError("Tests fail.", returncode=REFUSED)

    def _replay(self, options: dict[str, Any]) -> None:
        if options["last"] < 1:
            raise InvalidInput("--last takes a number from 1 on")
        window = Window(options["since"], options["until"])
        policy_replays.check_window(window)
        active = policy_texts.active_bundle()
        number = active.number + 1 if active else 1
        texts = _proposed(options["draft"])
        policy_texts.compile_texts(texts, number)
        found = replaying.replay_all(
            texts, number, options["last"], self._progress, options["processes"], window
        )
        self.stderr.write("")
        self._say(options, reports.replayed(found), reports.replay_lines)
        if found.cancelled:
            raise CommandError("Cancelled; the figures cover a part.", returncode=INTERRUPTED)

    def _publish(self, options: dict[str, Any]) -> None:
        draft = _draft(options["draft"])
        bundle = policy_drafts.publish_draft(
            draft=draft, person=_person(options["person"]), reason=options["reason"]
        )
        said = {"bundle": bundle.number, "hash": bundle.hash, "draft": str(draft.pk)}
        self._say(
            options, said, lambda one: [f"bundle {one['bundle']} is in force ({one['hash']})"]
        )

    def _import(self, options: dict[str, Any]) -> None:
        draft = files.import_from(
            options["folder"],
            scope=options["scope"],
            person=_person(options["person"]),
            title=options["title"],
            prune=options["prune"],
        )
        said = {
            "draft": str(draft.pk),
            "origin": draft.origin,
            "changes": sorted(key for key, digest in draft.texts.items() if digest),
            "removes": sorted(key for key, digest in draft.texts.items() if not digest),
        }
        self._say(options, said, lambda one: [f"draft {one['draft']}: {', '.join(draft.texts)}"])

    def _export(self, options: dict[str, Any]) -> None:
        row = _bundle(options["bundle"])
        done = files.export_to(options["folder"], policy_texts.sources_of(row))
        said = {
            "bundle": row.number,
            "written": done.written,
            "same": done.same,
            "not_in_bundle": done.strangers,
        }
        self._say(
            options,
            said,
            lambda one: [
                *(f"written {name}" for name in one["written"]),
                *(f"not in the bundle: {name}" for name in one["not_in_bundle"]),
                f"bundle {one['bundle']}: {len(one['written'])} written, {len(one['same'])} same",
            ],
        )

    def _say(
        self,
        options: dict[str, Any],
        said: dict[str, Any],
        lines: Callable[[dict[str, Any]], Iterable[str]],
    ) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(said, indent=2, default=str))
        else:
            for line in lines(said):
                self.stdout.write(line)

    def _progress(self, done: int, total: int, seconds: float) -> None:
        if self.stderr.isatty() or os.environ.get("PROGRESS"):
            self.stderr.write(reports.bar(done, total, seconds), ending="")


def _moment(text: str) -> datetime:
    """A moment as it is typed; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no moment such as 2026-11-21T08:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _folder(options: dict[str, Any]) -> Path:
    folder: Path = options["folder"]
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder")
    return folder


def _proposed(name: str) -> dict[str, str]:
    """The texts that would be in force: of a folder, laid over what is, or of a draft."""
    if Path(name).is_dir():
        found = files.read_sound(Path(name))
        texts = policy_texts.sources_of(policy_texts.active_bundle())
        return texts | {one.key: one.source for one in found.policies.values()}
    return policy_texts.prospect(_draft(name))


def _draft(key: UUID | str) -> PolicyDraft:
    try:
        found = PolicyDraft.objects.filter(pk=UUID(str(key))).first()
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(f"there is no draft {key}, and no folder of that name")
    return found


def _person(username: str) -> Person:
    found = Person.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise InvalidInput(f"nobody is called {username!r}")
    return found


def _bundle(number: int) -> Bundle:
    row = Bundle.objects.filter(number=number).first() if number else policy_texts.active_bundle()
    if row is None:
        raise InvalidInput(f"there is no bundle {number}" if number else "no bundle is in force")
    return row
