"""The keeper: a thread in each worker that renews leases and commits what waited too long.

A worker that dies stops renewing, and the sweep gives its tasks to others when the lease runs out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.db import DatabaseError, connection

from orchestration.operations.attempts import renew_leases

if TYPE_CHECKING:
    from orchestration.runtime.writing import Writer

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.025
"""How often buffers are looked at while an attempt runs, in seconds."""


class Keeper:
    """Looks after the attempts that this process is running."""

    def __init__(self, lease: timedelta) -> None:
        self._lease = lease
        self._running: dict[UUID, Writer] = {}
        self._busy = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def keeping(self, attempt: UUID, writer: Writer) -> Iterator[None]:
        """Look after an attempt while the block runs."""
        with self._busy:
            self._running[attempt] = writer
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._keep, name="keeper", daemon=True)
                self._thread.start()
            self._busy.notify()
        try:
            yield
        finally:
            with self._busy:
                self._running.pop(attempt, None)

    def _keep(self) -> None:
        renewed = time.monotonic()
        every = self._lease.total_seconds() / 3
        while True:
            with self._busy:
                while not self._running:
                    connection.close()
                    self._busy.wait()
                running = dict(self._running)
            for writer in running.values():
                writer.flush_if_old()
            if time.monotonic() - renewed >= every:
                self._renew(list(running))
                renewed = time.monotonic()
            time.sleep(LOOK_EVERY_S)

    def _renew(self, attempts: list[UUID]) -> None:
        try:
            renew_leases(attempts=attempts, lease=self._lease)
        except DatabaseError as error:
            # The database is away. The lease may run out; the fence keeps the work safe then.
            log.warning("lease_not_renewed", error=str(error))
            connection.close()
