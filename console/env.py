"""Typed readers of settings from the environment; each refuses a bad value by its name.

An environment is any mapping of names to texts. An empty text counts as not set, because shells and
service files often pass an unset variable on as an empty one.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
SHORTEST_SECRET = 32
LOWEST_PORT, HIGHEST_PORT = 1, 65_535


class BadSetting(ImproperlyConfigured):
    """A setting has a value that cannot be used."""

    def __init__(self, name: str, value: str, wanted: str) -> None:
        self.name = name
        super().__init__(f"The setting {name} is {value!r}, but must be {wanted}.")


class Environment:
    """Reads settings out of a mapping of names to texts."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        """A text as it stands, without the blanks around it."""
        return self._variables.get(name, "").strip() or default

    def secret(self, name: str, *, needed: bool) -> str:
        """A secret; a random one that nobody else knows where none is needed.

        Raises:
            BadSetting: it is needed and missing, or too short to be one.
        """
        text = self.text(name)
        if (text or needed) and len(text) < SHORTEST_SECRET:
            raise BadSetting(name, "*" * len(text), f"{SHORTEST_SECRET} characters or longer")
        return text or secrets.token_urlsafe(SHORTEST_SECRET)

    def words(self, name: str, default: str = "") -> list[str]:
        """A list of words, separated by commas."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A yes or no.

        Raises:
            BadSetting: the text is neither.
        """
        text = self.text(name).lower()
        if not text:
            return default
        if text in TRUE_WORDS | FALSE_WORDS:
            return text in TRUE_WORDS
        raise BadSetting(name, text, "yes or no")

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number between two bounds, both allowed.

        Raises:
            BadSetting: not a number, or out of bounds.
        """
        text = self.text(name)
        if not text:
            return default
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise BadSetting(name, text, f"a whole number from {least} to {most}")
        return number

    def port(self, name: str, default: int) -> int:
        """A TCP port.

        Raises:
            BadSetting: no port has that number.
        """
        return self.integer(name, default, least=LOWEST_PORT, most=HIGHEST_PORT)

    def choice(self, name: str, default: str, among: tuple[str, ...]) -> str:
        """One of a few words.

        Raises:
            BadSetting: another word.
        """
        text = self.text(name, default)
        if text not in among:
            raise BadSetting(name, text, "one of " + ", ".join(among))
        return text

    def path(self, name: str, default: Path) -> Path:
        """A file or folder, made absolute; `~` is the home folder."""
        text = self.text(name)
        return Path(text).expanduser().resolve() if text else default

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        """A URL with one of the given schemes.

        Raises:
            BadSetting: another scheme, or not a URL. The message leaves the password out.
        """
        text = self.text(name, default)
        if not text:
            return text
        try:
            parts = urlsplit(text)
            usable = parts.scheme in schemes and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            wanted = " or ".join(f"{scheme}://…" for scheme in schemes)
            raise BadSetting(name, _without_password(text), f"a URL such as {wanted}")
        return text


def _without_password(url: str) -> str:
    before, at, after = url.rpartition("@")
    if not at:
        return url
    scheme, separator, _user = before.partition("://")
    return f"{scheme if separator else ''}{separator}…@{after}"
