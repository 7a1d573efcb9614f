"""The tags templates are written with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.utils import timezone

from console.presenters import words
from orchestration import vocabulary


def render(source: str, **context: object) -> str:
    return Template("{% load signalbox %}" + source).render(Context(context))


def test_a_decision_is_told_by_word_icon_and_colour():
    chip = render('{% decision "hold" %}')
    assert 'class="chip hold"' in chip
    assert "#clock" in chip
    assert "Hold" in chip


def test_text_in_a_chip_is_escaped():
    assert "&lt;b&gt;" in render("{% decision effect label %}", effect="allow", label="<b>")


def test_an_unknown_state_is_shown_as_it_is():
    assert "Levitating" in render('{% state "task" "levitating" %}')


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("goal", vocabulary.GoalState),
        ("task", vocabulary.TaskState),
        ("attempt", vocabulary.AttemptState),
        ("step", vocabulary.StepState),
        ("approval", vocabulary.ApprovalState),
        ("agent", vocabulary.AgentState),
        ("risk", vocabulary.Risk),
        ("parked", vocabulary.ParkReason),
        ("bundle", vocabulary.BundleState),
    ],
)
def test_every_stored_state_has_a_look(kind, states):
    assert set(words.STATES[kind]) >= {str(state) for state in states}


def test_every_effect_has_a_look():
    assert set(words.DECISIONS) >= {str(effect) for effect in vocabulary.Effect}


def test_a_moment_carries_its_exact_time():
    moment = timezone.now() - timedelta(minutes=3, seconds=1)
    shown = render("{% when moment %}", moment=moment)
    assert "3 min ago" in shown
    assert f'datetime="{moment.isoformat()}"' in shown


def test_no_moment_is_said_in_words():
    assert "never" in render("{% when moment %}", moment=None)
    assert "no end" in render("{% left moment %}", moment=None)


def test_time_that_is_up_is_not_counted_below_zero():
    past = timezone.now() - timedelta(minutes=1)
    assert "no time left" in render("{% left moment %}", moment=past)


def test_nouns_agree_with_their_counts():
    assert render('{% plural 1 "entry" "entries" %}') == "1 entry"
    assert render('{% plural 1204 "entry" "entries" %}') == "1,204 entries"


def test_json_is_escaped_and_masked():
    shown = render("{% json value paths %}", value={"a": "<i>", "iban": "DE89"}, paths=["iban"])
    assert "&lt;i&gt;" in shown
    assert "DE89" not in shown


def test_a_limit_that_is_reached_is_shown_as_denied():
    assert 'class="meter deny"' in render("{% meter 100 100 %}")
    assert 'class="meter hold"' in render("{% meter 80 100 %}")
    assert "50 percent used" in render("{% meter 50 100 %}")


def test_values_of_panels_stand_side_by_side_newest_first():
    panels = [{"values": [1, 2, 3]}, {"values": [10, 20, 30]}]
    source = (
        "{% for ago, row in panels|side_by_side %}{{ ago }}:{{ row.0 }}/{{ row.1 }} {% endfor %}"
    )
    assert render(source, panels=panels) == "0:3/30 1:2/20 2:1/10 "


def test_icons_come_from_the_sprite_and_every_named_one_is_in_it():
    from pathlib import Path

    from django.conf import settings

    sprite = (Path(settings.BASE_DIR) / "static/vendor/lucide/icons.svg").read_text()
    looks = [look for table in words.STATES.values() for look in table.values()]
    named = {look.icon for look in [*looks, *words.DECISIONS.values()]}
    assert {name for name in named if f'id="{name}"' not in sprite} == set()
