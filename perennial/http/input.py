"""What pydantic refuses, as a sentence that says which value is wrong and what belongs there.

Every kind that a door can raise has its code here; a test takes them from the API's own description.
"""

import re
from typing import Any

from fastapi.exceptions import RequestValidationError

from perennial.kernel import Invalid, Problem, Words

_CODES = {
    "missing": ("missing",),
    "unknown": ("extra_forbidden",),
    "json": ("json_invalid", "json_type"),
    "long": ("string_too_long", "too_long", "bytes_too_long"),
    "short": ("string_too_short", "too_short"),
    "least": ("greater_than_equal",),
    "above": ("greater_than",),
    "most": ("less_than_equal",),
    "choice": ("literal_error", "enum", "union_tag_invalid", "union_tag_not_found"),
    "range": ("int_parsing_size",),
    "whole": ("int_type", "int_parsing", "int_from_float"),
    "number": ("float_type", "float_parsing", "finite_number", "decimal_type", "decimal_parsing"),
    "text": ("string_type", "string_unicode"),
    "yes_no": ("bool_type", "bool_parsing"),
    "date": ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
    "moment": ("datetime_type", "datetime_parsing", "datetime_object_invalid", "datetime_from_date_parsing",
               "timezone_naive"),
    "time": ("time_type", "time_parsing"),
    "list": ("list_type", "tuple_type", "set_type"),
    "object": ("dict_type", "model_type", "model_attributes_type", "mapping_type"),
    "file": ("value_error",),  # a form with a word where the file belongs; our own models have no validators
}  # fmt: skip
CODES = {kind: f"http.input_{name}" for name, kinds in _CODES.items() for kind in kinds}
_LIMITS = ("max_length", "min_length", "ge", "gt", "le")
_WHOLE = Words("请求内容", "The request")


def invalid_input(error: RequestValidationError) -> Problem:
    """The first thing that pydantic refused, at its path."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"] if part not in ("body", "query", "path", "header")]
    if first["type"] == "json_invalid":
        where = []  # it gives the character
    path = ".".join(where) or None
    context: dict[str, Any] = first.get("ctx") or {}
    facts: dict[str, Any] = {"field": path or _WHOLE}
    limit = next((context[name] for name in _LIMITS if name in context), None)
    if limit is not None:
        facts["limit"] = limit
    code = CODES.get(first["type"], "http.input_kind")
    if code == "http.input_choice":
        told = str(context.get("expected") or context.get("expected_tags") or "")
        facts["options"] = re.findall(r"'([^']*)'", told) or [told]
    return Invalid(code, path=path, **facts)
