"""The register of agent code: `@handler` names a Python function that carries out one kind of task.

Old versions stay registered while tasks hold them: a running task keeps the code it began with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.errors import ConfigurationError

if TYPE_CHECKING:
    from orchestration.runtime.context import TaskContext

Run = Callable[["TaskContext"], Any]


@dataclass(frozen=True)
class Handler:
    """A registered function: its name, version and the capabilities it can serve."""

    name: str
    version: int
    capabilities: tuple[str, ...]
    run: Run = field(compare=False)


_handlers: dict[tuple[str, int], Handler] = {}


def handler(
    name: str, *, version: int, capabilities: list[str] | None = None
) -> Callable[[Run], Run]:
    """Register agent code under a name and version.

    Raises ConfigurationError when two functions claim one name and version.
    """

    def register(run: Run) -> Run:
        known = _handlers.get((name, version))
        if known is not None and known.run.__qualname__ != run.__qualname__:
            raise ConfigurationError(f"two functions register the handler {name!r} v{version}")
        _handlers[name, version] = Handler(name, version, tuple(capabilities or ()), run)
        return run

    return register


def handler_at(name: str, version: int) -> Handler | None:
    """The handler registered under that name and version, or None when it is not installed."""
    return _handlers.get((name, version))


def newest_handler(name: str) -> Handler | None:
    """The highest version registered under a name."""
    versions = [found for (known, _), found in _handlers.items() if known == name]
    return max(versions, key=lambda found: found.version, default=None)
