"""Ping-pong: agents hand the same work, or the same words, back and forth. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from orchestration.detection.events import Awarded, Event, Step, TaskAdded
from orchestration.detection.evidence import each_once, in_a_row, of_steps
from orchestration.detection.findings import (
    About,
    Finding,
    Node,
    Quiet,
    Response,
    Severity,
    Threshold,
)
from orchestration.detection.recent import Recent

ROUNDS = 2
LETTERS = 6
WORDS = 2
LONGEST_RING = 4
TASKS = 10_000
PAIRS = 20_000
WINDOW_S = 600.0


@dataclass(frozen=True, slots=True)
class _Hand:
    """A task in the chain of hand-overs that led to it."""

    task: str
    agent: str
    capability: str
    at: float


Chain = tuple[_Hand, ...]
KEPT = 2 * LONGEST_RING + 1


def ring(chain: Chain) -> int:
    """How many agents the end of a chain goes round among, twice; 0 when it does not."""
    marks = [(hand.agent, hand.capability) for hand in chain]
    for length in range(2, LONGEST_RING + 1):
        last = marks[-length:]
        rounds = [marks[-length * (n + 1) : len(marks) - length * n] for n in range(ROUNDS)]
        if all(one == last for one in rounds) and len({agent for agent, _ in last}) > 1:
            return length
    return 0


class PingPong(Quiet):
    """Watches chains of questions and subtasks, awards of one task, and letters of two agents."""

    about = About(
        name="coherence.ping-pong",
        title="Ping-pong",
        sentence="Agents hand the same work or the same words to each other and back.",
        needs=(TaskAdded, Awarded, Step),
        thresholds=(
            Threshold("rounds", ROUNDS, "asking back once is a question, a second time is not"),
            Threshold("letters", LETTERS, "three letters each way, alternating"),
            Threshold("different words", WORDS, "a negotiation changes its offer, this does not"),
        ),
        cost="constant: a look at the last nine hands of a chain, or six letters of a pair",
        ladder=(Response.FLAG, Response.DAMP, Response.REASSIGN, Response.ESCALATE),
    )

    def __init__(self) -> None:
        self._added: Recent[str, TaskAdded | None] = Recent(TASKS, lambda: None)
        self._chains: Recent[str, Chain] = Recent(TASKS, tuple)
        self._letters: Recent[tuple[str, str], deque[Step]] = Recent(
            PAIRS, lambda: deque(maxlen=LETTERS)
        )
        self._told: Recent[str, bool] = Recent(TASKS, bool)

    def see(self, event: Event) -> Iterable[Finding]:
        """A ring that closes for the second time."""
        if isinstance(event, TaskAdded):
            self._added.put(event.task, event)
        elif isinstance(event, Awarded):
            return self._hand_over(event)
        elif isinstance(event, Step) and event.act == "message.send":
            return self._letter(event)
        return ()

    def _hand_over(self, event: Awarded) -> Iterable[Finding]:
        added = self._added.find(event.task)
        if added is None:
            return ()
        before = self._chains.find(event.task)
        if before is None:
            before = self._chains.find(added.parent) or ()
        if before and added.purpose == "work" and before[-1].agent == event.agent:
            # the next tick of the same agent hands nothing over
            self._chains.put(event.task, before)
            return ()
        hand = _Hand(event.task, event.agent, added.capability, event.at)
        chain = (*before, hand)[-KEPT:]
        self._chains.put(event.task, chain)
        length = ring(chain)
        root = chain[0].task
        if not length or self._told.find(root):
            return ()
        self._told.put(root, True)
        return (_of_hands(event, chain[-ROUNDS * length :], length),)

    def _letter(self, event: Step) -> Iterable[Finding]:
        pair = (min(event.agent, event.target), max(event.agent, event.target))
        letters = self._letters.touch(pair)
        letters.append(event)
        if len(letters) < LETTERS or event.at - letters[0].at > WINDOW_S:
            return ()
        senders = [one.agent for one in letters]
        alternating = all(a != b for a, b in pairwise(senders))
        if not alternating or len({one.value for one in letters}) > WORDS:
            return ()
        found = _of_letters(event, list(letters))
        letters.clear()
        return (found,)


def _of_hands(event: Awarded, hands: Chain, length: int) -> Finding:
    nodes = tuple(
        Node(f"{h.task}:{n}", "task", h.capability, h.agent, h.at) for n, h in enumerate(hands)
    )
    edges = in_a_row(nodes, "hands over")
    agents = each_once(hand.agent for hand in hands)
    named = " and ".join(f"{{{number}}}" for number in range(len(agents)))
    return Finding(
        detector=PingPong.about.name,
        key=f"{event.goal}:{'/'.join(sorted(agents))}",
        severity=Severity.HIGH,
        confidence=0.95,
        title=f"{named} hand the same work round among each other.",
        at=event.at,
        since=hands[0].at,
        scope=event.scope,
        goal=event.goal,
        agents=agents,
        tasks=each_once(hand.task for hand in hands),
        nodes=nodes,
        edges=edges,
        figures={"hand-overs": len(hands), "agents": length},
    )


def _of_letters(event: Step, letters: list[Step]) -> Finding:
    nodes = of_steps(letters)
    edges = in_a_row(nodes, "answers")
    agents = each_once(one.agent for one in letters)
    return Finding(
        detector=PingPong.about.name,
        key=f"{event.goal}:{'/'.join(sorted(agents))}",
        severity=Severity.MEDIUM,
        confidence=0.9,
        title="{0} and {1} send each other the same words again and again.",
        at=event.at,
        since=letters[0].at,
        scope=event.scope,
        goal=event.goal,
        agents=agents,
        tasks=each_once(one.task for one in letters),
        nodes=nodes,
        edges=edges,
        figures={"letters": len(letters)},
    )
