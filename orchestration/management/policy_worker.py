"""What a process of a replay does. It is imported before Django is set up, so it imports late."""

from __future__ import annotations

import gc
import signal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from orchestration.attributes.history import Span
    from orchestration.policy.bundle import Bundle

Texts = tuple[tuple[str, str], ...]
"""Policy texts by key, in order: a value that a process can be given and remember by."""

Job = tuple[Texts, int]
"""The texts to decide with, and the number their bundle would have."""


def start() -> None:
    """Make a new process ready; an interrupt is its parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    django.setup()
    # what lives as long as the process is never looked at again; decisions leave hardly any cycles
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def tally(job: Job, span: Span) -> dict[str, Any]:
    """What comes of one span of history, as JSON values."""
    from orchestration.operations.policy_replays import tally_span

    return tally_span(_bundle(*job), [""], span).as_json()


@lru_cache(maxsize=2)
def _bundle(texts: Texts, number: int) -> Bundle:
    from orchestration.operations.policy_texts import compile_texts

    return compile_texts(dict(texts), number)
