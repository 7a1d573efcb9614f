"""What makes calls and words comparable: digests of aims and values, and sets of words. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import orjson

WORD = re.compile(r"[^\W\d_]{3,}")
MOST_WORDS = 60
LONGEST_TEXT = 2_000
MOST_LEAVES = 400

COMMON = frozenset(
    WORD.findall(
        "the and for with from that this are was were has have its not but all any into over under "
        "value true false none null name type kind"
    )
)

NAMING = re.compile(r"(^|_|\.)(id|key|name|code|number|sku|ref|slug|uri|url|path)$")
"""Arguments that say which thing is meant, and do not set anything."""

EMPTY: tuple[Any, ...] = (None, "", [], {})


def words_of(*texts: Any) -> frozenset[str]:
    """The words of texts and JSON values: at least three letters, small, without common ones."""
    found: dict[str, None] = {}
    for text in texts:
        said = text if isinstance(text, str) else _plain(text)
        for word in WORD.findall(said[:LONGEST_TEXT].replace("_", " ").lower()):
            found.setdefault(word)
            if len(found) >= MOST_WORDS:
                break
    return frozenset(found.keys() - COMMON)


def short(value: Any) -> str:
    """A short digest of a JSON value, equal for equal values; for telling apart, not for proof."""
    return hashlib.blake2b(_bytes(value), digest_size=12).hexdigest()


def aim(arguments: Any) -> tuple[str, str]:
    """Digests of what a call is about, and of what it sets there.

    Texts and identifiers say which thing is meant; numbers and truth values what is done with it.
    The first is empty when nothing names a thing.
    """
    if not isinstance(arguments, dict):
        return "", short(arguments)
    about: dict[str, Any] = {}
    sets: dict[str, Any] = {}
    for name, value in arguments.items():
        names = isinstance(value, str) or NAMING.search(name) is not None
        (about if names else sets)[name] = value
    return (short(about) if about else ""), short(sets)


def blanks_of(value: Any) -> float | None:
    """The share of a JSON value's leaves that are empty; None when it has no leaves."""
    leaves = list(_leaves(value))
    if not leaves:
        return None
    return sum(leaf in EMPTY for leaf in leaves) / len(leaves)


def _leaves(value: Any) -> Iterable[Any]:
    todo, count = [value], 0
    while todo and count < MOST_LEAVES:
        one = todo.pop()
        if isinstance(one, dict) and one:
            todo.extend(one.values())
        elif isinstance(one, list) and one:
            todo.extend(one[:MOST_LEAVES])
        else:
            count += 1
            yield one


def _bytes(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=str)


def _plain(value: Any) -> str:
    return _bytes(value).decode("utf-8", "replace")[:LONGEST_TEXT]
