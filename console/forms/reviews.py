"""What a person says about review work: which decisions to draw, and what they think of one."""

from __future__ import annotations

from typing import Any

from django import forms

from orchestration.models import Sample
from orchestration.operations.reviews import LARGEST_SAMPLE, LONGEST_TEXT, MOST_READERS
from orchestration.vocabulary import SampleMethod, VerdictWord

LONGEST_SEED = 80


class DrawForm(forms.Form):
    """A sample to draw. Times are UTC."""

    label = forms.CharField(max_length=120)
    scope = forms.CharField(max_length=200)
    method = forms.ChoiceField(choices=[(one.value, one.value) for one in SampleMethod])
    covers = forms.ChoiceField(choices=Sample.Covers.choices)
    since = forms.DateTimeField()
    until = forms.DateTimeField()
    wanted = forms.IntegerField(min_value=1, max_value=LARGEST_SAMPLE)
    readers = forms.IntegerField(min_value=1, max_value=MOST_READERS)
    seed = forms.CharField(max_length=LONGEST_SEED)


class VerdictForm(forms.Form):
    """A verdict with its reason, and the revision of the review that the person saw."""

    verdict = forms.ChoiceField(choices=[(one.value, one.value) for one in VerdictWord])
    reason = forms.CharField(max_length=LONGEST_TEXT)
    revision = forms.IntegerField(min_value=1)


class RemarkForm(forms.Form):
    """A remark about a decision."""

    remark = forms.CharField(max_length=LONGEST_TEXT)


def problems(form: forms.Form) -> list[str]:
    """What is wrong in a form, a sentence each, with the field it is about."""
    faults: dict[str, Any] = dict(form.errors)
    return [f"{name}: {said}" for name, errors in faults.items() for said in errors]
