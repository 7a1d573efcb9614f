"""What an admin says about an outside auditor's account."""

from __future__ import annotations

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

ACTS = ("revoke", "move-end")


class AdmitForm(forms.Form):
    """A new account: its name, the unit it reads, and the moment it ends, UTC."""

    username = forms.CharField(max_length=150, validators=[UnicodeUsernameValidator()])
    display_name = forms.CharField(max_length=120)
    scope = forms.CharField(max_length=200)
    ends_at = forms.DateTimeField()


class ActForm(forms.Form):
    """Ending an account now with the reason, or giving it another end."""

    act = forms.ChoiceField(choices=[(word, word) for word in ACTS])
    reason = forms.CharField(max_length=2000, required=False)
    ends_at = forms.DateTimeField(required=False)
