"""Type conversions of stored values, as total SQL: what cannot be read becomes blank, the old column is kept."""

from perennial.changes import quoted
from perennial.forms.definition import Field
from perennial.forms.kinds import FIRST_DAY, KINDS, LAST_DAY, NUMBER_LIMIT, TEXT_LIMIT

_ZONE = "(SELECT zone FROM kernel.workspace)"


def conversion(before: Field, after: Field, column: str | None = None) -> str | None:
    """SQL text for the new value from the old column; None when no reading of the old values makes sense."""
    old, new = KINDS[before.kind].value, KINDS[after.kind].value
    source = column or quoted(before.key)
    if before.kind == "select" and new == "text" and after.kind != "select":
        return _labels(before, source)
    if before.kind == "select" and after.kind == "multi_select":
        return f"CASE WHEN {source} IS NOT NULL THEN ARRAY[{source}] END"
    if before.kind == "multi_select" and after.kind == "select":
        return f"({source})[1]"
    if after.kind == "select" and old == "text":
        return _keys(after, source)
    if after.kind == "multi_select" and old == "text":
        return f"CASE WHEN {_keys(after, source)} IS NOT NULL THEN ARRAY[{_keys(after, source)}] END"
    if old == new == "files":
        images = f"jsonb_path_query_array({source}, '$[*] ? (@.type starts with \"image/\")')"
        return f"nullif({images}, '[]')" if after.kind == "image" else source
    if (old, new) == ("files", "certificate"):
        return f"jsonb_build_object('files', {source}, 'versions', '[]'::jsonb)"
    if (old, after.kind) == ("certificate", "attachment"):
        return f"nullif({source} -> 'files', '[]')"
    if (before.kind, after.kind) in _ONE_AND_MANY and before.to == after.to:
        return f"ARRAY[{source}]" if new == "references" else f"({source})[1]"
    if after.kind in _WITHIN:
        least, most = _WITHIN[after.kind]
        number = _BETWEEN.get((old, "number"), "").format(c=source, digits=0)
        return f"CASE WHEN ({number}) BETWEEN {least} AND {most} THEN ({number})::smallint END" if number else None
    return _BETWEEN.get((old, new), "").format(c=source, digits=2 if after.kind == "money" else 10) or None


_WITHIN = {"rating": (1, 5), "nps": (0, 10)}
_ONE_AND_MANY = {
    ("relation", "relations"), ("relations", "relation"), ("person", "persons"), ("persons", "person"),
}  # fmt: skip


def _labels(field: Field, source: str) -> str:
    cases = " ".join(f"WHEN {_literal(option.key)} THEN {_literal(option.label)}" for option in field.options)
    return f"CASE {source} {cases} ELSE {source} END" if cases else source


def _keys(field: Field, source: str) -> str:
    cases = " ".join(
        f"WHEN {_literal(name)} THEN {_literal(option.key)}"
        for option in field.options
        for name in dict.fromkeys((option.key, option.label))
    )
    return f"CASE btrim({source}) {cases} END"


def _literal(value: str) -> str:
    """A string constant; `%` is doubled because psycopg reads the text too."""
    return "'" + value.replace("'", "''").replace("%", "%%") + "'"


def _checked(type_: str, within: str) -> str:
    """Two CASEs in a row: the inner one may cast because the outer one asked first."""
    return f"CASE WHEN pg_input_is_valid(btrim({{c}}), '{type_}') THEN CASE WHEN {within} THEN {{v}} END END"


_AS_NUMBER = _checked("numeric", "abs(btrim({c})::numeric) < " + NUMBER_LIMIT).replace(
    "{v}", "round(btrim({c})::numeric, {digits})"
)
_AS_DATE = _checked("date", f"btrim({{c}})::date BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}'").replace(
    "{v}", "btrim({c})::date"
)

_BETWEEN = {
    ("number", "number"): "round({c}, {digits})",
    ("number", "text"): "trim_scale({c})::text",
    ("date", "text"): "to_char({c}, 'YYYY-MM-DD')",
    ("datetime", "text"): f"to_char({{c}} AT TIME ZONE {_ZONE}, 'YYYY-MM-DD HH24:MI')",
    ("yes_no", "text"): "CASE WHEN {c} THEN '是' WHEN NOT {c} THEN '否' END",
    ("texts", "text"): f"left(array_to_string({{c}}, ', '), {TEXT_LIMIT})",
    ("text", "number"): _AS_NUMBER,
    ("text", "date"): _AS_DATE,
    ("text", "datetime"): f"(({_AS_DATE})::timestamp AT TIME ZONE {_ZONE})",
    ("text", "yes_no"): "CASE WHEN lower(btrim({c})) IN ('是', 'true', 'yes', 'y', '1') THEN true"
    " WHEN lower(btrim({c})) IN ('否', 'false', 'no', 'n', '0') THEN false END",
    ("date", "datetime"): f"({{c}}::timestamp AT TIME ZONE {_ZONE})",
    ("datetime", "date"): f"({{c}} AT TIME ZONE {_ZONE})::date",
    ("number", "yes_no"): "({c} <> 0)",
    ("yes_no", "number"): "({c}::int)",
    ("text", "text"): "{c}",
}
