"""The account that the embedded servers run as, and a folder that account can reach.

PostgreSQL refuses to run as root. Started by root, it runs as `nobody`, and so does Valkey.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SYSTEM_FOLDER = Path("/var/lib/signalbox")


@dataclass(frozen=True)
class Account:
    """A user that servers run as; `switch` is False when that is who we are already."""

    user: int
    group: int
    switch: bool

    def popen_options(self) -> dict[str, Any]:
        """Arguments for `subprocess.Popen` that make the child run as this account."""
        if not self.switch:
            return {"umask": 0o077}
        return {"umask": 0o077, "user": self.user, "group": self.group, "extra_groups": []}

    def own_alone(self, path: Path) -> None:
        """Give one file or folder to this account."""
        if self.switch:
            os.chown(path, self.user, self.group)

    def own(self, path: Path) -> None:
        """Give a file or folder, and all below it, to this account."""
        if not self.switch:
            return
        self.own_alone(path)
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(folder) / name, self.user, self.group, follow_symlinks=False)


def server_account() -> Account:
    """The account for embedded servers: ours, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid, switch=True)


def servers_folder(state: Path, account: Account) -> Path:
    """The folder for the servers' files, made if missing and closed to everybody else.

    It lies in the state folder if the account can get there, else in the system's state folder
    under a name made from the state folder's path.
    """
    if account.switch and not _passable(state):
        name = hashlib.sha256(str(state).encode()).hexdigest()[:12]
        folder = SYSTEM_FOLDER / name
        SYSTEM_FOLDER.mkdir(mode=0o711, parents=True, exist_ok=True)
    else:
        folder = state / "servers"
    folder.mkdir(mode=0o700, exist_ok=True)
    if account.switch:
        os.chown(folder, account.user, account.group)
    return folder


def _passable(folder: Path) -> bool:
    """Whether everybody may pass through the folder and all above it."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))
