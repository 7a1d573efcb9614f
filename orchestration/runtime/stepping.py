"""The way of a step: find it in the journal, or decide it, record it, and perform it.

Steps whose whole effect is in our own database are buffered, at most ten or 25 ms, and share a
commit. A crash loses the unflushed tail: those steps never happened, and the replay repeats them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from audit import ledger
from orchestration.enforcement import holding, reservations
from orchestration.enforcement.asking import Verdict, ask
from orchestration.enforcement.calls import Call
from orchestration.enforcement.recording import (
    Outcome,
    Place,
    add_decided,
    add_finished,
    new_step_id,
)
from orchestration.enforcement.standing import Standing, read_standing
from orchestration.errors import (
    AttemptLost,
    Conflict,
    Denied,
    Diverged,
    GoAgain,
    Halted,
    Parked,
    ToolError,
)
from orchestration.models import Approval
from orchestration.operations.attempts import mark_unknown
from orchestration.operations.steps import Batch, Written, finish_steps, write_steps
from orchestration.runtime.journal import Journal, Recorded
from orchestration.runtime.performing import perform_tool
from orchestration.vocabulary import ApprovalState, ParkReason, StepState

MOST_BUFFERED = 10
"""Beyond this a larger commit gains nothing."""

LONGEST_BUFFERED_S = 0.025
"""How long a step may stay unseen by others, in seconds."""


@dataclass(frozen=True)
class Inside:
    """An effect in our own database: rows to add once the step is allowed, and its outcome.

    `build` is given the batch and the step's id and returns the outcome. With `at_once` the step is
    not buffered; with `in_transaction` it may use the ORM, in one transaction with the step, and
    `then` runs in it after the step was written.
    """

    build: Callable[[Batch, str], Outcome]
    at_once: bool = False
    in_transaction: bool = False
    then: Callable[[], None] | None = None


@dataclass(frozen=True)
class Outside:
    """An effect of a tool; the call says which."""


def _require_open(outcome: Outcome | None) -> None:
    if outcome is None:
        raise _GateClosed


class _GateClosed(Exception):
    """Rolls the step's own transaction back, so that it can be decided again."""


