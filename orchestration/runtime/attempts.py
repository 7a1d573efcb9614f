"""Carrying out one attempt: run the handler, and end the attempt in the way it asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.db import DatabaseError, connection

from audit import payloads
from orchestration.enforcement.calls import Call
from orchestration.enforcement.recording import Outcome
from orchestration.enforcement.standing import Standing, read_standing
from orchestration.errors import (
    AttemptLost,
    ConfigurationError,
    Denied,
    Diverged,
    GoAgain,
    Halted,
    Parked,
    Suspended,
)
from orchestration.models import Attempt
from orchestration.operations import attempts as operations
from orchestration.operations.steps import Batch
from orchestration.operations.waiting import suspend_for_halt
from orchestration.policy.personal import owned
from orchestration.runtime.context import TaskContext
from orchestration.runtime.handlers import Handler, handler_at
from orchestration.runtime.journal import Journal
from orchestration.runtime.keeper import Keeper
from orchestration.runtime.performing import where_of
from orchestration.runtime.stepping import Inside, Stepper
from orchestration.vocabulary import Act, ParkReason

log = structlog.get_logger(__name__)


def run_attempt(attempt_id: UUID, folder: Path, keeper: Keeper, *, buffered: bool = True) -> str:
    """Run an attempt to its end and return how it ended, in a word for the log."""
    attempt = Attempt.objects.get(pk=attempt_id)
    try:
        standing = read_standing(attempt_id)
        stepper = Stepper(standing, Journal(standing.task), folder, buffered=buffered)
        with keeper.keeping(attempt_id, stepper.writer):
            return _run(standing, stepper)
    except AttemptLost:
        return "lost"
    except Suspended:
        return "suspended"
    except GoAgain:
        return _end(operations.give_back_attempt, attempt=attempt, ended="again")
    except Halted as stop:
        return _end(suspend_for_halt, attempt=attempt, halt=stop.halt, ended="halted")
    except Parked as stop:
        why = ParkReason(stop.why)
        return _end(
            operations.park_attempt, attempt=attempt, why=why, reason=stop.reason, ended="parked"
        )
    except Diverged as stop:
        reason = f"The journal and the code disagree at {stop}"
        return _end(
            operations.park_attempt,
            attempt=attempt,
            why=ParkReason.DIVERGED,
            reason=reason,
            evidence=stop.call,
            personal=stop.personal,
            ended="diverged",
        )


def _end(operation: Any, *, ended: str, **arguments: Any) -> str:
    """End an attempt by an operation, unless it was lost meanwhile."""
    try:
        operation(**arguments)
    except AttemptLost:
        return "lost"
    return ended


def _run(standing: Standing, stepper: Stepper) -> str:
    context = TaskContext(stepper)
    try:
        result = _handler_of(standing).run(context)
        _publish(context, stepper, result)
    except DatabaseError as error:
        # The database failed under the handler: not its fault. The lease runs out, another attempt
        # goes on after the journal, and a task that loses too many attempts is parked.
        log.exception("database_failed", task=str(standing.task.pk), error=str(error))
        connection.close()
        return "lost"
    except Exception as error:  # noqa: BLE001 - agent code may raise anything; the task keeps it
        stepper.flush()
        log.info("handler_failed", task=str(standing.task.pk), **where_of(error))
        return _end(
            operations.fail_attempt,
            attempt=standing.attempt,
            error=context.veil(_told(error)),
            ended="failed",
        )
    return "done"


def _told(error: Exception) -> str:
    """An agent's failure in a few lines: the sentence first, then where it was."""
    if isinstance(error, Denied | ConfigurationError):
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__}: {error}\n" + "\n".join(where_of(error)["at"])


def _handler_of(standing: Standing) -> Handler:
    version = standing.version
    found = handler_at(version.handler, version.handler_version)
    if found is None:
        raise ConfigurationError(
            f"the handler {version.handler!r} v{version.handler_version} is not installed"
        )
    return found


def _publish(context: TaskContext, stepper: Stepper, result: Any) -> None:
    """Publish the handler's result: a decided step, in one transaction with the end of the task."""
    labels = context.labels_of(result)
    call = Call(Act.RESULT_PUBLISH, context.capability, result, labels=labels)

    stored = ""

    def build(_batch: Batch, _step_id: str) -> Outcome:
        nonlocal stored
        stored = payloads.store(result, personal=owned(labels, result))
        return Outcome("value", {"result": stored}, labels)

    def finish() -> None:
        operations.finish_attempt(attempt=stepper.standing.attempt, result=stored, labels=labels)

    stepper.close()
    stepper.take(call, Inside(build, at_once=True, in_transaction=True, then=finish))
