"""What a message says, the same for every kind of channel. Pure.

It names what waits and where to look. Arguments, results and free texts of agents stay in the
console: a message lies in mailboxes and chats that no erasure reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestration.vocabulary import NewsKind

MOST_LINES = 20

HEADLINES: Mapping[str, tuple[str, str]] = {
    NewsKind.APPROVAL: ("A request waits for approval", "{count} requests wait for approval"),
    NewsKind.PARKED: ("A task is parked", "{count} tasks are parked"),
    NewsKind.NOTICE: ("A policy lets you know", "Policies let you know of {count} steps"),
    NewsKind.TEST: ("This channel works", "This channel works"),
}


@dataclass(frozen=True)
class Line:
    """One piece of news: its kind, a sentence, and the address of its page ("" for none)."""

    news: str
    sentence: str
    address: str = ""


@dataclass(frozen=True)
class Message:
    """What is sent.

    Attributes:
        id: the same when it is sent again, so that a receiver can tell.
        more: how many pieces of news had no room.
    """

    id: str
    title: str
    lines: tuple[Line, ...]
    more: int = 0

    def text(self) -> str:
        """The message as plain text."""
        said = [f"{line.sentence}\n{line.address}".rstrip() for line in self.lines]
        if self.more:
            said.append(f"… and {self.more} more in the console.")
        return "\n\n".join(said)


def compose(key: str, lines: Sequence[Line]) -> Message:
    """A message of some news, oldest first; beyond MOST_LINES the rest is counted."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.news] = counts.get(line.news, 0) + 1
    said = [
        HEADLINES[news][0 if count == 1 else 1].format(count=count)
        for news, count in counts.items()
    ]
    shown = tuple(lines[:MOST_LINES])
    return Message(key, ". ".join(said), shown, len(lines) - len(shown))
