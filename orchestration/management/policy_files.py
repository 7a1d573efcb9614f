"""Policies in files and out of them: a folder compared with a bundle, written from one, imported.

Texts are kept byte for byte, so that what is exported, committed and imported again is the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.errors import InvalidInput
from orchestration.models import Person, PolicyDraft
from orchestration.operations.policy_drafts import DraftEdit, open_draft
from orchestration.operations.policy_texts import active_bundle, sources_of
from orchestration.policy.folders import Folder, read_folder

_COMMIT = re.compile(r"[0-9a-f]{40,64}")


@dataclass
class Exported:
    """What an export wrote, and files there whose policy is not in the bundle."""

    written: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


def read_sound(folder: Path) -> Folder:
    """The policies of a folder. Raises InvalidInput naming file, line and column of each fault."""
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder")
    found = read_folder(folder)
    faults = [f"{name}: {one}" for name, problems in found.problems.items() for one in problems]
    if found.contradiction:
        faults.append(found.contradiction)
    if faults:
        raise InvalidInput(*faults)
    if not found.policies:
        raise InvalidInput(f"{folder} holds no *.yaml file")
    return found


def export_to(folder: Path, sources: dict[str, str]) -> Exported:
    """Write each policy to `<key>.yaml`, or to the file of the folder that holds it already."""
    folder.mkdir(parents=True, exist_ok=True)
    homes = {policy.key: name for name, policy in read_folder(folder).policies.items()}
    done = Exported(strangers=sorted(homes[key] for key in homes.keys() - sources.keys()))
    for key, text in sorted(sources.items()):
        name = homes.get(key, f"{key}.yaml")
        file, content = folder / name, text.encode("utf-8")
        if file.exists() and file.read_bytes() == content:
            done.same.append(name)
            continue
        file.write_bytes(content)
        done.written.append(name)
    return done


def import_from(
    folder: Path, *, scope: str, person: Person, title: str = "", prune: bool = False
) -> PolicyDraft:
    """A draft of what a folder says otherwise than what is in force.

    With `prune` policies kept by that unit go that the folder does not hold. Raises InvalidInput
    when the folder has faults or changes nothing.
    """
    found = read_sound(folder)
    in_force = sources_of(active_bundle())
    policies = found.policies.values()
    texts = tuple(one.source for one in policies if in_force.get(one.key) != one.source)
    removed = _kept_by(scope) - {one.key for one in policies} if prune else set()
    if not texts and not removed:
        raise InvalidInput("The folder says what is in force; there is nothing to import.")
    commit = commit_of(folder)
    origin = f"{folder.resolve().name} at {commit}" if commit else folder.resolve().name
    edit = DraftEdit(
        texts=texts,
        removed=tuple(sorted(removed)),
        title=title or f"Import of {origin}"[:200],
        origin=origin,
    )
    return open_draft(scope=scope, person=person, edit=edit)


def commit_of(folder: Path) -> str:
    """The commit a Git checkout stands at, read from its files; empty when it is none."""
    for place in (folder.resolve(), *folder.resolve().parents):
        git = place / ".git"
        if git.is_dir():
            return _resolved(git)
    return ""


def _resolved(git: Path) -> str:
    head = _line(git / "HEAD")
    if _COMMIT.fullmatch(head):
        return head
    name = head.removeprefix("ref: ")
    direct = _line(git / name) if re.fullmatch(r"refs/[\w./-]+", name) else ""
    if _COMMIT.fullmatch(direct):
        return direct
    for line in _text(git / "packed-refs").splitlines():
        commit, _, ref = line.partition(" ")
        if ref == name and _COMMIT.fullmatch(commit):
            return commit
    return ""


def _line(file: Path) -> str:
    return _text(file).partition("\n")[0].strip()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _kept_by(scope: str) -> set[str]:
    active = active_bundle()
    rows = active.versions.filter(policy__scope=scope) if active else ()
    return {row.policy.key for row in rows}
