"""What the model says against a record, in the words of a table's columns."""

from typing import Any, Final

from pydantic import ValidationError

from graph_model.errors import FieldProblem, InvalidRecordError

LONGEST_VALUE: Final = 500
_REASONS: Final = {
    "missing": "is missing; fill it in",
    "string_too_long": "is longer than {max_length} characters; shorten it",
    "too_short": "needs at least {min_length} value",
    "extra_forbidden": "is no field of this type; leave it out",
}


def problems_of(error: InvalidRecordError | ValidationError) -> list[FieldProblem]:
    """One problem a field."""
    if isinstance(error, InvalidRecordError):
        return error.problems
    return [_problem(each) for each in error.errors(include_url=False)]


def _problem(detail: Any) -> FieldProblem:
    kind, context = detail["type"], detail.get("ctx", {})
    reason = _REASONS.get(kind, detail["msg"]).format(**context) if kind in _REASONS else detail["msg"]
    if kind == "string_pattern_mismatch":
        reason = f"has the wrong form; expected {context['pattern']}"
    value = "" if kind in ("missing", "model_type") else _shown(detail["input"])
    given = detail["input"]
    role = given.get("role") if isinstance(given, dict) and detail["loc"][:1] == ("parties",) else None
    return FieldProblem(role or _column(detail["loc"]), value, reason.removeprefix("Value error, "))


def _column(location: tuple[int | str, ...]) -> str:
    """``title_en`` of ("title", "en"); the bare field for anything deeper."""
    parts = [str(part) for part in location if part != "[key]"]
    if not parts:
        return "row"
    if len(parts) == 2 and isinstance(location[1], str):
        return f"{parts[0]}_{parts[1]}"
    return parts[0] if len(parts) < 3 else f"{parts[0]} {parts[-1]}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        named = value.get("id") or value.get("party") or ""
        return str(named)[:LONGEST_VALUE]
    return str(value)[:LONGEST_VALUE]
