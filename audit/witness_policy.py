"""Which witnesses a log asks, and how many of their signatures count: a policy as a text; pure.

The form is that of Sigsum's policy files with the verifier keys of C2SP signed notes, one rule a
line: `witness NAME KEY URL`, `group NAME K MEMBER…` with a number, `any` or `all` for K, and
`quorum NAME`, which names a witness or a group. Without a quorum one signature is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from audit.notes import COSIGNATURE, BadNote, VerifierKey, parse_key

HERE = frozenset({"127.0.0.1", "localhost", "::1"})
NONE = "none"


@dataclass(frozen=True)
class KnownWitness:
    """A witness this log asks: its key, where it answers, and what the policy calls it."""

    key: VerifierKey
    url: str
    name: str = ""

    @property
    def local(self) -> bool:
        """Whether it answers on the log's own host, where it shows everything and proves little."""
        return urlsplit(self.url).hostname in HERE

    def __str__(self) -> str:
        return f"witness {self.name or self.key.name} {self.key} {self.url}"


@dataclass(frozen=True)
class Group:
    """So many of these members, each a witness or another group."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class WitnessPolicy:
    """The witnesses by their names, and what must have signed for a tree to count as witnessed.

    Attributes:
        quorum: the name of a witness or a group; empty means any one witness; `none` means that
            no signature is needed.
    """

    witnesses: Mapping[str, KnownWitness] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = ""

    def is_met(self, signed: Callable[[KnownWitness], bool]) -> bool:
        """Whether those who signed are enough."""
        if self.quorum == NONE:
            return True
        if not self.quorum:
            return any(signed(one) for one in self.witnesses.values())
        return self._counts(self.quorum, signed)

    def _counts(self, name: str, signed: Callable[[KnownWitness], bool]) -> bool:
        if name in self.witnesses:
            return signed(self.witnesses[name])
        group = self.groups[name]
        return sum(self._counts(member, signed) for member in group.members) >= group.least

    def said(self) -> str:
        """The quorum as a person reads it."""
        if self.quorum == NONE:
            return "none needed"
        group = self.groups.get(self.quorum)
        if group:
            return f"{group.least} of {', '.join(group.members)}"
        return self.quorum or f"any 1 of {len(self.witnesses)}"


def parse_policy(text: str) -> WitnessPolicy:
    """Read a policy; raises BadNote with the line that cannot be followed."""
    witnesses: dict[str, KnownWitness] = {}
    groups: dict[str, Group] = {}
    quorum = ""
    for number, words in _rules(text):
        known = witnesses.keys() | groups.keys()
        match words:
            case ["witness", name, key, url] if name not in known:
                witnesses[name] = _witness(name, key, url, number)
            case ["group", name, least, *members] if name not in known and members:
                groups[name] = _group(least, members, known, number)
            case ["quorum", name] if not quorum and name in known | {NONE}:
                quorum = name
            case _:
                raise _bad(number, "a rule is `witness NAME KEY URL`, `group NAME K MEMBER…` or")
    return WitnessPolicy(witnesses, groups, quorum)


def _rules(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if words:
            yield number, words


def _witness(name: str, key: str, url: str, number: int) -> KnownWitness:
    try:
        parsed = parse_key(key)
    except BadNote as error:
        raise _bad(number, f"{error};") from error
    if parsed.kind != COSIGNATURE or urlsplit(url).scheme not in ("http", "https"):
        raise _bad(number, "a witness has a key to cosign with and an http address;")
    return KnownWitness(parsed, url.rstrip("/"), name)


def _group(least: str, members: list[str], known: frozenset[str] | set[str], number: int) -> Group:
    wanted = {"any": "1", "all": str(len(members))}.get(least, least)
    named_before = set(members) <= known and len(set(members)) == len(members)
    if not wanted.isdecimal() or not 1 <= int(wanted) <= len(members) or not named_before:
        raise _bad(number, "a group takes so many of members named before it, each once;")
    return Group(int(wanted), tuple(members))


def _bad(number: int, why: str) -> BadNote:
    return BadNote(f"line {number} of the witness policy: {why} `quorum NAME` ends a policy")


def with_witness(text: str, witness: KnownWitness) -> str:
    """The policy with this witness in it, known by its key: added, or at its new address."""
    lines = text.splitlines()
    for place, line in enumerate(lines):
        words = line.split("#", 1)[0].split()
        if words[:1] == ["witness"] and words[2:3] == [str(witness.key)]:
            lines[place] = str(KnownWitness(witness.key, witness.url, words[1]))
            return "\n".join([*lines, ""])
    rules = (n for n, line in enumerate(lines) if not line.startswith(("#", "witness")))
    end = next(rules, len(lines))
    return "\n".join([*lines[:end], str(witness), *lines[end:], ""])
