"""The form of a saved view of the ledger."""

from __future__ import annotations

from django import forms

from orchestration.operations.saved_views import LONGEST_LABEL, LONGEST_QUERY


class ViewForm(forms.Form):
    """A name, and the query string of the page that is kept under it."""

    label = forms.CharField(
        label="Name",
        max_length=LONGEST_LABEL,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    query = forms.CharField(
        max_length=LONGEST_QUERY, required=False, widget=forms.HiddenInput, strip=False
    )

    def said(self) -> list[str]:
        """What is wrong, field by field, in sentences."""
        names = {"label": "Name", "query": "Search"}
        return [
            f"{names[field]}: {' '.join(map(str, found))}" for field, found in self.errors.items()
        ]
