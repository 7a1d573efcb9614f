"""Templates keep to the strict content security policy: nothing inline, nothing evaluated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
SAFE_IN: frozenset[str] = frozenset()
"""Templates that may mark text as safe, each because that text was made by our own code."""

PATTERNS = {
    "inline script": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>",
    "inline style": r"<style[\s>]|\sstyle\s*=",
    "event attribute": r"<[^>%{]*\son[a-z]+\s*=",
    "htmx event attribute": r"\bhx-on\b",
    "evaluated by htmx": r"hx-[a-z:-]+\s*=\s*[\"'](js|javascript):",
    "trigger with a filter": r"hx-trigger\s*=\s*\"[^\"]*\[[^\"]*\"",
    "script address": r"(href|src|action)\s*=\s*[\"']\s*javascript:",
    "foreign address": r"<(script|link|img)[^>]*(src|href)\s*=\s*[\"'](https?:)?//",
}
RULES = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in PATTERNS.items()}
EVALUATES = re.compile(r"\beval\(|\bnew Function\(|\.innerHTML\s*=|document\.write\(")

BAD = {
    "inline script": "<script>go()</script>",
    "inline style": '<p style="color: red">',
    "event attribute": '<button type="button" onclick="go()">',
    "htmx event attribute": '<div hx-on:click="go()">',
    "evaluated by htmx": '<div hx-vals="js:{now: Date.now()}">',
    "trigger with a filter": '<div hx-trigger="keyup[ctrlKey]">',
    "script address": '<a href="javascript:go()">',
    "foreign address": '<script src="https://cdn.example/x.js">',
}
GOOD = [
    '<script type="module" src="{% static \'js/live.js\' %}"></script>',
    '<script id="flow" type="application/json">{}</script>',
    '<div hx-trigger="keyup changed delay:200ms" hx-get="/x"></div>',
    '<link rel="stylesheet" href="/static/css/base.css">',
    "<p>Once upon a time = long ago</p>",
]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_nothing_inline(path: Path) -> None:
    text = path.read_text("utf-8")
    assert {name for name, rule in RULES.items() if rule.search(text)} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_marks_no_text_as_safe(path: Path) -> None:
    if str(path.relative_to(ROOT / "templates")) not in SAFE_IN:
        text = path.read_text("utf-8")
        assert not re.search(r"\|\s*safe\b|\{%\s*autoescape\s+off", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_script_evaluates_nothing(path: Path) -> None:
    assert not EVALUATES.search(path.read_text("utf-8"))


@pytest.mark.parametrize("name", RULES)
def test_each_rule_finds_what_it_is_for(name: str) -> None:
    assert RULES[name].search(BAD[name])


@pytest.mark.parametrize("text", GOOD)
def test_no_rule_minds_what_is_fine(text: str) -> None:
    assert [name for name, rule in RULES.items() if rule.search(text)] == []
