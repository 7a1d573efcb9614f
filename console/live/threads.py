"""Threads for the database work of live connections, apart from those that answer requests."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import DatabaseSyncToAsync

MOST_AT_ONCE = 4
"""Pages rendered at the same time; the others wait and coalesce meanwhile."""

Given = ParamSpec("Given")
Result = TypeVar("Result")

_THREADS = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="live")


async def in_thread(
    function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
) -> Result:
    """Run a function that uses the database; its connection goes back to the pool afterwards."""
    run = DatabaseSyncToAsync(function, thread_sensitive=False, executor=_THREADS)
    result: Result = await run(*args, **kwargs)
    return result
