"""Every error raised on purpose; each docstring says what to do about it.

What ends an attempt is a BaseException, so that agent code cannot swallow it by `except Exception`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uuid import UUID


class SignalboxError(Exception):
    """Base of all errors raised on purpose."""


class ConfigurationError(SignalboxError):
    """What is installed contradicts itself; correct the declaration the message names."""


class InvalidInput(SignalboxError):
    """Input was refused before anything was written.

    Attributes:
        problems: one sentence a fault, each naming the place.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class NotAllowed(SignalboxError):
    """The person or agent may not do this; the message says which right is missing."""


class IllegalTransition(SignalboxError):
    """The subject is not in a state that allows this; somebody else may have acted first."""


class StaleWrite(SignalboxError):
    """The row changed since it was read; read again and repeat."""


class Denied(SignalboxError):
    """A step was denied. The agent may adapt or give up.

    Attributes:
        reasons: sentences saying which rule denied and why.
    """

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons) or "denied")
        self.reasons = reasons


class Conflict(SignalboxError):
    """A compare-and-set write expected another version; read the key again.

    Attributes:
        key: blackboard key. expected, found: versions.
    """

    def __init__(self, key: str, expected: int, found: int) -> None:
        super().__init__(f"{key} is at version {found}, not {expected}")
        self.key, self.expected, self.found = key, expected, found


class ToolError(SignalboxError):
    """A tool ran and reported a failure that is its final answer to this call."""


class AskFailed(SignalboxError):
    """The agent that was asked could not answer; the message carries its reason."""


class Suspended(BaseException):
    """The attempt ends here without result; the task waits and is resumed by what it waits for."""


class AttemptLost(BaseException):
    """The fence moved: this attempt no longer owns its task and must not touch anything."""


class Diverged(BaseException):
    """The handler asked for a call other than the one recorded at the same ordinal.

    Attributes:
        call: what was asked for now, as JSON; None at the end of the handler.
        personal: whose data its leaves are, by JSON pointer.
    """

    def __init__(
        self,
        ordinal: int,
        recorded: str,
        asked: str,
        call: dict[str, Any] | None = None,
        personal: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(f"step {ordinal}: recorded {recorded}, asked {asked}")
        self.ordinal, self.recorded, self.asked = ordinal, recorded, asked
        self.call, self.personal = call, personal


class GoAgain(BaseException):
    """What was decided could not be committed as decided: another attempt replays and goes on."""


class Halted(BaseException):
    """A person stopped this agent, goal, unit or tool; the task waits for the release.

    Attributes:
        halt: id of the halt to wait for; None when agent or goal are paused.
    """

    def __init__(self, halt: UUID | None) -> None:
        super().__init__()
        self.halt = halt


class Parked(BaseException):
    """The task can't go on without a person.

    Attributes:
        why: word of vocabulary.ParkReason. reason: a sentence for people.
    """

    def __init__(self, why: str, reason: str) -> None:
        super().__init__(reason)
        self.why, self.reason = why, reason
