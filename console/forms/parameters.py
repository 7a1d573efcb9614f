"""A form made from the JSON schema of a goal template's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from orchestration.blueprints.contract import GoalTemplate

MOST_SEED = 2**31 - 1


class GoalForm(forms.Form):
    """Which variant of a template to run: the seed of its data, and the template's parameters."""

    seed = forms.IntegerField(
        label="Seed",
        min_value=0,
        max_value=MOST_SEED,
        initial=1,
        help_text="The same seed and options give the same orders.",
        widget=forms.NumberInput(attrs={"class": "input"}),
    )

    def __init__(self, template: GoalTemplate, data: Any = None) -> None:
        super().__init__(data)
        self.names = list(template.parameters.get("properties", {}))
        required = template.parameters.get("required", ())
        for name, schema in template.parameters.get("properties", {}).items():
            self.fields[name] = field_for(name, schema, required=name in required)

    def options(self) -> dict[str, Any]:
        """What was chosen, without what was left empty."""
        return {
            name: self.cleaned_data[name]
            for name in self.names
            if self.cleaned_data.get(name) not in (None, "")
        }


def field_for(name: str, schema: Mapping[str, Any], *, required: bool) -> forms.Field:
    """A form field for one property: numbers, choices, yes or no, else text."""
    shared: dict[str, Any] = {
        "label": schema.get("title", name.replace("_", " ").capitalize()),
        "help_text": schema.get("description", ""),
        "initial": schema.get("default"),
        "required": required,
    }
    if "enum" in schema:
        choices = [(value, str(value)) for value in schema["enum"]]
        widget = forms.Select(attrs={"class": "input"})
        return forms.TypedChoiceField(choices=choices, widget=widget, **shared)
    kind = schema.get("type")
    if kind == "boolean":
        return forms.BooleanField(**{**shared, "required": False})
    if kind in {"integer", "number"}:
        return _number(kind, schema, shared)
    text = forms.TextInput(attrs={"class": "input"})
    return forms.CharField(max_length=schema.get("maxLength", 400), widget=text, **shared)


def _number(kind: str, schema: Mapping[str, Any], shared: dict[str, Any]) -> forms.Field:
    least, most = schema.get("minimum"), schema.get("maximum")
    if not shared["help_text"] and least is not None and most is not None:
        shared["help_text"] = f"From {least} to {most}."
    made = forms.IntegerField if kind == "integer" else forms.FloatField
    widget = forms.NumberInput(attrs={"class": "input"})
    return made(min_value=least, max_value=most, widget=widget, **shared)
