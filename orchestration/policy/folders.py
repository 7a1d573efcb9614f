"""Policies as files: a folder, such as a Git checkout, read as one set and checked as one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestration.policy.bundle import ContradictoryPolicies, compile_bundle
from orchestration.policy.checks import CaseResult, run_tests
from orchestration.policy.language import PolicyError, Problem, parse
from orchestration.policy.source import LIMIT_CHARACTERS
from orchestration.policy.terms import Policy


@dataclass(frozen=True)
class Folder:
    """What a folder of policies holds, by path relative to it.

    Attributes:
        policies: files that could be read. problems: what is wrong with the others.
        contradiction: why the policies can't be in force together, or empty.
    """

    policies: dict[str, Policy]
    problems: dict[str, list[Problem]]
    contradiction: str

    @property
    def is_sound(self) -> bool:
        """Whether every file could be read and all could be in force together."""
        return not self.problems and not self.contradiction

    def failed_tests(self) -> dict[str, list[CaseResult]]:
        """Tests inside the policies that fail, by file."""
        results = {name: run_tests(policy) for name, policy in self.policies.items()}
        failed = {name: [one for one in found if not one.passed] for name, found in results.items()}
        return {name: found for name, found in failed.items() if found}


def read_folder(folder: Path) -> Folder:
    """Every `*.yaml` file of a folder and those below it; links are not followed out of it."""
    policies: dict[str, Policy] = {}
    problems: dict[str, list[Problem]] = {}
    root = folder.resolve()
    for file in sorted(folder.rglob("*.yaml")):
        name = file.relative_to(folder).as_posix()
        try:
            policies[name] = parse(_text(file, root))
        except PolicyError as error:
            problems[name] = error.problems
    return Folder(policies, problems, _contradiction(policies))


def _text(file: Path, root: Path) -> str:
    if not file.resolve().is_relative_to(root):
        raise PolicyError([Problem(1, 1, "", "leads out of the folder")])
    try:
        if file.stat().st_size > 4 * LIMIT_CHARACTERS:
            raise PolicyError([Problem(1, 1, "", f"has more than {LIMIT_CHARACTERS} characters")])
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError([Problem(1, 1, "", f"is not UTF-8 text: {error.reason}")]) from error
    except OSError as error:
        raise PolicyError([Problem(1, 1, "", f"cannot be read: {error.strerror}")]) from error


def _contradiction(policies: dict[str, Policy]) -> str:
    try:
        compile_bundle(policies.values(), 0)
    except ContradictoryPolicies as error:
        return str(error)
    return ""
