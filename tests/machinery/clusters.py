"""Another PostgreSQL server than the one tests run on: to restore into, or to run out of room."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg

from console.standalone.account import server_account, servers_folder
from console.standalone.postgres import OWNER_ROLE, Postgres
from tests.machinery.databases import Database

_numbers = count(1)


class Cluster:
    """A running server of its own, with its own system identifier and count of transactions."""

    def __init__(self, home: Path) -> None:
        account = server_account()
        self.home = home
        self.server = Postgres(servers_folder(home, account) / "postgres", account, durable=False)
        self.server.prepare()
        self._child = self.server.start(home / "log")
        if not self.server.wait(self._child):
            raise RuntimeError((home / "log").read_text())
        self.server.create_database()

    def stop(self) -> None:
        """End the server."""
        self._child.send_signal(signal.SIGINT)
        self._child.wait()

    def superuser(self) -> psycopg.Connection:
        """A connection that may do anything."""
        url = self.server._url("postgres", "superuser", "postgres")
        return psycopg.connect(url, autocommit=True)

    @contextmanager
    def tablespace(self, name: str, disk: Path, database: Database, table: str) -> Iterator[None]:
        """Keep a table of a database on a disk; the database goes with the block."""
        with self.superuser() as superuser:
            superuser.execute(f"create tablespace {name} location '{disk}'")
            superuser.execute(f"grant create on tablespace {name} to public")
        with psycopg.connect(database.owner_url) as owner:
            owner.execute(f"alter table {table} set tablespace {name}")
        try:
            yield
        finally:
            with self.superuser() as superuser:
                superuser.execute(f"drop database {database.name} with (force)")
                superuser.execute(f"drop tablespace {name}")

    def restored(self, database: Database) -> Database:
        """A copy of a database of another server, made by dumping and restoring it."""
        here = Database(self.server.url(), self.server.owner_url())
        copy = here.named(f"restored_{next(_numbers)}")
        with self.superuser() as superuser:
            superuser.execute(f"create database {copy.name} owner {OWNER_ROLE}")
        dump = ["pg_dump", "--format=custom", f"--dbname={database.owner_url}"]
        restore = ["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={copy.owner_url}"]
        dumped = self._run(dump)
        self._run(restore, dumped)
        return copy

    def _run(self, command: list[str], given: bytes = b"") -> bytes:
        program = self.server._program(command[0])
        done = subprocess.run(
            [program, *command[1:]],
            input=given,
            capture_output=True,
            check=False,
            **self.server._surroundings(),
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode())
        return bytes(done.stdout)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server for as long as the block runs."""
    home = Path(tempfile.mkdtemp(prefix="signalbox-cluster-"))
    home.chmod(0o711)
    started = Cluster(home)
    try:
        yield started
    finally:
        started.stop()
        shutil.rmtree(home)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """A folder on a disk of its own that is soon full; None where none can be mounted."""
    folder.mkdir()
    account = server_account()
    options = f"size={megabytes}m,mode=0700,uid={account.user},gid={account.group}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    mounted = False
    with suppress(FileNotFoundError):
        mounted = not subprocess.run(mount, capture_output=True, check=False).returncode
    try:
        yield folder if mounted and os.path.ismount(folder) else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
