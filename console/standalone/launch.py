"""The order in which a Signalbox starts, from an empty folder to the address to open."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT

from console.env import SHORTEST_SECRET, Environment
from console.standalone import ports, programs, services
from console.standalone.account import server_account, servers_folder
from console.standalone.postgres import Postgres
from console.standalone.record import end_group
from console.standalone.supervisor import Supervisor
from console.standalone.valkey import Valkey

FIRST_PORT = 8000
WITNESSED_HERE = (
    "The ledger's witness runs on this machine, which shows how it works;"
    " a real one belongs on another host."
)
Step = Callable[[str], AbstractContextManager[None]]
"""Shows what is being done for as long as its block runs."""


class CannotStart(Exception):
    """Something outside of us is in the way; the text says what and how to mend it."""


@dataclass(frozen=True)
class Servers:
    """The embedded servers, as far as no outside ones are given."""

    postgres: Postgres | None
    valkey: Valkey | None


def everything(supervisor: Supervisor, state: Path, step: Step) -> list[str]:
    """Start all programs in order; returns the lines to show when everything is up.

    Raises:
        CannotStart: a setting or another program is in the way.
        DidNotStart: one of our programs does not run.
        subprocess.CalledProcessError: the database could not be set up.
    """
    given = programs.plain_environment()
    (state / "logs").mkdir(exist_ok=True)
    if left := supervisor.take_over():
        with step(f"Ended what an earlier run left: {', '.join(left)}"):
            pass
    port = _port(Environment(given), step)
    servers = _servers(given, state)
    if servers.postgres or servers.valkey:
        _start_servers(supervisor, servers, state / "logs", step)
    installation = _remember(given, servers, state, port)
    with step("Setting up the database"):
        accounts = installation.run("setup", "--demo", "-v", "0")
    with step("Collecting static files"):
        installation.run("collectstatic", "--noinput", "-v", "0", STATIC_HASHED="yes")
    slots = Environment(given).integer("WORKER_SLOTS", 2, least=1, most=256)
    children = [*programs.workers(installation, slots=slots), programs.web(installation, port=port)]
    with step("Starting " + ", ".join(child.name for child in children)):
        supervisor.start(*children)
    return [
        WITNESSED_HERE,
        f"Signalbox is ready: http://{ports.HERE}:{port}/",
        *_account_lines(accounts),
    ]


def _account_lines(made: str) -> list[str]:
    if made:
        return made.rstrip("\n").splitlines()
    from console.accounts import ACCOUNTS

    names = ", ".join(account.username for account in ACCOUNTS)
    return [f"  {names}: passwords as shown at the first start; `make accounts` sets new ones"]


def _port(given: Environment, step: Step) -> int:
    """The port asked for, or the first free one from 8000 on."""
    wanted = given.port("PORT", 0) if given.text("PORT") else 0
    if wanted:
        if not ports.is_free(wanted):
            raise CannotStart(f"Port {wanted} is taken. Choose another: make run PORT=8123")
        return wanted
    port = ports.free_from(FIRST_PORT)
    if port != FIRST_PORT:
        with step(f"Port {FIRST_PORT} is taken, so this is port {port}"):
            pass
    return port


def _servers(given: dict[str, str], state: Path) -> Servers:
    ours = [name for name in ("DATABASE_URL", "REDIS_URL") if not given.get(name)]
    if not ours:
        return Servers(None, None)
    account = server_account()
    folder = servers_folder(state, account)
    return Servers(
        Postgres(folder / "postgres", account) if "DATABASE_URL" in ours else None,
        Valkey(folder / "valkey", account) if "REDIS_URL" in ours else None,
    )


def _start_servers(supervisor: Supervisor, servers: Servers, logs: Path, step: Step) -> None:
    if servers.postgres:
        if orphan := servers.postgres.orphan():
            end_group(orphan.pid, SIGINT)
        with step("Preparing PostgreSQL"):
            servers.postgres.prepare()
    if servers.valkey:
        servers.valkey.prepare()
    children = programs.servers(servers.postgres, servers.valkey, logs)
    with step("Starting " + ", ".join(child.name for child in children)):
        supervisor.start(*children)
    if servers.postgres:
        servers.postgres.create_database()


def _remember(
    given: dict[str, str], servers: Servers, state: Path, port: int
) -> programs.Installation:
    """Write down how to reach what runs, for other commands, and return it for our children."""
    settings = {name: given[name] for name in services.RECORDED if name in given}
    settings |= {"PORT": str(port), "SECRET_KEY": _secret_key(given, state)}
    owner = {}
    if servers.postgres:
        settings["DATABASE_URL"] = servers.postgres.url()
        owner["DATABASE_OWNER_URL"] = servers.postgres.owner_url()
    elif "DATABASE_OWNER_URL" in given:
        owner["DATABASE_OWNER_URL"] = given["DATABASE_OWNER_URL"]
    if servers.valkey:
        settings["REDIS_URL"] = servers.valkey.url()
    services.remember(state, settings, owner)
    return programs.Installation(state, {**given, **settings, **owner, "DATA": str(state)})


def _secret_key(given: dict[str, str], state: Path) -> str:
    """The key that sessions are signed with: as given, or made once and kept."""
    if given.get("SECRET_KEY"):
        return given["SECRET_KEY"]
    file = state / "secret-key"
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_urlsafe(SHORTEST_SECRET * 2))
    return file.read_text("ascii")
