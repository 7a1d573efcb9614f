"""Which access report a person asks for."""

from __future__ import annotations

from django import forms


class WindowForm(forms.Form):
    """A unit and a time; UTC, whole days."""

    scope = forms.CharField(max_length=200)
    since = forms.DateField()
    until = forms.DateField()
