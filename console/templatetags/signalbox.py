"""`{% load signalbox %}`: icons, chips of decisions and states, times, money, numbers, JSON.

All text passes through escaping; what is shown and how comes from console.presenters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.presenters import charts, formats, words

register = template.Library()
NEARLY_USED = 0.8
SPRITE = "vendor/lucide/icons.svg"


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite, hidden from screen readers: `{% icon "clock" %}`, `"sm"` for 14 px."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {size}" if size else "",
        static(SPRITE),
        name,
    )


def _chip(look: words.Look, label: str = "") -> SafeString:
    return format_html(
        '<span class="chip {}">{}{}</span>', look.tone, icon(look.icon), label or look.label
    )


@register.simple_tag
def decision(effect: str, label: str = "") -> SafeString:
    """A chip for allow, hold, deny or flag: `{% decision step.effect %}`; a label replaces it."""
    return _chip(words.decision_look(str(effect)), label)


@register.simple_tag
def state(kind: str, value: str, label: str = "") -> SafeString:
    """A chip for the state of a goal, task, step, approval, agent: `{% state "goal" goal.state %}`.

    Other kinds: attempt, bundle, mode, risk, effect, parked, health.
    """
    return _chip(words.state_look(kind, str(value)), label)


@register.simple_tag
def mark(effect: str, size: str = "") -> SafeString:
    """Only the coloured icon of a decision, with its word for screen readers."""
    look = words.decision_look(str(effect))
    return format_html(
        '<span class="ink {}">{}<span class="sr">{}</span></span>',
        look.tone,
        icon(look.icon, size),
        look.label,
    )


@register.filter
def tone(value: str, kind: str) -> str:
    """The tone of a state, as a class: `<i class="dot {{ agent.state|tone:'agent' }}">`."""
    return words.state_look(kind, str(value)).tone


@register.simple_tag
def when(moment: datetime | None, missing: str = "never") -> SafeString:
    """A moment as distance from now, kept fresh by script; the exact time is in the title."""
    if moment is None:
        return format_html('<span class="dimmer">{}</span>', missing)
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.isoformat(),
        _exact(moment),
        formats.ago(moment, timezone.now()),
    )


@register.simple_tag
def left(moment: datetime | None, missing: str = "no end") -> SafeString:
    """The time left until a moment, counted down by script: `5 min 48 s`."""
    if moment is None:
        return format_html('<span class="dimmer">{}</span>', missing)
    span = max(timedelta(0), moment - timezone.now())
    return format_html(
        '<time datetime="{}" title="{}" data-countdown>{}</time>',
        moment.isoformat(),
        _exact(moment),
        formats.duration(timedelta(seconds=int(span.total_seconds()))) if span else "no time left",
    )


@register.simple_tag
def at(moment: datetime | None, form: str = "H:i:s") -> SafeString:
    """A moment as a clock reading; `form` is a Django date format, default hours to seconds."""
    if moment is None:
        return format_html('<span class="dimmer">{}</span>', "none")
    from django.utils.dateformat import format as date_format

    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        _exact(moment),
        date_format(local, form),
    )


def _exact(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%d %b %Y, %H:%M:%S %Z")


@register.filter
def money(minor: int | None, currency: str = "") -> str:
    """Minor units as text: `{{ step.amount_minor|money:"USD" }}` is `12,400.00 USD`."""
    return "" if minor is None else formats.money(int(minor), currency)


@register.filter
def size(count: int | None) -> str:
    """A number of bytes: `48.3 kB`."""
    return "" if count is None else formats.size(int(count))


@register.filter
def duration(span: timedelta | float | None) -> str:
    """A span, given as timedelta or seconds: `4 min 12 s`."""
    return "" if span is None else formats.duration(span)


@register.filter
def number(value: float | None) -> str:
    """A count with thousands separated: `4,182,907`."""
    return "" if value is None else formats.number(value)


@register.filter
def masked(text: str) -> str:
    """A secret of which only the ends of a long value show."""
    return formats.masked(str(text))


@register.simple_tag
def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `{% plural 3 "step" %}` is `3 steps`."""
    return f"{formats.number(count)} {one if count == 1 else many or one + 's'}"


@register.simple_tag
def json(value: Any, masked_paths: Collection[str] = ()) -> SafeString:
    """A JSON value as a scrollable block, the leaves at the dotted paths masked."""
    return format_html(
        '<pre class="json" tabindex="0" role="region" aria-label="JSON">{}</pre>',
        formats.pretty(value, masked_paths),
    )


@register.filter
def side_by_side(panels: Sequence[Mapping[str, Any]]) -> list[tuple[int, tuple[Any, ...]]]:
    """The values of several panels as rows, newest first: (minutes ago, one value a panel)."""
    rows = zip(*(panel["values"] for panel in panels), strict=True)
    return list(enumerate(reversed(list(rows))))


@register.simple_tag
def sparkline(values: Collection[float], label: str) -> SafeString:
    """A small line of values over time, described by `label` for those who can't see it."""
    return format_html(
        '<svg class="spark" viewBox="0 0 84 20" role="img" aria-label="{}"><path d="{}"/></svg>',
        label,
        charts.line_path(list(values), charts.Box(84, 20, pad=1.5)),
    )


@register.simple_tag
def meter(part: float, whole: float, tone: str = "", css: str = "meter") -> SafeString:
    """A bar of how much of a limit is used; turns hold at 80 % and deny at 100 % unless told."""
    share = charts.share(part, whole)
    chosen = tone or ("deny" if share >= 1 else "hold" if share >= NEARLY_USED else "")
    radius = 3 if css == "meter" else 0
    return format_html(
        '<svg class="{} {}" viewBox="0 0 64 6" preserveAspectRatio="none" role="img"'
        ' aria-label="{} percent used"><rect class="bg" width="64" height="6" rx="{}"/>'
        '<rect class="fg" width="{}" height="6" rx="{}"/></svg>',
        css,
        chosen,
        round(share * 100),
        radius,
        round(min(share, 1) * 64, 1),
        radius,
    )
