"""One column of a list as values that a spreadsheet understands: dates are dates, money is a number, a relation is the
title of its record. What the reader may not see is absent, masked or 无权查看, as in the list (`records.names`)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.sql.expression import ColumnElement

from perennial import forms
from perennial.access import Rows
from perennial.kernel import Language
from perennial.records.lists import listed
from perennial.records.names import PSEUDO, SYSTEM, ZONE, _grant, _info, _part, _who, unknown

BETWEEN = " › "  # 客户 › 级别: a column of a related record. An import leaves it alone
Kind = Literal["text", "number", "money", "percent", "date", "datetime", "yes_no"]
DENIED = {"zh": "无权查看", "en": "No access"}
JOINED = "、"
_KINDS: Mapping[str, Kind] = {
    "number": "number", "money": "money", "percent": "percent", "date": "date", "datetime": "datetime",
    "yes_no": "yes_no",
}  # fmt: skip
_SYSTEM_LABELS = {
    "id": ("编号", "ID"), "version": ("版本", "Version"), "created_at": ("创建时间", "Created at"),
    "created_by": ("创建人", "Created by"), "updated_at": ("修改时间", "Changed at"),
    "updated_by": ("修改人", "Changed by"),
}  # fmt: skip
_person = sa.table("person", sa.column("id"), sa.column("name"), sa.column("account"), schema="people")


@dataclass(frozen=True, slots=True)
class Cell:
    """A column: its header, what its values are, and the SQL that gives them."""

    label: str
    kind: Kind
    value: ColumnElement[Any]


def cell(rows: Rows, path: str, language: Language) -> Cell:
    """The column `path` of the list over `rows`. An unreadable field is an unknown one."""
    if path in SYSTEM:
        return _system(rows, path, language)
    *way, key = path.split(".")
    at, labels = rows, list[str]()
    for part in way:
        if _info(at, part, path).type.kind != "relation" or _grant(at, part) not in ("read", "write"):
            raise unknown(at, path)
        labels.append(_label(at, part, language))
        if at.catalog.scope(at.form).relation(part) is forms.CERTIFICATE:
            _part(at, part, key, path)  # there is such a part
            info = forms.CERTIFICATE.field(key)
            assert info is not None
            kind = _KINDS.get(info.type.kind, "text")
            return Cell(BETWEEN.join([*labels, info.label]), kind, at.source.parts(part).field(key))
        source = at.source.parent(part)
        at = Rows(rows.view, source.form).over(source)
    kind, value = _value(at, key, path, language)
    return Cell(BETWEEN.join([*labels, _label(at, key, language)]), kind, value)


def _label(rows: Rows, key: str, language: Language) -> str:
    field = None if rows.form in PSEUDO else rows.catalog.form(rows.form).field(key)
    if field is None:
        info = rows.catalog.scope(rows.form).field(key)
        return info.label if info else key
    return field.label_en or field.label if language == "en" else field.label


def _system(rows: Rows, path: str, language: Language) -> Cell:
    label = _SYSTEM_LABELS[path][language == "en"]
    if SYSTEM[path].kind == "relation":
        return Cell(label, "text", _who(rows, path))
    value = rows.column(path)
    moment = SYSTEM[path].kind == "datetime"
    return Cell(label, "datetime" if moment else "number", sa.func.timezone(ZONE, value) if moment else value)


def _value(rows: Rows, key: str, path: str, language: Language) -> tuple[Kind, ColumnElement[Any]]:
    info = _info(rows, key, path)
    field = None if rows.form in PSEUDO else rows.catalog.field(rows.form, key)
    if field is not None and rows.is_text(key):
        return "text", _masked(rows, key, info.type.kind, language)
    if field is not None and field.kind != "formula" and forms.KINDS[field.kind].value in forms.STRUCTURED:
        return "text", _structured(rows.column(key), field.kind)
    kind = info.type.kind
    if kind == "relation":
        return "text", _reference(rows, key, language)
    if kind == "references":
        return "text", _joined(listed(rows, key), "label", language)
    value = rows.column(key)
    if kind in ("select", "multi_select"):
        options = field.options if field is not None else ()
        words = {one.key: (one.label_en or one.label) if language == "en" else one.label for one in options}
        words = words or {one.key: one.label for one in info.type.options}
        return "text", _option(value, words) if kind == "select" else _options(value, words)
    if kind == "datetime":
        return "datetime", sa.func.timezone(ZONE, value)
    return _KINDS.get(kind, "text"), value


def _masked(rows: Rows, key: str, kind: str, language: Language) -> ColumnElement[Any]:
    """The mask; of what points elsewhere only that it does."""
    if kind not in ("relation", "references"):
        return rows.column(key)
    return sa.case((rows.column(key).is_not(None), sa.literal(DENIED[language])))


def _reference(rows: Rows, key: str, language: Language) -> ColumnElement[Any]:
    target = rows.source.parent(key)
    if target.form == "person":
        # two of one name: by what an import tells them apart
        other = _person.alias()
        own = target.table.c
        twice = sa.exists().where(sa.func.lower(other.c.name) == sa.func.lower(own["name"]), other.c.id != own["id"])
        account = sa.select(other.c.account).where(other.c.id == own["id"]).scalar_subquery()
        name: ColumnElement[Any] = sa.case((twice, account), else_=own["name"])
    else:
        name = Rows(rows.view, target.form).label(target)
    return sa.case(
        (rows.source.field(key).is_(None), None),
        (target.table.c["id"].is_(None), sa.literal(DENIED[language])),
        else_=name,
    )


def _joined(items: ColumnElement[Any], name: str, language: Language) -> ColumnElement[Any]:
    """The names in a JSON list, in its order."""
    each = sa.func.jsonb_array_elements(sa.cast(items, JSONB)).table_valued(
        "one", with_ordinality="n"
    ).render_derived("joined_items")  # fmt: skip
    word = sa.func.coalesce(each.c.one.op("->>", return_type=sa.Text())(name), sa.literal(DENIED[language]))
    ordered = aggregate_order_by(sa.literal(JOINED), each.c.n)
    return sa.select(sa.func.string_agg(word, ordered)).select_from(each).scalar_subquery()


def _structured(value: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
    """What of files, a signature or a certificate is worth reading in a table."""
    if kind in ("attachment", "image"):
        return _joined(value, "name", "zh")
    said = value.op("->>", return_type=sa.Text())
    if kind == "signature":
        return said("name")
    days = sa.func.nullif(sa.func.concat_ws(" – ", said("from"), said("until")), "")
    return sa.func.nullif(sa.func.concat_ws(" · ", said("number"), said("issuer"), days), "")


def _map(words: Mapping[str, str]) -> ColumnElement[Any]:
    return sa.cast(sa.literal(json.dumps(words, ensure_ascii=False), sa.Text()), JSONB)


def _option(value: ColumnElement[Any], words: Mapping[str, str]) -> ColumnElement[Any]:
    text = sa.cast(value, sa.Text())
    return sa.func.coalesce(_map(words).op("->>", return_type=sa.Text())(text), text)


def _options(value: ColumnElement[Any], words: Mapping[str, str]) -> ColumnElement[Any]:
    each = sa.func.unnest(value).table_valued("one", with_ordinality="n").render_derived("chosen")
    ordered = aggregate_order_by(sa.literal(JOINED), each.c.n)
    text = sa.cast(each.c.one, sa.Text())
    return sa.select(sa.func.string_agg(_option(text, words), ordered)).select_from(each).scalar_subquery()


def usual(rows: Rows) -> Sequence[str]:
    """The columns of a list that names none."""
    return rows.readable_fields()
