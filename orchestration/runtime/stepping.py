"""The way of a step: find it in the journal, or decide it, record it, and perform it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.utils import timezone

from audit import ledger
from orchestration.enforcement import holding, reservations
from orchestration.enforcement.asking import Verdict, ask, counts_steps
from orchestration.enforcement.calls import Call
from orchestration.enforcement.obligations import Duties, duties_of
from orchestration.enforcement.personal import veiled
from orchestration.enforcement.recording import (
    Outcome,
    Place,
    add_decided,
    add_finished,
    new_step_id,
)
from orchestration.enforcement.standing import Standing
from orchestration.errors import (
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
from orchestration.operations.steps import Batch
from orchestration.policy.personal import owned
from orchestration.runtime.habit import Habit
from orchestration.runtime.journal import Journal, Recorded
from orchestration.runtime.performing import perform_tool
from orchestration.runtime.writing import MOST_BUFFERED, Writer
from orchestration.vocabulary import Act, ApprovalState, ParkReason, StepState

LONGEST_TASK = 500
"""Steps of one task at most; agents that live longer work in ticks, one task each."""

ENDING = (Act.TASK_ADD, Act.RESULT_PUBLISH)
"""What a task may still do after that."""

TOO_LONG = f"a task takes at most {LONGEST_TASK} steps; go on with task.continue_as(state)"


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


@dataclass(frozen=True)
class Turn:
    """A step being taken: its place, call and work, and what held it before, if anything did.

    `revision` is the held row's, 0 for a new step; `granted` are the approvals it may use up.
    """

    place: Place
    call: Call
    work: Inside | Outside
    revision: int = 0
    granted: tuple[Approval, ...] = field(default=())


class _GateClosed(Exception):
    """Rolls the step's own transaction back, so that it can be decided again."""


