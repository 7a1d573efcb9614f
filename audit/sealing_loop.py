"""The sealer's life: be the only one, seal about once a second, survive whatever fails.

Nothing here can lose an entry: entries wait in their table until a pass has placed them. What is
wrong is written down for the screens, and tried again.
"""

from __future__ import annotations

import threading
import time

import structlog
from django.db import Error as DatabaseFault
from django.db import connection

from audit import counting, key_ring, receipt_desk, sealing, search
from audit.errors import LedgerError
from audit.keys import KeyUnavailable, SigningKey
from audit.notes import BadNote
from audit.sealing import BrokenTree, Sealer
from audit.witnessing import WitnessingLoop

log = structlog.get_logger(__name__)

INTERVAL_S = 0.8
"""Seconds between passes; with the pass itself about one a second."""

HEARTBEAT_S = 600.0
"""Seconds after which the tree is signed though nothing happened."""

COUNTING_S, COUNTING_BUSY_S = 5.0, 20.0
"""Seconds between counts of new entries; until then they are counted one by one when asked for."""

BUSY = 3000
"""Entries of one pass from which on the machine is left to writers: one portion is indexed then."""

INDEXING_S = 0.5
"""Seconds that the search index may take in a pass."""

REPORT_S = 5.0
PARTITIONS_S = 3600.0
PARTITIONS_AHEAD = 6
LONGEST_PAUSE_S = 10.0


class SealingLoop:
    """Seals until told to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self._sealer: Sealer | None = None
        self._due: dict[str, float] = {}
        self._witnessing: WitnessingLoop | None = None

    def run(self) -> None:
        """Seal; after a failure report it, reconnect and try again with growing pauses."""
        pause = 1.0
        while not self.stop.is_set():
            try:
                self._serve()
                pause = 1.0
            except (DatabaseFault, LedgerError, BrokenTree, BadNote, OSError) as error:
                log.warning("sealing_failed", error=str(error))
                self._sealer = None
                self._report(str(error))
                connection.close()
                self.stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)

    def _serve(self) -> None:
        while not sealing.try_lock():
            if self.stop.wait(1.0):
                return
        if self._witnessing is None:
            self._witnessing = WitnessingLoop(self.stop)
            self._witnessing.start()
        sealing.note_restore()
        self._due = {"heartbeat": time.monotonic() + HEARTBEAT_S}
        while not self.stop.is_set():
            self._pass()
            self.stop.wait(INTERVAL_S)

    def _pass(self) -> None:
        if self._is_due("partitions", PARTITIONS_S):
            with connection.cursor() as cursor:
                cursor.execute("select audit_make_partitions(%s)", [PARTITIONS_AHEAD])
        sealed = self._current_sealer().seal(heartbeat=self._peek("heartbeat"))
        if sealed.signed:
            self._due["heartbeat"] = time.monotonic() + HEARTBEAT_S
        busy = sealed.entries > BUSY
        search.index_for(0.0 if busy else INDEXING_S)
        if self._is_due("counting", COUNTING_BUSY_S if busy else COUNTING_S):
            counting.count_new()
        if self._is_due("report", REPORT_S):
            self._report(_key_problem())

    def _current_sealer(self) -> Sealer:
        """The sealer with the key that signs now; the key may have been rotated."""
        public = key_ring.public_key()
        if self._sealer is None or self._sealer.key.verifier != public:
            key = key_ring.signing_key()
            self._sealer = Sealer(key)
            _vouch(key)
        return self._sealer

    def _peek(self, name: str) -> bool:
        return time.monotonic() >= self._due.get(name, 0.0)

    def _is_due(self, name: str, every: float) -> bool:
        if not self._peek(name):
            return False
        self._due[name] = time.monotonic() + every
        return True

    def _report(self, problem: str) -> None:
        """Tell the screens; if even that fails, they see that nobody reported."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "update audit_sealer set seen_at = now(), problem = %s where id = 1",
                    [problem[:1000]],
                )
        except DatabaseFault as error:
            log.warning("sealer_state_not_written", error=str(error))


def _key_problem() -> str:
    """What is wrong with the key's file, though this sealer still holds the key itself."""
    try:
        key_ring.signing_key()
    except KeyUnavailable as error:
        return f"{error}; this sealer goes on with the key it has read, the next one cannot"
    return ""


def _vouch(key: SigningKey) -> None:
    """Vouch for the key that promises; without it receipts wait for the sealing, nothing else."""
    try:
        receipt_desk.vouch(key)
    except (OSError, LedgerError) as error:
        log.warning("receipt_key_not_vouched_for", error=str(error))
