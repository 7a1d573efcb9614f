"""A mapping that remembers only what was used last, so that memory stays bounded. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most so many keys; a key that is touched becomes the newest, the oldest one is dropped."""

    def __init__(self, most: int, make: Callable[[], V]) -> None:
        self._held: OrderedDict[K, V] = OrderedDict()
        self._most, self._make = most, make

    def touch(self, key: K) -> V:
        """The value of a key, made if it is new, and now the newest."""
        held = self._held
        if key in held:
            held.move_to_end(key)
            return held[key]
        value = held[key] = self._make()
        if len(held) > self._most:
            held.popitem(last=False)
        return value

    def put(self, key: K, value: V) -> None:
        """Set a key's value; it is now the newest."""
        self.touch(key)
        self._held[key] = value

    def find(self, key: K) -> V | None:
        """The value of a key without touching it."""
        return self._held.get(key)

    def drop(self, key: K) -> V | None:
        """Forget a key; returns what it held."""
        return self._held.pop(key, None)

    def items(self) -> list[tuple[K, V]]:
        """Keys and values, oldest first."""
        return list(self._held.items())

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def __iter__(self) -> Iterator[K]:
        return iter(list(self._held))

    def __len__(self) -> int:
        return len(self._held)
