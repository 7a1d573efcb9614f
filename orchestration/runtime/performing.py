"""Performing a permitted tool call, and what its answer or its failure means."""

from __future__ import annotations

import traceback
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import structlog

from orchestration.enforcement.calls import LARGEST_ARGUMENTS, Call
from orchestration.enforcement.personal import (
    failure_labels,
    result_labels,
    with_marks,
    without_personal,
)
from orchestration.enforcement.recording import Outcome
from orchestration.enforcement.standing import Standing
from orchestration.errors import Parked, ToolError
from orchestration.tools.contract import ToolCall, ToolSpec, tool_named
from orchestration.vocabulary import Act, ParkReason

log = structlog.get_logger(__name__)


def tool_call(name: str, arguments: dict[str, Any], labels: Any, origin: Any) -> Call:
    """The call of a tool by name; what is wrong with it stands in `objection`."""
    spec = tool_named(name)
    if spec is None:
        return Call(
            Act.TOOL_CALL,
            name,
            arguments,
            effect="irreversible",
            idempotent=False,
            objection=f"no tool is called {name!r}",
        )
    call = Call(
        Act.TOOL_CALL,
        name,
        arguments,
        effect=spec.effect,
        idempotent=spec.idempotent,
        cost_minor=spec.cost_minor,
        labels=labels,
        origin=origin,
        tool=spec,
    )
    try:
        objection = _objection(call, spec)
    except TypeError as error:
        told = f"the arguments of {spec.name} are not JSON: {error}"
        return replace(call, arguments={"not_json": sorted(arguments)}, labels={}, objection=told)
    call = with_marks(call, spec)
    return replace(call, objection=objection) if objection else call


def _objection(call: Call, spec: ToolSpec) -> str:
    size = len(call.canonical)
    if size > LARGEST_ARGUMENTS:
        return f"the arguments of {spec.name} have {size} bytes, at most {LARGEST_ARGUMENTS}"
    problem = next(_validator(spec.name, "arguments").iter_errors(call.arguments), None)
    if problem is None:
        return ""
    where = "/".join(str(part) for part in problem.absolute_path) or "the arguments"
    return f"{spec.name}: {where}: {told(problem)}"[:500]


def told(problem: jsonschema.ValidationError) -> str:
    """What is wrong, without the value that is wrong: it may be personal, and this is kept."""
    if problem.validator in OF_NAMES:
        return problem.message
    return f"it must satisfy {problem.validator} {problem.validator_value!r}"


OF_NAMES = frozenset({"required", "dependentRequired"})
"""Rules of JSON Schema whose messages name only what the schema names."""


@lru_cache(maxsize=512)
def _validator(name: str, side: str) -> jsonschema.Draft202012Validator:
    spec = tool_named(name)
    schema = getattr(spec, side) if spec else {}
    return jsonschema.Draft202012Validator(schema)


def perform_tool(call: Call, key: str, standing: Standing, folder: Path) -> Outcome:
    """Call the tool once, with the step's id as idempotency key.

    Raises Parked when a tool that is not idempotent failed in a way it did not announce: nobody
    knows then whether its effect happened.
    """
    spec = call.tool
    if spec is None:
        raise ToolError(f"{call.target} is not installed here")
    asked = ToolCall(call.arguments, key, str(standing.goal.pk), standing.agent.slug, folder)
    try:
        value = spec.perform(asked)
    except ToolError as error:
        return _failed(call, spec, str(error))
    except Exception as error:
        # the message may repeat personal arguments: it goes where it can be erased, the log can't
        log.warning("tool_broke", tool=spec.name, step=key, **where_of(error))
        if spec.effect != "read" and not spec.idempotent:
            broke = without_personal(call, f"{spec.name} broke off: {error!r}")
            raise Parked(ParkReason.UNKNOWN, broke) from error
        return _failed(call, spec, f"{spec.name} broke off: {error!r}")
    problem = next(_validator(spec.name, "result").iter_errors(value), None)
    if problem is not None:
        return _failed(call, spec, f"{spec.name} answered nonsense: {told(problem)}")
    return Outcome("value", value, result_labels(spec, call, value))


def _failed(call: Call, spec: ToolSpec, message: str) -> Outcome:
    return Outcome("error", {"message": message}, failure_labels(spec, call))


def where_of(error: Exception) -> dict[str, Any]:
    """What a log may say of an error: its kind and where it came from, nothing that it says."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "at": places}
