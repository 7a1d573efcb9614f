"""The command palette: what it offers before anything is typed, and how finds are shown. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from console.presenters.shell import NAVIGATION, POLICIES


@dataclass(frozen=True)
class Command:
    """Something the palette can open: `name` is the address, `keys` the keys that do the same."""

    name: str
    label: str
    icon: str
    keys: str = ""
    hint: str = "page"


COMMANDS = (
    *(
        Command(section.name, section.label, section.icon, f"g {section.letter}")
        for _, sections in NAVIGATION
        for section in sections
    ),
    *(
        Command(name, f"Policies: {label.lower()}", icon)
        for name, label, icon in POLICIES
        if name != "policies"
    ),
    Command("draft-new", "Change policies", "square-pen", hint="command"),
    Command("goal-new", "Start a goal", "plus", hint="command"),
    Command("halts", "Halt agents, a goal or everything", "octagon-x", hint="command"),
)


def commands(
    words: str, address: Callable[[str], str], may_see: Callable[[str], bool]
) -> list[dict[str, str]]:
    """The pages and commands that fit what was typed; all of them before anything is."""
    wanted = words.lower().split()
    return [
        option(command.label, command.hint, command.icon, address(command.name), command.keys)
        for command in COMMANDS
        if may_see(command.name) and all(word in command.label.lower() for word in wanted)
    ]


def option(label: str, hint: str, icon: str, url: str, keys: str = "") -> dict[str, str]:
    """One thing that can be opened."""
    return {"label": label, "hint": hint, "icon": icon, "url": url, "keys": keys}


def groups(found: Iterable[tuple[str, list[dict[str, str]]]]) -> list[dict[str, Any]]:
    """Groups that hold something, for components/palette_results.html."""
    return [{"title": title, "entries": entries} for title, entries in found if entries]
