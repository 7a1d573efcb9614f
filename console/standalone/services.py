"""Where a running Signalbox says how to reach it, so that other commands find it.

The state folder holds `services.json` with the settings of the running program, and `owner.json`
with the role that may change tables; the second is kept from the web server and the workers.
Both can be read only by the account that wrote them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

SERVICES = "services.json"
OWNER = "owner.json"
RECORDED = (
    *("DATABASE_URL", "REDIS_URL", "BROKER_URL", "PUBLIC_URL", "ALLOWED_HOSTS"),
    *("WORKER_SLOTS", "LEASE_SECONDS", "LOG_FORMAT", "LOG_LEVEL"),
)
"""Settings that other commands must share with the running program."""


def known_settings(folder: Path, *, as_owner: bool) -> dict[str, str]:
    """The settings recorded in a state folder; none if nothing was ever started there."""
    found = _read(folder / SERVICES)
    if as_owner:
        found |= _read(folder / OWNER)
    return found


def remember(folder: Path, settings: dict[str, str], owner: dict[str, str]) -> None:
    """Record the settings of the program that is about to start."""
    _write(folder / SERVICES, settings)
    _write(folder / OWNER, owner)


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): str(value) for name, value in found.items()}


def _write(path: Path, settings: dict[str, str]) -> None:
    """Write the file whole or not at all, readable by this account only."""
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(settings, file, indent=1)
    draft.replace(path)
