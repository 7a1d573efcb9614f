"""Killing a worker in the middle of a tool's call: begun, and its outcome not recorded."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

LOOK_EVERY_S = 0.0005


class Ambush(threading.Thread):
    """Waits for the next invocation of a tool, and kills the process that makes it.

    Tools write a line with their process's id before they act, so the kill comes between that line
    and the record of the outcome.
    """

    def __init__(self, trace: Path, tool: str = "") -> None:
        super().__init__(name=f"ambush on {tool or 'any tool'}", daemon=True)
        self._trace, self._tool = trace, tool
        self._begin = trace.stat().st_size if trace.exists() else 0
        self._over = threading.Event()
        self.struck = False

    def run(self) -> None:
        """Watch the file until somebody was killed or the ambush is called off."""
        while not self._over.is_set() and not self.struck:
            if self._trace.exists() and self._trace.stat().st_size > self._begin:
                self._look()
            time.sleep(LOOK_EVERY_S)

    def call_off(self) -> None:
        """Wait for nobody any longer."""
        self._over.set()
        self.join()

    def _look(self) -> None:
        with self._trace.open("rb") as file:
            file.seek(self._begin)
            new = file.read()
        complete = new[: new.rfind(b"\n") + 1]
        self._begin += len(complete)
        for line in complete.splitlines():
            call = json.loads(line)
            if not self.struck and self._tool in ("", call["tool"]):
                with suppress(ProcessLookupError):
                    os.kill(call["pid"], signal.SIGKILL)
                self.struck = True
