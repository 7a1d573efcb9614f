"""What a person says about a parked task."""

from __future__ import annotations

from django import forms

CHOICES = ("happened", "did-not", "retry", "give-up", "accept", "reject")


class ResolveForm(forms.Form):
    """The choice, the reason for it, and what an unknown step returned if it happened."""

    resolution = forms.ChoiceField(choices=[(word, word) for word in CHOICES])
    reason = forms.CharField(max_length=2000)
    outcome = forms.CharField(required=False, max_length=100_000)
