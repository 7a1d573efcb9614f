"""The answer to a request for approval as it comes from the page."""

from __future__ import annotations

from typing import Any

from django import forms

from orchestration.models import Vote

LONGEST_REASON = 2000


class AnswerForm(forms.Form):
    """Approve or deny, with a reason; the digest names the call that was shown."""

    decision = forms.ChoiceField(choices=Vote.Verdict.choices)
    digest = forms.CharField(max_length=64)
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)

    def __init__(self, *args: Any, reason_required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason_required = reason_required

    def clean(self) -> dict[str, Any]:
        """A denial always says why, and so does an approval of high risk."""
        answer: dict[str, Any] = super().clean() or {}
        denies = answer.get("decision") == Vote.Verdict.DENY
        if not answer.get("reason") and (denies or self.reason_required):
            said = "Say why: the agent and everybody after you will read it."
            self.add_error("reason", said)
        return answer
