"""The rows an attempt is about to commit: buffered steps, and the last tool's outcome.

Steps whose whole effect is in our own database share a commit, at most ten of them or 25 ms. A
crash loses the unflushed tail: those steps never happened, and the replay repeats them.
"""

from __future__ import annotations

import threading
import time

import structlog
from django.db import DatabaseError

from audit import ledger, payloads
from orchestration.enforcement.recording import late_outcome
from orchestration.enforcement.standing import Standing, read_standing
from orchestration.errors import AttemptLost, GoAgain
from orchestration.operations.steps import Batch, Written, finish_steps, write_steps

log = structlog.get_logger(__name__)

MOST_BUFFERED = 10
"""Beyond this a larger commit gains nothing."""

LONGEST_BUFFERED_S = 0.025
"""How long a step may stay unseen by others, in seconds."""


class Writer:
    """Collects the rows of one attempt and commits them while its gate is open."""

    def __init__(self, standing: Standing, most: int = MOST_BUFFERED) -> None:
        self.standing = standing
        self.batch = Batch()
        self.lock = threading.RLock()
        self.broken = False
        self._most = most
        self._unsaved = Batch()
        self._oldest: float | None = None

    @property
    def is_due(self) -> bool:
        """Whether the buffer is full or old enough to be committed."""
        if self._oldest is None:
            self._oldest = time.monotonic()
        return len(self.batch.steps) >= self._most or self._is_old()

    def _is_old(self) -> bool:
        waited = 0.0 if self._oldest is None else time.monotonic() - self._oldest
        return waited >= LONGEST_BUFFERED_S

    def keep_outcome(self, done: Batch) -> None:
        """Keep a finished tool call's outcome, to travel with the next statement."""
        self._unsaved = done

    def finish_now(self, done: Batch) -> None:
        """Commit a finished tool call's outcome at once, whatever became of the attempt."""
        if finish_steps(done) == len(done.finished):
            return
        # somebody has marked the step unknown meanwhile: the outcome becomes an entry of its own
        with ledger.transaction():
            for row in done.payloads:
                payloads.keep(row)
            for draft in late_outcome(done):
                ledger.append(draft)

    def flush(self, *, alone: bool = False) -> bool:
        """Commit what is buffered and the last outcome.

        Returns False when the gate was closed and the batch held one step only (`alone`): it may be
        decided again. With more in the batch the attempt must begin anew: GoAgain.
        """
        batch, self.batch, self._oldest = self.batch, Batch(), None
        unsaved, self._unsaved = self._unsaved, Batch()
        if not batch.decided:
            if unsaved.finished:
                self.finish_now(unsaved)
            return True
        written = write_steps(batch.joined(unsaved), self.standing.key)
        if written is Written.COMMITTED:
            return True
        if unsaved.finished:
            # the outcome is true whatever became of the gate
            self.finish_now(unsaved)
        if written is Written.GATE_CLOSED:
            self.standing = read_standing(self.standing.attempt.pk)
            if alone and batch.decided == 1:
                return False
        raise GoAgain

    def flush_if_old(self) -> None:
        """Commit what has been buffered too long; called by the keeper while a handler thinks."""
        if not self.lock.acquire(blocking=False):
            return
        try:
            if self.batch.steps and self._is_old():
                self.flush()
        except (GoAgain, AttemptLost, DatabaseError) as error:
            # what was buffered never happened; the attempt ends at its next step and replays
            log.info("buffer_not_flushed", attempt=str(self.standing.attempt.pk), error=repr(error))
            self.broken = True
        finally:
            self.lock.release()
