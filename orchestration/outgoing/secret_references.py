"""Secrets by reference: rows and forms name a secret, the environment or a file holds it.

`env:SIGNALBOX_SECRET_OPS` is a variable of the programs that use it, `file:ops` a file of that name
in the folder `secrets` of the state folder. Other variables and other folders cannot be named, so
that whoever may write a reference cannot read what else the machine knows.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from django.conf import settings

from orchestration.errors import ConfigurationError, InvalidInput

FORM = re.compile(r"env:SIGNALBOX_SECRET_[A-Z0-9_]{1,60}|file:[a-z0-9][a-z0-9_-]{0,60}")


def check_reference(reference: str) -> str:
    """The reference, if it has the form of one.

    Raises:
        InvalidInput: it has not; perhaps somebody typed the secret itself.
    """
    if not FORM.fullmatch(reference):
        raise InvalidInput(
            "A secret is named, never typed here: env:SIGNALBOX_SECRET_… for a variable,"
            " or file:name for a file in the folder `secrets` of the state folder."
        )
    return reference


def secret(reference: str) -> str:
    """What a reference stands for.

    Raises:
        ConfigurationError: there is no such variable or file, or it is empty.
    """
    where, _, name = check_reference(reference).partition(":")
    found = os.environ.get(name, "") if where == "env" else _from_file(settings.SECRETS / name)
    if not found.strip():
        raise ConfigurationError(f"the secret {reference} is not there")
    return found.strip()


def _from_file(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the secret in {path.name} cannot be read") from error
