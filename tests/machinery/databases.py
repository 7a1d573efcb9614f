"""Databases for tests: migrated once, cloned for each test worker and for each committing test.

A template is migrated by the real command as the owner, and kept on the server under a name made
from the migrations' text, so that a second run finds it. Tests connect as the application role.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
LOCK = 7_351_420
KEPT_TEMPLATES = 6
VACUUM_ENDS_SECONDS = 10
ABANDONED_SECONDS = 3 * 3600
SECRET = "only-for-tests-only-for-tests-only-for-tests"


@dataclass(frozen=True)
class Database:
    """A database with the two ways to reach it."""

    url: str
    owner_url: str

    @property
    def name(self) -> str:
        return urlsplit(self.url).path.lstrip("/")

    def named(self, name: str) -> Database:
        """The database of another name on the same server."""
        return Database(_renamed(self.url, name), _renamed(self.owner_url, name))

    def environment(self) -> dict[str, str]:
        """What a program needs in its environment to use this database."""
        return {
            "DATABASE_URL": self.url,
            "DATABASE_OWNER_URL": self.owner_url,
            "SECRET_KEY": SECRET,
        }


def _renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def _owner(server: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        yield connection


def clone(server: Database, source: str, name: str) -> Database:
    """Make a database that starts as a copy of another."""
    copy = sql.SQL("create database {} template {} strategy file_copy")
    with _owner(server) as connection:
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(source)))
    return server.named(name)


def drop(server: Database, name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    with _owner(server) as connection:
        for _ in range(VACUUM_ENDS_SECONDS * 4):
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                # An autovacuum worker is in it, which only a superuser may stop; it ends soon.
                time.sleep(0.25)
            else:
                return
        connection.execute(statement)


def run_name() -> str:
    """A name for a test run: when it began, and its process."""
    return f"{int(time.time()):x}_{os.getpid()}"


def drop_run(server: Database, run: str, *, shared: bool) -> None:
    """Remove a run's template, unless other workers of the run may still clone it.

    Also removes what runs left behind that began hours ago and were killed.
    """
    with _owner(server) as connection:
        found = connection.execute("select datname from pg_database where datname like 'sbt\\_%%'")
        names = [name for (name,) in found.fetchall()]
    for name in names:
        began = int(name.split("_")[1], 16)
        ours = name == f"sbt_{run}_template" and not shared
        if ours or time.time() - began > ABANDONED_SECONDS:
            drop(server, name)


def template(server: Database, run: str) -> str:
    """The name of a database that is migrated and has the baseline installed, for one test run."""
    name = f"sbt_{run}_template"
    with _owner(server) as connection:
        connection.execute("select pg_advisory_lock(%s)", [LOCK])
        if _exists(connection, name):
            return name
        source = _migrated(server, connection)
        database = clone(server, source, name)
        manage(database, "setup")
    return name


def _migrated(server: Database, connection: psycopg.Connection) -> str:
    name = f"sbm_{_fingerprint()}"
    if not _exists(connection, name):
        _forget_old_templates(server, connection)
        draft = f"{name}_draft"
        drop(server, draft)
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(draft)))
        manage(server.named(draft), "migrate")
        connection.execute(
            sql.SQL("alter database {} rename to {}").format(
                sql.Identifier(draft), sql.Identifier(name)
            )
        )
    return name


def _exists(connection: psycopg.Connection, name: str) -> bool:
    found = connection.execute("select 1 from pg_database where datname = %s", [name])
    return found.fetchone() is not None


def _fingerprint() -> str:
    """A digest over all that makes up the tables."""
    digest = hashlib.sha256()
    for folder in ("audit", "orchestration", "console"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix == ".sql" or (path.suffix == ".py" and path.parent.name == "migrations"):
                digest.update(path.read_bytes())
    for name in ("audit/schema.py", "console/rights.py"):
        path = ROOT / name
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:12]


def _forget_old_templates(server: Database, connection: psycopg.Connection) -> None:
    old = connection.execute(
        "select datname from pg_database where datname like 'sbm\\_%%' order by oid desc offset %s",
        [KEPT_TEMPLATES],
    )
    for (name,) in old.fetchall():
        drop(server, name)


def manage(database: Database, *command: str) -> str:
    """What a `manage.py` command says about a database; its output is the error if it fails."""
    finished = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), command[0], "-v", "0", *command[1:]],
        env={**os.environ, **database.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        said = f"{finished.stdout[-2000:]}\n{finished.stderr[-4000:]}"
        raise RuntimeError(f"manage.py {' '.join(command)} failed:\n{said}")
    return finished.stdout
