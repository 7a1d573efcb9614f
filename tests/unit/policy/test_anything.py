"""Whatever comes in, a text is read or refused, and a request is decided or refused."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import InvalidInput
from orchestration.policy.conditions import check, compiled
from orchestration.policy.engine import decide
from orchestration.policy.expressions import shape_of
from orchestration.policy.labels import Seen
from orchestration.policy.language import KEYS, RULE_KEYS, parse, problems_of
from orchestration.policy.phrases import in_words
from orchestration.policy.reading import reading
from orchestration.policy.request import Request
from orchestration.policy.sample import sample_request
from tests.unit.policy.makers import bundle, policy, rule

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)

FIELDS = "act.name act.arguments.a act.labels.a facts.x time.hour agent.grants unknown x"
MARKS = "&& || ! == != < > <= >= in + - * / % ? : . , ( ) [ ] { } has all exists map"
PLAIN = "1 -1 1.5 9999999999999999999 'a' \"b\" r'c' true false null // 'unclosed \u202e"
LOOP = "act.arguments.l.exists(k, k == 1)"
words = st.sampled_from([*f"{FIELDS} {MARKS} {PLAIN}".split(" "), "\n", LOOP])


@given(st.lists(words, max_size=12).map(" ".join))
def test_any_row_of_words_is_a_condition_or_is_refused(source: str) -> None:
    faults = check(source)

    if faults:
        assert all(one.line >= 1 and one.column >= 1 and one.message for one in faults)
    else:
        assert compiled(source)
        assert in_words(source)
        assert all(path[0] in {"act", "agent", "time"} for path in shape_of(source).references)


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_is_refused_with_a_place(text: str) -> None:
    found = problems_of(text)

    assert found or parse(text)
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)


@given(
    st.dictionaries(st.sampled_from([*KEYS, "extra"]), values, max_size=6),
    st.lists(st.dictionaries(st.sampled_from(RULE_KEYS), values, max_size=5), max_size=2),
)
def test_any_values_in_the_places_of_a_policy_are_read_or_refused(
    parts: dict[str, Any], rules: list[dict[str, Any]]
) -> None:
    text = orjson.dumps({"policy": "a.b", "title": "T", **parts, "rules": rules}).decode()

    found = problems_of(text)

    assert found or reading(parse(text)).where
    assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)


CURIOUS = bundle(
    policy("a.all", rule("allow")),
    policy("b.amount", rule("deny", "act.arguments.a > 5", reason="{act.arguments.a}")),
    policy("c.text", rule("deny", 'act.arguments.b.c.startsWith("x")')),
    policy("d.list", rule("hold", "act.arguments.l.all(x, x == 1)")),
    policy("e.label", rule("deny", 'act.labels.exists(k, "untrusted" in act.labels[k])')),
)


@given(st.dictionaries(st.sampled_from(["a", "b", "l", "z"]), values), values)
def test_any_arguments_are_decided_and_decided_alike_from_their_stored_form(
    arguments: dict[str, Any], seen: Any
) -> None:
    known = Seen()
    known.add(seen, {"": ["personal"]}, "somewhere")
    labels, origin = known.trace(arguments)
    request = sample_request({"act": {"arguments": arguments, "labels": labels, "origin": origin}})

    decision = decide(request, CURIOUS)

    assert decision.effect in {"allow", "hold", "deny"}
    assert decision.reasons
    again = decide(Request.parse(request.canonical()), CURIOUS)
    assert again.canonical() == decision.canonical()


@pytest.mark.parametrize("part", ["act", "agent", "unit", "goal", "task", "facts", "approvals"])
def test_a_stored_request_that_lost_a_part_is_refused(part: str) -> None:
    stored = orjson.loads(sample_request({}).canonical())
    del stored[part]

    with pytest.raises(InvalidInput):
        Request.parse(orjson.dumps(stored))