class Stepper:
    """Takes the steps of one attempt, in order."""

    def __init__(
        self, standing: Standing, journal: Journal, folder: Path, *, buffered: bool
    ) -> None:
        self.standing = standing
        self._journal, self._folder = journal, folder
        self._most = MOST_BUFFERED if buffered else 1
        self._ordinal = 0
        self._batch = Batch()
        self._unsaved = Batch()
        self._oldest = 0.0
        self._budget = reservations.Reservations(standing)
        self._lock = threading.RLock()
        self._broken = False

    @property
    def ordinal(self) -> int:
        """How many steps the handler has asked for so far."""
        return self._ordinal

    @property
    def replaying(self) -> bool:
        """Whether the next step is one that an earlier attempt recorded."""
        return self._journal.at(self._ordinal + 1) is not None

    def take(self, call: Call, work: Inside | Outside) -> Outcome:
        """Take one step and return its outcome, from the journal if it was taken before.

        Raises:
            Denied, Conflict, ToolError: for the agent, which may adapt.
            Suspended, Parked, Halted, GoAgain, AttemptLost, Diverged: end the attempt.
        """
        with self._lock:
            if self._broken:
                raise GoAgain
            self._ordinal += 1
            recorded = self._journal.at(self._ordinal)
            if recorded is None:
                return self._settle(self._take_new(call, work))
            if recorded.step.digest != call.digest:
                self.flush()
                asked = f"{call.act} {call.target}"
                raise Diverged(self._ordinal, f"{recorded.step.act} {recorded.step.target}", asked)
            return self._settle(self._take_again(recorded, call, work))

    def _settle(self, outcome: Outcome) -> Outcome:
        """The outcome as the agent meets it: a value, or the error it stands for."""
        if outcome.kind == "denied":
            raise Denied(list(outcome.value["reasons"]))
        if outcome.kind == "conflict":
            raise Conflict(**outcome.value)
        if outcome.kind == "error":
            raise ToolError(str(outcome.value["message"]))
        return outcome

    def _take_again(self, recorded: Recorded, call: Call, work: Inside | Outside) -> Outcome:
        step = recorded.step
        if step.state in {StepState.DONE, StepState.FAILED, StepState.DENIED}:
            return Outcome(step.outcome_kind, recorded.outcome, step.labels)
        place = Place(str(step.pk), step.ordinal)
        if step.state == StepState.HELD:
            return self._take_held(recorded, call, work)
        if step.state == StepState.DISPATCHED and (call.idempotent or call.effect == "read"):
            return self._perform(place, call, revision=step.revision)
        if step.state == StepState.DISPATCHED:
            mark_unknown(step_id=place.step_id)
        raise Parked(
            ParkReason.UNKNOWN,
            f"{call.target} was begun and nobody knows whether it happened",
        )

    def _take_held(self, recorded: Recorded, call: Call, work: Inside | Outside) -> Outcome:
        step = recorded.step
        approvals = list(Approval.objects.filter(step=step).order_by("created_at"))
        latest = approvals[-1]
        if latest.state == ApprovalState.OPEN:
            holding.wait_again(self.standing, latest)
        place = Place(str(step.pk), step.ordinal)
        if latest.state == ApprovalState.GRANTED:
            return self._decide(place, call, work, held=recorded, approvals=approvals)
        refused = self._ask(call, []).refused("approval", [holding.refusal(latest)])
        return self._write_denied(place, call, refused, step.revision)

    def _take_new(self, call: Call, work: Inside | Outside) -> Outcome:
        place = Place(new_step_id(), self._ordinal)
        return self._decide(place, call, work)

    def _ask(self, call: Call, approvals: list[Approval]) -> Verdict:
        self._stop_if_halted(call)
        return ask(self.standing, call, approvals, timezone.now())

    def _stop_if_halted(self, call: Call) -> None:
        halt = self.standing.stopped_by(call.target if call.act == "tool.call" else "")
        if halt is not None or not self.standing.may_go_on:
            self.flush()
            raise Halted(halt.pk if halt else None)

    def _decide(
        self,
        place: Place,
        call: Call,
        work: Inside | Outside,
        *,
        held: Recorded | None = None,
        approvals: list[Approval] | None = None,
    ) -> Outcome:
        """Decide, record and do; again from the start when the gate says that something moved."""
        granted = [a for a in approvals or [] if a.state == ApprovalState.GRANTED]
        revision = held.step.revision if held else 0
        while True:
            verdict = self._ask(call, granted)
            if call.objection:
                refused = verdict.refused("contract", [call.objection])
                return self._write_denied(place, call, refused, revision)
            if verdict.decision.effect == "deny":
                return self._write_denied(place, call, verdict, revision)
            if verdict.decision.effect == "hold":
                self.flush()
                holding.hold(self.standing, place, call, verdict, revision=revision)
            if isinstance(work, Inside) and work.in_transaction:
                # what earlier steps left must not depend on this step's transaction
                self.flush()
            shortage = self._budget.shortage(call)
            if shortage:
                refused = verdict.refused("budget", [shortage])
                return self._write_denied(place, call, refused, revision)
            outcome = self._carry_out(place, call, work, verdict, (revision, granted))
            if outcome is not None:
                return outcome

    def _carry_out(
        self,
        place: Place,
        call: Call,
        work: Inside | Outside,
        verdict: Verdict,
        held: tuple[int, list[Approval]],
    ) -> Outcome | None:
        """Record an allowed step and do it; None when the gate was closed: decide again."""
        revision, granted = held
        holding.note_consumed(self._batch, self.standing, granted)
        self._budget.charge(self._batch, call)
        if isinstance(work, Inside):
            return self._do_inside(place, call, work, verdict, revision)
        reused = self._journal.reuse(call.digest) if not revision else None
        if reused is not None:
            outcome = Outcome(reused.step.outcome_kind, reused.outcome, reused.step.labels)
            return self._buffer(place, call, verdict, outcome, revision, at_once=True)
        add_decided(
            self._batch,
            self.standing,
            place,
            call,
            verdict,
            state=StepState.DISPATCHED,
            now=timezone.now(),
            resumed=revision,
        )
        if not self.flush(alone=True):
            return None
        return self._perform(place, call, revision=revision + 1)

    def _do_inside(
        self, place: Place, call: Call, work: Inside, verdict: Verdict, revision: int
    ) -> Outcome | None:
        if not work.in_transaction:
            outcome = work.build(self._batch, place.step_id)
            return self._buffer(place, call, verdict, outcome, revision, at_once=work.at_once)
        try:
            with ledger.transaction():
                outcome = work.build(self._batch, place.step_id)
                done = self._buffer(place, call, verdict, outcome, revision, at_once=True)
                _require_open(done)
                if work.then is not None:
                    work.then()
                return done
        except _GateClosed:
            return None

    def _buffer(
        self,
        place: Place,
        call: Call,
        verdict: Verdict,
        outcome: Outcome,
        revision: int,
        *,
        at_once: bool,
    ) -> Outcome | None:
        if not self._batch.steps:
            self._oldest = time.monotonic()
        add_decided(
            self._batch,
            self.standing,
            place,
            call,
            verdict,
            state=StepState.DONE,
            outcome=outcome,
            now=timezone.now(),
            resumed=revision,
        )
        full = len(self._batch.steps) >= self._most or self._is_old()
        if (at_once or full) and not self.flush(alone=True):
            return None
        return outcome

    def _is_old(self) -> bool:
        return time.monotonic() - self._oldest >= LONGEST_BUFFERED_S

    def _write_denied(self, place: Place, call: Call, verdict: Verdict, revision: int) -> Outcome:
        outcome = Outcome("denied", {"reasons": verdict.sentences})
        add_decided(
            self._batch,
            self.standing,
            place,
            call,
            verdict,
            state=StepState.DENIED,
            outcome=outcome,
            now=timezone.now(),
            resumed=revision,
        )
        if not self.flush(alone=True):
            raise GoAgain
        return outcome

    def _perform(self, place: Place, call: Call, *, revision: int) -> Outcome:
        """Call the tool; its outcome is recorded with the next step, or at once if it must be."""
        try:
            outcome = perform_tool(call, place.step_id, self.standing, self._folder)
        except Parked:
            mark_unknown(step_id=place.step_id)
            raise
        done = Batch()
        add_finished(done, self.standing, place, outcome, now=timezone.now(), revision=revision)
        if call.effect == "irreversible" or not call.idempotent:
            finish_steps(done)
        else:
            self._unsaved = done
        return outcome

    def flush_if_old(self) -> None:
        """Commit what has been buffered too long; called by the keeper while a handler thinks."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._batch.steps and self._is_old():
                self.flush()
        except (GoAgain, AttemptLost):
            self._broken = True
        finally:
            self._lock.release()

    def flush(self, *, alone: bool = False) -> bool:
        """Commit what is buffered and the last outcome.

        Returns False when the gate was closed and the batch held one step only (`alone`): it may be
        decided again. With more in the batch the attempt must begin anew: GoAgain.
        """
        batch, self._batch = self._batch, Batch()
        unsaved, self._unsaved = self._unsaved, Batch()
        if not batch.decided:
            if unsaved.finished:
                finish_steps(unsaved)
            return True
        written = write_steps(batch.joined(unsaved), self.standing.key)
        if written is Written.COMMITTED:
            return True
        if unsaved.finished:
            # the outcome is true whatever became of the gate
            finish_steps(unsaved)
        if written is Written.GATE_CLOSED:
            self.standing = read_standing(self.standing.attempt.pk)
            if alone and batch.decided == 1:
                return False
        raise GoAgain

    def close(self) -> None:
        """Commit what is left; Diverged when the journal goes on where the handler has ended.

        One recorded step more may be the held publication of the result.
        """
        with self._lock:
            left = self._journal.beyond(self._ordinal + 1)
            self.flush()
            if left is not None:
                raise Diverged(left, "a further step", "the end of the handler")
