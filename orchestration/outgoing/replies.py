"""What counts as an answer that took in what was sent."""

from __future__ import annotations

from orchestration.outgoing.client import Answer, CallFailed

SUCCESS = range(200, 300)


def require_success(answer: Answer) -> Answer:
    """The answer, if its status says that all went well.

    Raises:
        CallFailed: it says otherwise; the body is left out, for it is the other side's text.
    """
    if answer.status not in SUCCESS:
        raise CallFailed(f"it answered {answer.status}")
    return answer
