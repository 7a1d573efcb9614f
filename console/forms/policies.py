"""What people type about policies: new drafts, texts, and the words that go with an act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from orchestration.policy.source import LIMIT_CHARACTERS

LONGEST_TITLE = 200
LONGEST_REASON = 2_000
MOST_FILES = 200
WHOLE = "the whole installation"


def lines(text: str) -> str:
    """A text from a browser, with line ends as files have them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class ManyFiles(forms.ClearableFileInput):
    """A choice of several files."""

    allow_multiple_selected = True


class TextsField(forms.FileField):
    """Files of YAML, as texts."""

    def clean(self, data: Any, initial: Any = None) -> list[str]:
        """The texts of the files, in the order chosen."""
        files = [one for one in (data or []) if one]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"At most {MOST_FILES} files can be taken in at once.")
        return [_text(super(TextsField, self).clean(one, initial)) for one in files]


def _text(file: Any) -> str:
    if file.size > 4 * LIMIT_CHARACTERS:
        raise forms.ValidationError(f"{file.name} is larger than a policy may be.")
    try:
        return str(file.read().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise forms.ValidationError(f"{file.name} is not UTF-8 text.") from error


class NewDraftForm(forms.Form):
    """Begins a draft: what for, for which unit, and with which files."""

    title = forms.CharField(
        max_length=LONGEST_TITLE,
        label="What it is for",
        help_text="One line; it stays with the bundle's history.",
        widget=forms.TextInput(attrs={"class": "input"}),
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        label="Why",
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
    )
    texts = TextsField(
        required=False,
        label="YAML files to begin with",
        help_text="One policy a file, as exported or from a checkout.",
        widget=ManyFiles(attrs={"class": "input", "accept": ".yaml,.yml,text/yaml"}),
    )

    def __init__(self, scopes: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"] = scope_field(scopes)
        self.order_fields(["title", "reason", "scope", "texts"])


class PackForm(forms.Form):
    """For which unit a pack is taken over."""

    def __init__(self, scopes: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"] = scope_field(scopes)


class ScopeField(forms.ChoiceField):
    """A unit of those offered; nothing stands for the whole installation, if that is offered."""

    def validate(self, value: Any) -> None:
        """Refuse what was not offered, nothing included."""
        if not self.valid_value(value):
            raise forms.ValidationError("Choose a unit that you are an admin of.")


def scope_field(scopes: Sequence[str]) -> ScopeField:
    """The unit that keeps the policies."""
    return ScopeField(
        label="Kept by",
        required=False,
        choices=[(one, one or WHOLE) for one in scopes],
        help_text="Its admins change them; they bind this unit and those below.",
        widget=forms.Select(attrs={"class": "input"}),
    )


class TextForm(forms.Form):
    """One policy's text as its editor sends it.

    `key` is the policy that was opened (empty for a new one), `revision` the draft as it was seen,
    `base` the digest of the policy's text in it.
    """

    text = forms.CharField(strip=False, required=False, max_length=2 * LIMIT_CHARACTERS)
    key = forms.CharField(required=False, max_length=200)
    revision = forms.IntegerField(required=False, min_value=0)
    base = forms.CharField(required=False, max_length=200)

    def clean_text(self) -> str:
        """The text with plain line ends."""
        return lines(self.cleaned_data["text"])


class WordsForm(forms.Form):
    """The words that go with a review, a return, a publication or a roll back."""

    words = forms.CharField(required=False, max_length=LONGEST_REASON)
    revision = forms.IntegerField(required=False, min_value=0)


def _moment_field() -> forms.DateTimeInput:
    """A field of a browser for a moment to the minute."""
    attributes = {"class": "input", "type": "datetime-local"}
    return forms.DateTimeInput(attrs=attributes, format="%Y-%m-%dT%H:%M")


class ReplayForm(forms.Form):
    """How much history to decide again: the newest so many of a window. Times are UTC."""

    CHOICES = (
        (1_000, "1,000 decisions"),
        (10_000, "10,000 decisions"),
        (100_000, "100,000 decisions"),
        (1_000_000, "1,000,000 decisions"),
    )
    last = forms.TypedChoiceField(
        coerce=int,
        choices=CHOICES,
        initial=10_000,
        label="Last",
        widget=forms.Select(attrs={"class": "input"}),
    )
    since = forms.DateTimeField(required=False, label="From", widget=_moment_field())
    until = forms.DateTimeField(required=False, label="Until", widget=_moment_field())
