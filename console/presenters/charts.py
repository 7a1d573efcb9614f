"""Geometry of the small server-drawn charts: values in, SVG coordinates out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TONES = ("flag", "hold", "deny")
THOUSAND, MILLION = 1_000, 1_000_000
FEWEST_POINTS = 2
GAP = 0.8


@dataclass(frozen=True)
class Box:
    """A drawing area in SVG units; `pad` keeps strokes inside it."""

    width: float
    height: float
    pad: float = 0.0


@dataclass(frozen=True)
class Bar:
    """One rectangle of a chart; `tone` is a colour role of the stylesheet."""

    x: float
    y: float
    width: float
    height: float
    tone: str


@dataclass(frozen=True)
class Mark:
    """One labelled line of an axis, at `position` in SVG units."""

    position: float
    label: str


@dataclass(frozen=True)
class Volume:
    """Exceptions on their own scale over all decisions, sharing one time axis.

    The two panels lie in one picture of `width` by `height`; `top` and `base` are the marks of the
    upper and lower panel, `times` those of the axis below; `base_title` is where the
    name of the lower panel stands, `times_line` the line of the times.
    """

    width: float
    height: float
    exceptions: tuple[Bar, ...]
    all: tuple[Bar, ...]
    top: tuple[Mark, ...]
    base: tuple[Mark, ...]
    times: tuple[Mark, ...]
    base_title: float
    times_line: float


@dataclass(frozen=True)
class VolumeFrame:
    """Where the panels of a volume chart lie: left edge, and top and floor of each panel."""

    width: float = 760
    height: float = 302
    left: float = 34
    top: tuple[float, float] = (22, 176)
    base: tuple[float, float] = (212, 270)
    steps: int = 2


WIDE = VolumeFrame()
NARROW = VolumeFrame(width=342, height=232, top=(22, 126), base=(160, 206))
STRIP = VolumeFrame(width=760, height=84, top=(8, 36), base=(44, 66), steps=1)
STRIP_NARROW = VolumeFrame(width=366, height=84, top=(8, 36), base=(44, 66), steps=1)


def share(part: float, whole: float) -> float:
    """The part as a fraction of the whole; nothing of nothing is zero."""
    return part / whole if whole > 0 else 0.0


def ceiling(value: float) -> int:
    """The smallest of 1, 2, 3, 5 or 8 times a power of ten that is not under the value."""
    step = 1
    while True:
        for factor in (1, 2, 3, 5, 8):
            if factor * step >= value:
                return factor * step
        step *= 10


def short(value: float) -> str:
    """A number for an axis: 1500 is `1.5k`."""
    if value >= MILLION:
        return f"{value / MILLION:g}M"
    return f"{value / THOUSAND:g}k" if value >= THOUSAND else f"{value:g}"


def line_path(values: Sequence[float], box: Box) -> str:
    """The `d` of a line through the values, evenly spread; empty for fewer than two values."""
    if len(values) < FEWEST_POINTS:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = (box.width - 2 * box.pad) / (len(values) - 1)
    inner = box.height - 2 * box.pad
    points = (
        f"{box.pad + i * step:.1f} {box.pad + inner * (1 - (value - low) / span):.1f}"
        for i, value in enumerate(values)
    )
    return "M" + "L".join(points)


def _stack(
    counts: Mapping[str, int], order: Sequence[str], at: Bar, scale: float
) -> tuple[Bar, ...]:
    """Rectangles piled upwards from the floor of `at`, one for each tone that occurs."""
    bars = []
    floor = at.y
    for tone in order:
        height = counts.get(tone, 0) * scale
        if height > 0:
            floor -= height
            drawn = round(max(height - GAP, 0.6), 1)
            bars.append(Bar(at.x, round(floor, 1), at.width, drawn, tone))
    return tuple(bars)


def _marks(limit: int, panel: tuple[float, float], steps: int) -> tuple[Mark, ...]:
    top, floor = panel
    return tuple(
        Mark(round(floor - (floor - top) * i / steps, 1), short(limit * i / steps))
        for i in range(steps + 1)
    )


def volume(
    buckets: Sequence[Mapping[str, int]],
    labels: Mapping[int, str],
    frame: VolumeFrame = WIDE,
) -> Volume:
    """Bars for counts per time bucket.

    Each bucket counts by tone: `allow`, `flag`, `hold`, `deny`. `labels` names some buckets by
    their index for the time axis. Exceptions have their own scale, since allowed steps outnumber
    them by far.
    """
    width = (frame.width - frame.left) / max(len(buckets), 1)
    most = ceiling(max((sum(b.get(t, 0) for t in TONES) for b in buckets), default=0))
    volume_most = ceiling(max((sum(b.values()) for b in buckets), default=0))
    top_scale = (frame.top[1] - frame.top[0]) / most
    base_scale = (frame.base[1] - frame.base[0]) / volume_most
    exceptions: list[Bar] = []
    everything: list[Bar] = []
    for i, counts in enumerate(buckets):
        x, bar = round(frame.left + i * width + width * 0.1, 1), round(width * 0.8, 1)
        exceptions += _stack(counts, TONES, Bar(x, frame.top[1], bar, 0, ""), top_scale)
        total = {"allow": sum(counts.values())}
        everything += _stack(total, ("allow",), Bar(x, frame.base[1], bar, 0, ""), base_scale)
    return Volume(
        frame.width,
        frame.height,
        tuple(exceptions),
        tuple(everything),
        _marks(most, frame.top, frame.steps),
        _marks(volume_most, frame.base, 1),
        tuple(Mark(round(frame.left + (i + 0.5) * width, 1), text) for i, text in labels.items()),
        frame.base[0] - 10,
        frame.base[1] + 16,
    )
