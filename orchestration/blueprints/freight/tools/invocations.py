"""The trace every real invocation leaves outside the database: one line a call, appended in one
write.

What was called is on disk before the tool acts, so that effects can be counted whatever is killed
when.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from orchestration.tools.contract import Json, ToolCall

FILE_NAME = "invocations.jsonl"
_MODE = 0o600

Perform = Callable[[ToolCall], Json]


def traced(name: str) -> Callable[[Perform], Perform]:
    """Append the invocation of the named tool to `invocations.jsonl` before performing it."""

    def wrap(perform: Perform) -> Perform:
        @wraps(perform)
        def performed(call: ToolCall) -> Json:
            line = {
                "tool": name,
                "idempotency_key": call.idempotency_key,
                "arguments": digest(call.arguments),
                "goal": call.goal,
                "agent": call.agent,
                "pid": os.getpid(),
            }
            append_line(call.folder / FILE_NAME, line)
            return perform(call)

        return performed

    return wrap


def digest(value: Json) -> str:
    """SHA-256, hex, of the value as JSON with sorted keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def append_line(path: Path, value: Json, *, durable: bool = False) -> None:
    """Append a value as one JSON line in one write, so that lines of many workers never mix.

    With `durable` the line is on disk when this returns.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (json.dumps(value, sort_keys=True, ensure_ascii=False) + "\n").encode()
    descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, _MODE)
    try:
        os.write(descriptor, line)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
