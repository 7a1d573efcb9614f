"""Forms with which people act on what runs: each asks for a reason where one is owed."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from orchestration.models import Halt

LONGEST_REASON = 1_000


def reason_field(*, required: bool = True) -> forms.CharField:
    """Why somebody does it; it enters the ledger."""
    return forms.CharField(
        label="Reason",
        required=required,
        max_length=LONGEST_REASON,
        help_text="It is written to the ledger with your name.",
        widget=forms.Textarea(attrs={"class": "input", "rows": 3}),
    )


class ReasonForm(forms.Form):
    """Confirms an act and says why."""

    def __init__(self, data: object = None, *, needed: bool = True) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["reason"] = reason_field(required=needed)


class EventForm(forms.Form):
    """Reports something that happened in the world, as one of the choices of its event."""

    def __init__(
        self, question: str, choices: Sequence[tuple[str, str]], data: object = None
    ) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        widget = forms.Select(attrs={"class": "input"})
        self.fields["choice"] = forms.ChoiceField(
            label=question, choices=[("", "Choose one"), *choices], widget=widget
        )


class HaltForm(forms.Form):
    """What to stop, as `kind:subject`, and why."""

    def __init__(self, subjects: Sequence[tuple[str, object]], data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        widget = forms.Select(attrs={"class": "input"})
        self.fields["what"] = forms.ChoiceField(
            label="What stops", choices=[("", "Choose one"), *subjects], widget=widget
        )
        self.fields["reason"] = reason_field()

    def chosen(self) -> tuple[Halt.Kind, str]:
        """Kind and subject of the halt."""
        kind, _, subject = self.cleaned_data["what"].partition(":")
        return Halt.Kind(kind), subject
