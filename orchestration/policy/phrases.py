"""Conditions in words: what a person reads beside the text of a rule.

Common forms become sentences; a form that has no words of its own is quoted as it stands, so that
the reading never says anything the condition does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.policy.expressions import Token, tokens_of
from orchestration.policy.fields import ROOTS

_COMPARED = {
    "==": "is",
    "!=": "is not",
    ">": "is over",
    ">=": "is at least",
    "<": "is under",
    "<=": "is at most",
}
_CALLED = {
    "startsWith": "starts with",
    "endsWith": "ends with",
    "contains": "contains",
    "matches": "matches",
}
_OWNERS = {
    "act": "the act's",
    "agent": "the agent's",
    "goal": "the goal's",
    "task": "the task's",
    "unit": "the unit's",
    "time": "the",
}
_ANY_LEAF = re.compile(r"""act\.labels\.exists\((\w+),["']([\w-]+)["'] in act\.labels\[\1\]\)""")
Tokens = Sequence[Token]


def in_words(source: str) -> str:
    """A condition as part of a sentence, such as `the argument amount is over 5`."""
    return _any(tokens_of(source))


def _any(tokens: Tokens) -> str:
    parts = _split(tokens, "||")
    if len(parts) > 1:
        return ", or ".join(_all(part) for part in parts)
    return _all(tokens)


def _all(tokens: Tokens) -> str:
    return " and ".join(_one(part) for part in _split(tokens, "&&"))


def _one(tokens: Tokens) -> str:
    inner = _inside(tokens)
    if inner is not None:
        return _any(inner) if len(_split(inner, "||")) == 1 else f"({_any(inner)})"
    if tokens and tokens[0].text == "!":
        return _negated(tokens[1:])
    labelled = _ANY_LEAF.fullmatch(_text(tokens))
    if labelled:
        return f"any argument is labelled {labelled[2]}"
    return _known(tokens) or f"`{_text(tokens)}`"


def _negated(tokens: Tokens) -> str:
    if len(tokens) > 1 and tokens[0].text == "has":
        return f"{_path(tokens[2:-1]) or _text(tokens)} is not given"
    return f"it is not so that ({_any(_inside(tokens) or tokens)})"


def _known(tokens: Tokens) -> str:
    return _comparison(tokens) or _membership(tokens) or _called(tokens) or _bare(tokens)


def _comparison(tokens: Tokens) -> str:
    at = next((i for i, token in enumerate(tokens) if token.text in _COMPARED), 0)
    if not at:
        return ""
    left, right = _value(tokens[:at]), _value(tokens[at + 1 :])
    return f"{left} {_COMPARED[tokens[at].text]} {right}" if left and right else ""


def _membership(tokens: Tokens) -> str:
    at = next((i for i, token in enumerate(tokens) if token.text == "in"), 0)
    if not at:
        return ""
    left, right = tokens[:at], tokens[at + 1 :]
    if _labelled(right) and len(left) == 1:
        leaf = ".".join(token.text for token in right[4:] if token.kind != "mark").strip("\"'")
        return f"the argument {leaf} is labelled {_plain(left[0])}"
    items = _listed(right)
    if items and _path(left):
        return f"{_path(left)} is {items}"
    return f"{_path(right)} include {_value(left)}" if _path(right) and _value(left) else ""


def _labelled(tokens: Tokens) -> bool:
    return [token.text for token in tokens[:3]] == ["act", ".", "labels"] and _path(tokens) != ""


def _listed(tokens: Tokens) -> str:
    if len(tokens) < 3 or tokens[0].text != "[" or tokens[-1].text != "]":  # noqa: PLR2004
        return ""
    items = [_plain(token) for token in tokens[1:-1] if token.text != ","]
    return items[0] if len(items) == 1 else f"one of {', '.join(items[:-1])} or {items[-1]}"


def _called(tokens: Tokens) -> str:
    texts = [token.text for token in tokens]
    if texts[:2] == ["has", "("]:
        path = _path(tokens[2:-1])
        return f"{path} is given" if path else ""
    if len(tokens) > 5 and texts[-3] == "(" and texts[-4] in _CALLED:  # noqa: PLR2004
        path = _path(tokens[:-5])
        return f"{path} {_CALLED[texts[-4]]} {_plain(tokens[-2])}" if path else ""
    return ""


def _bare(tokens: Tokens) -> str:
    if len(tokens) == 1 and tokens[0].text in {"true", "false"}:
        return "always" if tokens[0].text == "true" else "never"
    path = _path(tokens)
    return f"{path} is true" if path else ""


def _value(tokens: Tokens) -> str:
    if len(tokens) == 1 and tokens[0].kind in {"text", "number"}:
        return _plain(tokens[0])
    if len(tokens) == 1 and tokens[0].text in {"true", "false", "null"}:
        return tokens[0].text
    return _path(tokens)


def _path(tokens: Tokens) -> str:
    """A field in words, or nothing when the tokens are more than a field."""
    words = [token for token in tokens if token.kind != "mark"]
    marks = {token.text for token in tokens if token.kind == "mark"}
    if not words or words[0].text not in ROOTS or not marks <= {".", "[", "]"}:
        return ""
    root, names = words[0].text, [_plain(word) for word in words[1:]]
    if root == "facts" and names:
        return " ".join(names).replace("_", " ")
    if root == "act" and names[:1] == ["arguments"] and names[1:]:
        return f"the argument {'.'.join(names[1:])}"
    if root == "act" and names[:1] == ["origin"] and names[1:]:
        return f"the origin of {'.'.join(names[1:])}"
    return f"{_OWNERS.get(root, root)} {' '.join(names).replace('_', ' ')}".strip()


def _plain(token: Token) -> str:
    if token.kind == "number" and token.text.isdigit():
        return f"{int(token.text):,}"
    return token.text.strip("\"'") if token.kind == "text" else token.text


def _inside(tokens: Tokens) -> Tokens | None:
    """What a pair of brackets around everything holds."""
    if len(tokens) < 2 or tokens[0].text != "(":  # noqa: PLR2004
        return None
    depth = 0
    for at, token in enumerate(tokens):
        depth += _step(token)
        if depth == 0:
            return tokens[1:-1] if at == len(tokens) - 1 else None
    return None


def _split(tokens: Tokens, mark: str) -> list[Tokens]:
    parts: list[Tokens] = []
    depth = begin = 0
    for at, token in enumerate(tokens):
        depth += _step(token)
        if depth == 0 and token.text == mark:
            parts.append(tokens[begin:at])
            begin = at + 1
    return [*parts, tokens[begin:]]


def _step(token: Token) -> int:
    if token.kind != "mark":
        return 0
    return (token.text in "([{") - (token.text in ")]}")


def _text(tokens: Tokens) -> str:
    said = ""
    for token in tokens:
        spaced = token.text in {"&&", "||", "==", "!=", "<=", ">=", "<", ">", "in", "?", ":", "+"}
        said += f" {token.text} " if spaced else token.text
    return " ".join(said.split())
