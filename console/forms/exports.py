"""What a person asks to take away."""

from __future__ import annotations

from django import forms

from audit.exports import FORMATS
from audit.sizes import BUNDLE

LONGEST_QUERY = 2000


class ExportForm(forms.Form):
    """The format, the search, and whether the bundle's page may name people."""

    form = forms.ChoiceField(choices=[(name, name) for name in (BUNDLE, *FORMATS)])
    q = forms.CharField(required=False, max_length=LONGEST_QUERY)
    names = forms.BooleanField(required=False)
