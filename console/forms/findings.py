"""What a person says about a finding, or wants done about it."""

from __future__ import annotations

from django import forms

from orchestration.detection.findings import Response as Kind

HOURS = {"1": "an hour", "8": "a shift", "24": "a day", "168": "a week", "720": "a month"}
"""For how long a finding can be muted, in hours."""


class MuteForm(forms.Form):
    """Until when, and why."""

    hours = forms.ChoiceField(choices=list(HOURS.items()))
    reason = forms.CharField(max_length=2000)


class ReasonForm(forms.Form):
    """Why it is over."""

    reason = forms.CharField(max_length=2000)


class AssignForm(forms.Form):
    """To whom; nobody when it is empty."""

    person = forms.UUIDField(required=False)


class RespondForm(forms.Form):
    """What is to be done, and to which task where there is a choice."""

    kind = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind])
    choice = forms.UUIDField(required=False)


class ResponseForm(forms.Form):
    """Which response is meant."""

    response = forms.UUIDField()
