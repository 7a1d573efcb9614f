"""The form of a notification channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from orchestration.models import Channel
from orchestration.models.channel import MOST_DIGEST_MINUTES
from orchestration.operations.channels import LONGEST_LABEL, ChannelSettings
from orchestration.vocabulary import ChannelKind, NewsKind, Role

KINDS = (
    (ChannelKind.EMAIL.value, "E-mail"),
    (ChannelKind.WEBHOOK.value, "Signed webhook"),
    (ChannelKind.SLACK.value, "Slack"),
    (ChannelKind.TEAMS.value, "Microsoft Teams"),
)
WANTS = (
    (NewsKind.APPROVAL.value, "Requests that wait for approval"),
    (NewsKind.PARKED.value, "Parked work"),
    (NewsKind.NOTICE.value, "What policies make known"),
)


def _input(widget: type[forms.Widget], **attributes: Any) -> forms.Widget:
    return widget(attrs={"class": "input", **attributes})


class ChannelForm(forms.Form):
    """What is told, to whom, how, and when not."""

    label = forms.CharField(label="Name", max_length=LONGEST_LABEL, widget=_input(forms.TextInput))
    scope = forms.ChoiceField(label="News of", widget=_input(forms.Select))
    role = forms.ChoiceField(
        label="For",
        required=False,
        widget=_input(forms.Select),
        help_text="For a role, whoever reads at the destination sees what that role may act on.",
    )
    kind = forms.ChoiceField(label="Carried by", choices=KINDS, widget=_input(forms.Select))
    destination = forms.CharField(
        label="Destination",
        max_length=500,
        widget=_input(forms.TextInput),
        help_text="An e-mail address, or the https address of a webhook. The address of Slack or"
        " Teams is itself a secret: name it, as env:SIGNALBOX_SECRET_… or file:name.",
    )
    secret = forms.CharField(
        label="Signing secret",
        required=False,
        max_length=120,
        widget=_input(forms.TextInput),
        help_text="Of a webhook, by name: env:SIGNALBOX_SECRET_… or file:name.",
    )
    wants = forms.MultipleChoiceField(
        label="Tell about", choices=WANTS, widget=forms.CheckboxSelectMultiple
    )
    digest_minutes = forms.IntegerField(
        label="Gather for",
        initial=0,
        min_value=0,
        max_value=MOST_DIGEST_MINUTES,
        widget=_input(forms.NumberInput),
        help_text="Minutes in which news gathers after a message; 0 tells at once.",
    )
    quiet_from = forms.TimeField(
        label="Quiet from", required=False, widget=_input(forms.TimeInput, type="time")
    )
    quiet_until = forms.TimeField(
        label="Quiet until", required=False, widget=_input(forms.TimeInput, type="time")
    )
    zone = forms.CharField(
        label="Time zone",
        initial="UTC",
        max_length=60,
        widget=_input(forms.TextInput),
        help_text="Of the quiet hours, such as Europe/Zurich.",
    )

    def __init__(
        self,
        scopes: Sequence[str],
        governed: Sequence[str],
        data: Any = None,
        channel: Channel | None = None,
    ) -> None:
        known = ChannelSettings.__dataclass_fields__
        initial = {name: getattr(channel, name) for name in known} if channel else None
        super().__init__(data, initial=initial)
        if channel:
            del self.fields["scope"], self.fields["role"]
            return
        self.fields["scope"].choices = [(scope, scope) for scope in scopes]  # type: ignore[attr-defined]
        roles = [(role.value, f"the role {role.value}") for role in Role] if governed else []
        self.fields["role"].choices = [("", "me"), *roles]  # type: ignore[attr-defined]
        self.fields["wants"].initial = [NewsKind.APPROVAL.value]

    def chosen(self) -> ChannelSettings:
        """The settings as the operations take them."""
        names = ChannelSettings.__dataclass_fields__
        return ChannelSettings(**{name: self.cleaned_data[name] for name in names})