class Stepper:
    """Takes the steps of one attempt, in order."""

    def __init__(
        self, standing: Standing, journal: Journal, folder: Path, *, buffered: bool
    ) -> None:
        self.writer = Writer(standing, MOST_BUFFERED if buffered else 1)
        self.ordinal = 0
        self.warnings: list[str] = []
        self._journal, self._folder = journal, folder
        self._budget = reservations.Reservations(standing)
        self._duties = Duties()
        self._habit = Habit()

    @property
    def standing(self) -> Standing:
        """What the attempt stands on, as last read."""
        return self.writer.standing

    def take(self, call: Call, work: Inside | Outside) -> Outcome:
        """Take one step and return its outcome, from the journal if it was taken before.

        Raises:
            Denied, Conflict, ToolError: for the agent, which may adapt.
            Suspended, Parked, Halted, GoAgain, AttemptLost, Diverged: end the attempt.
        """
        with self.writer.lock:
            if self.writer.broken:
                raise GoAgain
            self.ordinal += 1
            self._duties = Duties()
            call = veiled(call)
            if self.ordinal > LONGEST_TASK and call.act not in ENDING:
                call = replace(call, objection=TOO_LONG)
            recorded = self._journal.at(self.ordinal)
            if recorded is None:
                return _settle(self._take_anew(call, work))
            if recorded.step.digest != call.digest:
                self.writer.flush()
                then = f"{recorded.step.act} {recorded.step.target}"
                said = call.as_json(), owned(call.labels, call.bounded, "/arguments")
                raise Diverged(self.ordinal, then, f"{call.act} {call.target}", *said)
            outcome = self._take_again(recorded, call, work)
            self._habit.note(self._habit.weigh(call), outcome)
            return _settle(outcome)

    def flush(self) -> None:
        """Commit what is buffered."""
        with self.writer.lock:
            self.writer.flush()

    def close(self) -> None:
        """Commit what is left; Diverged when the journal goes on where the handler has ended.

        One recorded step more may be the held publication of the result.
        """
        with self.writer.lock:
            left = self._journal.beyond(self.ordinal + 1)
            self.writer.flush()
            if left is not None:
                raise Diverged(left, "a further step", "the end of the handler")

    def _take_anew(self, call: Call, work: Inside | Outside) -> Outcome:
        try:
            call = self._habit.weigh(call)
        except Parked:
            self.writer.flush()
            raise
        outcome = self._decide(Turn(Place(new_step_id(), self.ordinal), call, work))
        self._habit.note(call, outcome)
        return outcome

    def _take_again(self, recorded: Recorded, call: Call, work: Inside | Outside) -> Outcome:
        step = recorded.step
        if step.state in {StepState.DONE, StepState.FAILED, StepState.DENIED}:
            return Outcome(step.outcome_kind, recorded.outcome, step.labels)
        place = Place(str(step.pk), step.ordinal)
        if step.state == StepState.HELD:
            return self._take_held(recorded, Turn(place, call, work, step.revision))
        if step.state == StepState.DISPATCHED and (call.idempotent or call.effect == "read"):
            self._duties = Duties(labels=recorded.labels_owed())
            return self._perform(place, call, revision=step.revision)
        # outcomes of steps before this one must not wait for a person
        self.writer.flush()
        if step.state == StepState.DISPATCHED:
            mark_unknown(step_id=place.step_id)
        reason = f"{call.target} was begun and nobody knows whether it happened"
        raise Parked(ParkReason.UNKNOWN, reason)

    def _take_held(self, recorded: Recorded, turn: Turn) -> Outcome:
        approvals = list(Approval.objects.filter(step=recorded.step).order_by("created_at"))
        latest = approvals[-1]
        if latest.state == ApprovalState.OPEN:
            self.writer.flush()
            holding.wait_again(self.standing, latest)
        if latest.state == ApprovalState.GRANTED:
            granted = tuple(a for a in approvals if a.state == ApprovalState.GRANTED)
            return self._decide(replace(turn, granted=granted))
        refused = self._ask(turn).refused("approval", [holding.refusal(latest)])
        return self._write_denied(turn, refused)

    def _ask(self, turn: Turn) -> Verdict:
        tool = turn.call.target if turn.call.tool else ""
        halt = self.standing.stopped_by(tool)
        if halt is not None or not self.standing.may_go_on:
            self.writer.flush()
            raise Halted(halt.pk if halt else None)
        if counts_steps(self.standing, turn.call):
            self.writer.flush()
        return ask(self.standing, turn.call, list(turn.granted), timezone.now())

    def _decide(self, turn: Turn) -> Outcome:
        """Decide, record and do; again from the start when the gate says that something moved."""
        while True:
            verdict = self._ask(turn)
            if turn.call.objection:
                verdict = verdict.refused("contract", [turn.call.objection])
            if verdict.decision.effect == "hold":
                self.writer.flush()
                holding.hold(self.standing, turn.place, turn.call, verdict, revision=turn.revision)
            if verdict.decision.effect == "allow":
                verdict = self._make_ready(turn, verdict)
            if verdict.decision.effect == "deny":
                return self._write_denied(turn, verdict)
            outcome = self._carry_out(turn, verdict)
            if outcome is not None:
                return outcome

    def _make_ready(self, turn: Turn, verdict: Verdict) -> Verdict:
        """Reserve what the step needs and see to what it obliges to; a refusal denies it."""
        if isinstance(turn.work, Inside) and turn.work.in_transaction:
            # what earlier steps left must not depend on this step's transaction
            self.writer.flush()
        shortage = self._budget.shortage(turn.call)
        if shortage:
            return verdict.refused("budget", [shortage])
        self._duties = duties_of(self.standing, turn.call, verdict.decision, verdict.readings)
        if self._duties.refusals:
            return verdict.refused("obligation", self._duties.refusals)
        return verdict

    def _carry_out(self, turn: Turn, verdict: Verdict) -> Outcome | None:
        """Record an allowed step and do it; None when the gate was closed: decide again."""
        if self._duties.hidden:
            turn = replace(turn, call=replace(turn.call, hidden=tuple(self._duties.hidden)))
        batch = self.writer.batch
        holding.note_consumed(batch, self.standing, list(turn.granted))
        self._budget.charge(batch, turn.call)
        batch.guards |= self._duties.guards
        self.warnings += self._duties.warnings
        if isinstance(turn.work, Inside):
            return self._do_inside(turn, turn.work, verdict)
        reused = self._journal.reuse(turn.call.digest) if not turn.revision else None
        if reused is not None:
            outcome = Outcome(reused.step.outcome_kind, reused.outcome, reused.step.labels)
            return self._buffer(turn, verdict, outcome, at_once=True)
        self._add(turn, verdict, StepState.DISPATCHED)
        if not self.writer.flush(alone=True):
            return None
        return self._perform(turn.place, turn.call, revision=turn.revision + 1)

    def _do_inside(self, turn: Turn, work: Inside, verdict: Verdict) -> Outcome | None:
        if not work.in_transaction:
            outcome = self._labelled(work.build(self.writer.batch, turn.place.step_id))
            return self._buffer(turn, verdict, outcome, at_once=work.at_once)
        try:
            with ledger.transaction():
                return self._do_in_transaction(turn, work, verdict)
        except _GateClosed:
            return None

    def _do_in_transaction(self, turn: Turn, work: Inside, verdict: Verdict) -> Outcome:
        outcome = self._labelled(work.build(self.writer.batch, turn.place.step_id))
        if self._buffer(turn, verdict, outcome, at_once=True) is None:
            raise _GateClosed
        if work.then is not None:
            work.then()
        return outcome

    def _buffer(
        self, turn: Turn, verdict: Verdict, outcome: Outcome, *, at_once: bool
    ) -> Outcome | None:
        self._add(turn, verdict, StepState.DONE, outcome)
        due = self.writer.is_due or at_once or bool(self._duties.guards)
        return None if due and not self.writer.flush(alone=True) else outcome

    def _write_denied(self, turn: Turn, verdict: Verdict) -> Outcome:
        outcome = Outcome("denied", {"reasons": verdict.sentences})
        self._add(turn, verdict, StepState.DENIED, outcome)
        if not self.writer.flush(alone=True):
            raise GoAgain
        return outcome

    def _add(
        self, turn: Turn, verdict: Verdict, state: StepState, outcome: Outcome | None = None
    ) -> None:
        add_decided(
            self.writer.batch,
            self.standing,
            turn.place,
            turn.call,
            verdict,
            state=state,
            outcome=outcome,
            now=timezone.now(),
            resumed=turn.revision,
        )

    def _labelled(self, outcome: Outcome) -> Outcome:
        """The outcome with the labels that policies put on it."""
        if not self._duties.labels:
            return outcome
        whole = sorted({*outcome.labels.get("", []), *self._duties.labels})
        return replace(outcome, labels={**outcome.labels, "": whole})

    def _perform(self, place: Place, call: Call, *, revision: int) -> Outcome:
        """Call the tool; its outcome is recorded with the next step, or at once if it must be."""
        try:
            done_by = perform_tool(call, place.step_id, self.standing, self._folder)
        except Parked:
            mark_unknown(step_id=place.step_id)
            raise
        outcome = self._labelled(done_by)
        done = Batch()
        add_finished(done, self.standing, place, outcome, now=timezone.now(), revision=revision)
        if call.effect == "irreversible" or not call.idempotent:
            self.writer.finish_now(done)
        else:
            self.writer.keep_outcome(done)
        return outcome


def _settle(outcome: Outcome) -> Outcome:
    """The outcome as the agent meets it: a value, or the error it stands for."""
    if outcome.kind == "denied":
        raise Denied(list(outcome.value["reasons"]))
    if outcome.kind == "conflict":
        raise Conflict(**outcome.value)
    if outcome.kind == "error":
        raise ToolError(str(outcome.value["message"]))
    return outcome
