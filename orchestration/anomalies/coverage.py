"""Poor data: a tool that agents rely on answers with gaps, or with the same old thing. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.anomalies.robust import Running
from orchestration.detection.events import Event, Step
from orchestration.detection.evidence import each_once, in_a_row, of_steps
from orchestration.detection.findings import (
    About,
    Finding,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

LEARNING = 40
WINDOW = 6
MORE = 0.25
SPREADS = 6.0
STUCK = 20
VARIED = 0.8
TOOLS = 5_000


@dataclass(slots=True)
class _Tool:
    """Usual share of gaps, the last answers, and how varied answers to different calls are."""

    gaps: Running = field(default_factory=lambda: Running(rate=0.03, least=0.02))
    last: deque[Step] = field(default_factory=lambda: deque(maxlen=STUCK))
    varied: Running = field(default_factory=lambda: Running(rate=0.02))
    told: bool = False


class Coverage(Quiet):
    """Watches the answers of reading tools."""

    about = About(
        name="anomalies.poor-data",
        title="Poor data",
        sentence="A source that agents rely on answers with gaps, or gives the same answer to "
        "everything.",
        needs=(Step,),
        thresholds=(
            Threshold("learning", LEARNING, "answers before its usual gaps are known"),
            Threshold("answers in a row", WINDOW, "one empty answer is an empty shelf"),
            Threshold("more gaps", MORE, "a quarter of all leaves more than usual"),
            Threshold("stuck", STUCK, "different questions, one answer, where answers differed"),
        ),
        cost="constant: the last twenty answers of a tool",
        ladder=(Response.FLAG, Response.REPLAN, Response.PAUSE, Response.ESCALATE),
        exact=False,
    )

    def __init__(self) -> None:
        self._tools: Recent[str, _Tool] = Recent(TOOLS, _Tool)

    def see(self, event: Event) -> Iterable[Finding]:
        """The answer that shows the source has gone bad."""
        if not isinstance(event, Step) or event.act != "tool.call" or event.effect != "read":
            return ()
        if event.state != "done" or event.blanks is None:
            return ()
        tool = self._tools.touch(event.target)
        before = tool.last[-1] if tool.last else None
        tool.last.append(event)
        recent = list(tool.last)[-WINDOW:]
        limit = tool.gaps.centre + max(MORE, SPREADS * tool.gaps.sigma)
        poor = tool.gaps.count >= LEARNING and all((s.blanks or 0) > limit for s in recent)
        stuck = self._stuck(tool)
        if event.blanks <= limit or tool.gaps.count < LEARNING:
            tool.gaps.learn(event.blanks)
        if before is not None and before.call != event.call and not stuck:
            tool.varied.learn(float(before.outcome != event.outcome))
        if not (poor or stuck) or tool.told:
            tool.told = tool.told and (poor or stuck)
            return ()
        tool.told = True
        return (_found(event, recent, stuck=stuck, usual=tool.gaps.centre),)

    def _stuck(self, tool: _Tool) -> bool:
        """Whether answers that used to differ are all one though the questions differ."""
        if len(tool.last) < STUCK or tool.varied.count < LEARNING or tool.varied.centre < VARIED:
            return False
        calls = {one.call for one in tool.last}
        return len(calls) > STUCK // 2 and len({one.outcome for one in tool.last}) == 1


def _found(step: Step, shown: list[Step], *, stuck: bool, usual: float) -> Finding:
    gaps = sum(one.blanks or 0 for one in shown) / len(shown)
    said = "gives the same answer to every question" if stuck else f"leaves {gaps:.0%} empty"
    agents = each_once(one.agent for one in shown)
    return Finding(
        detector=Coverage.about.name,
        key=step.target,
        severity=Severity.MEDIUM,
        confidence=0.85,
        title=f"{step.target} {said}; agents rely on it.",
        at=step.at,
        since=shown[0].at,
        scope=step.scope,
        goal=step.goal,
        agents=agents,
        tasks=each_once(one.task for one in shown),
        nodes=of_steps(shown),
        edges=in_a_row(shown),
        figures={"share empty": round(gaps, 2), "usual share": round(usual, 2)},
    )
