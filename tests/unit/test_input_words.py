"""Every kind of wrong input that a door can raise has a sentence of its own, in both languages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import Mock

import pytest
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from perennial.http import create_app
from perennial.http.input import CODES, invalid_input
from perennial.kernel import Database, text

Schema = Mapping[str, Any]
ANY: tuple[Any, ...] = (
    None,
    True,
    "词",
    "",
    "2026-13-01",
    "2026-11-21T09:00",
    1.5,
    -(10**9),
    10**9,
    float("nan"),
    [],
    {},
)
DEEP = 3


class Doors:
    """What the API says of itself."""

    def __init__(self) -> None:
        self.app = create_app(Mock(spec=Database))
        self.parts: Schema = self.app.openapi()["components"]["schemas"]

    def whole(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.parts[schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def right(self, given: Schema, deep: int = 0) -> Any:
        """A value that fits."""
        schema = self.whole(given)
        if "default" in schema:
            return schema["default"]
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        if "anyOf" in schema:
            return self.right(schema["anyOf"][0], deep)
        if schema.get("type") == "object":
            inner = schema.get("properties", {}) if deep < DEEP else {}
            return {key: self.right(inner[key], deep + 1) for key in schema.get("required", ()) if key in inner}
        word = {"date": "2026-11-21", "date-time": "2026-11-21T09:00:00Z", "time": "09:00"}
        plain = {
            "integer": 1,
            "number": 1,
            "boolean": True,
            "array": [],
            "string": word.get(schema.get("format", ""), "w"),
        }
        return plain.get(schema.get("type", ""))

    def wrong(self, given: Schema, deep: int = 0) -> Iterator[Any]:
        """Values of which most do not fit."""
        schema = self.whole(given)
        yield from ANY
        if "maxLength" in schema:
            yield "x" * (schema["maxLength"] + 1)
        if "maxItems" in schema:
            yield [self.right(schema.get("items", {}))] * (schema["maxItems"] + 1)
        if deep >= DEEP:
            return
        for one in schema.get("anyOf", ()):
            yield from self.wrong(one, deep)
        for one in self.wrong(schema["items"], deep + 1) if "items" in schema else ():
            yield [one]
        if isinstance(rest := schema.get("additionalProperties"), dict):
            for one in self.wrong(rest, deep + 1):  # pyright: ignore[reportUnknownArgumentType]
                yield {"k": one}
        if "properties" in schema:
            fits = self.right(schema, deep)
            yield {**fits, "nobody_knows_this": 1}
            for key, inner in schema["properties"].items():
                yield {name: value for name, value in fits.items() if name != key}
                for one in self.wrong(inner, deep + 1):
                    yield {**fits, key: one}

    def refusals(self) -> Iterator[RequestValidationError]:
        paths = self.app.openapi()["paths"]
        for router in self.app.routes:
            for route in getattr(getattr(router, "original_router", None), "routes", ()):
                if not isinstance(route, APIRoute):
                    continue
                for method in route.methods or ():
                    told = paths[f"/api{route.path}"][method.lower()]
                    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
                    if body and route.body_field:
                        yield from self._try(route.body_field, "body", self.wrong(body))
                fields = (*route.dependant.query_params, *route.dependant.path_params)
                for field in fields:
                    yield from self._try(field, field.name, ("词", "", "1.5", "9" * 5_000, "x" * 5_000, "-9", "99999"))

    def _try(self, field: Any, at: str, values: Any) -> Iterator[RequestValidationError]:
        for value in values:
            _, errors = field.validate(value, {}, loc=(at,))
            for error in errors or ():
                yield RequestValidationError([error])


def test_every_kind_that_a_door_can_raise_reads_as_a_sentence() -> None:
    met: dict[str, tuple[str, str]] = {}
    for refusal in Doors().refusals():
        kind = refusal.errors()[0]["type"]
        if kind not in met:
            problem = invalid_input(refusal)
            met[kind] = (text(problem, "zh"), text(problem, "en"))
    assert not met.keys() - CODES.keys(), "a kind without a sentence of its own"
    raw = re.compile(r"_(type|parsing|error)|greater|less_than|\?|\{|expected", re.IGNORECASE)
    assert not [told for both in met.values() for told in both if raw.search(told)]
    assert len(met) >= 20, sorted(met)


@pytest.mark.parametrize(
    ("kind", "context", "chinese", "english"),
    [
        ("greater_than_equal", {"ge": 1}, "「limit」不能小于 1", '"limit" must be 1 or more'),
        ("greater_than", {"gt": 0}, "「limit」要大于 0", '"limit" must be more than 0'),
        ("less_than_equal", {"le": 200}, "「limit」不能大于 200", '"limit" must be 200 or less'),
        (
            "literal_error",
            {"expected": "'zh' or 'en'"},
            "「limit」没有这个选项，可选：zh、en",
            '"limit" has no such option. Choose one of: zh, en',
        ),
        ("int_parsing", {}, "「limit」要填整数，例如 20", '"limit" must be a whole number, such as 20'),
        ("float_parsing", {}, "「limit」要填数字，例如 12.5", '"limit" must be a number, such as 12.5'),
        ("string_type", {}, "「limit」要填文字", '"limit" must be text'),
        ("bool_parsing", {}, "「limit」要填是或否（true 或 false）", '"limit" must be true or false'),
        (
            "date_from_datetime_parsing",
            {},
            "「limit」要填日期，例如 2026-11-21",
            '"limit" must be a date, such as 2026-11-21',
        ),
        ("time_parsing", {}, "「limit」要填时间，例如 09:30", '"limit" must be a time, such as 09:30'),
        ("list_type", {}, "「limit」要填一组值，放在方括号里", '"limit" must be a list of values in brackets'),
        (
            "model_attributes_type",
            {},
            "「limit」要填一组带名称的值，放在花括号里",
            '"limit" must be named values in braces',
        ),
        (
            "string_too_short",
            {"min_length": 1},
            "「limit」太短，至少要有 1 个",
            '"limit" is too short; it needs 1 at least',
        ),
        ("too_long", {"max_length": 9}, "「limit」太长，上限 9", '"limit" is too long; the limit is 9'),
        ("value_error", {}, "「limit」要选一个文件", '"limit" must be a file'),
        ("uuid_parsing", {}, "「limit」的值不对", '"limit" has a wrong value'),
    ],
)
def test_a_refusal_says_what_belongs_there(kind: str, context: dict[str, Any], chinese: str, english: str) -> None:
    problem = invalid_input(RequestValidationError([{"type": kind, "loc": ("query", "limit"), "ctx": context}]))
    assert (problem.path, text(problem, "zh"), text(problem, "en")) == ("limit", chinese, english)


def test_a_body_that_is_no_object_is_called_the_request() -> None:
    problem = invalid_input(RequestValidationError([{"type": "model_attributes_type", "loc": ("body",)}]))
    assert text(problem, "zh") == "「请求内容」要填一组带名称的值，放在花括号里"
    moment = invalid_input(RequestValidationError([{"type": "datetime_parsing", "loc": ("body", "until")}]))
    assert text(moment, "zh") == "「until」要填日期和时间，例如 2026-11-21T09:30:00+08:00"
