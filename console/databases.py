"""Turns a database URL into Django's settings, according to what the running program is.

The web server works on many threads and borrows connections from a pool. A Celery worker has one
thread and keeps its one connection between jobs. A command connects once.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("postgresql", "postgres")
POOL = {"min_size": 1, "max_size": 16, "timeout": 10}
KEEP_SECONDS = 300
PREPARED = {"server_side_binding": True, "prepare_threshold": 0}
"""Makes the step's statement about twice as fast. Left out for migrations: a prepared text may
hold one statement only."""

NOWHERE = "postgresql://signalbox_app@127.0.0.1:1/signalbox"
"""Stands in when no database is configured: connecting is refused at once."""


def database(url: str, *, runs_as: str) -> dict[str, Any]:
    """Django's settings for the database at a URL.

    Args:
        url: such as `postgresql://user:password@host:5432/name?sslmode=require`; a query
            parameter `host` names the folder of a Unix socket.
        runs_as: `web`, `worker`, `owner` or `command`.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": runs_as in ("web", "worker"),
        "OPTIONS": {**({} if runs_as == "owner" else PREPARED), **query},
    }
    if runs_as == "web":
        settings["OPTIONS"]["pool"] = dict(POOL)
    if runs_as == "worker":
        settings["CONN_MAX_AGE"] = KEEP_SECONDS
    return settings


def user_of(url: str) -> str:
    """The role that connects with a URL."""
    return unquote(urlsplit(url).username or "")
