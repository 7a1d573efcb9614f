"""For each operation that writes: how to bring it about, and the entries it owes the ledger.

A case prepares a world and returns the act. The act is done twice, first while the ledger refuses
every entry, so it looks everything up anew and keeps nothing between the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audit import ledger
from tests.integration.orchestration.scenes import Scene

Act = Callable[[], Any]
Owed = tuple[str, str, str]
"""Kind, kind of subject and kind of actor of an entry."""


@dataclass(frozen=True)
class Case:
    """An operation, what brings it about and what it owes.

    Attributes:
        prepare: makes a world ready and returns the act.
        owed: the entries, in any order. scope: the unit they are filed under. also: other
            units that some of them may be filed under.
    """

    prepare: Callable[[Scene], Act]
    owed: list[Owed]
    scope: str = "acme"
    also: frozenset[str] = frozenset()


CASES: dict[str, Case] = {}


def owes(name: str, *owed: Owed, **how: Any) -> Callable[[Callable[[Scene], Act]], Any]:
    """Enter a case under `module.operation`."""

    def enter(prepare: Callable[[Scene], Act]) -> Callable[[Scene], Act]:
        assert name not in CASES
        CASES[name] = Case(prepare, list(owed), **how)
        return prepare

    return enter


def inside(act: Act) -> Act:
    """The act as its caller does it: in a transaction of the ledger."""

    def done() -> None:
        with ledger.transaction():
            act()

    return done
