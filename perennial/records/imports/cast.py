"""The value of a cell as SQL, and why a cell has none.

Plain forms (2026-03-01, 1234.5) are caught by built-in casts behind pg_input_is_valid; only the rest reaches the
functions of schema `imports`. A blank cell is NULL; a cell that is not NULL and has no value is an error.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.expression import ColumnElement

from perennial import people
from perennial.forms import KINDS, TEXT_LIMIT, UNIQUE_TEXT_LIMIT, Field
from perennial.kernel import Tx

Text = ColumnElement[Any]
SEVERAL = 0  # the marker of a name that more than one person or department has


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean for one import: persons and departments by every way to write them, records by form."""

    persons: dict[str, int]
    departments: dict[str, int]
    zone: str
    records: Mapping[str, Mapping[str, int]] = attribute(default_factory=dict[str, Mapping[str, int]])


def names(tx: Tx) -> Names:
    persons: list[tuple[str, int]] = []
    for one in people.people(tx):
        persons += [(text.lower(), one.id) for text in {one.name, one.account, one.mail} if text]
    tree = {one.id: one for one in people.departments(tx)}
    departments: list[tuple[str, int]] = []
    for one in tree.values():
        path, above = [one.name], one.parent_id
        while above in tree and len(path) < 50:
            path.insert(0, tree[above].name)
            above = tree[above].parent_id
        spellings = {one.name, one.key} | {"/".join(path[at:]) for at in range(len(path))}
        departments += [(text.lower(), one.id) for text in spellings]
    return Names(_unambiguous(persons), _unambiguous(departments), str(tx.zone))


def _unambiguous(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text, id_ in pairs:
        found[text] = id_ if found.get(text, id_) == id_ else SEVERAL
    return found


def options(field: Field) -> dict[str, str]:
    """Every spelling of an option in lower case -> its key; keys win over labels."""
    spelt = {text.lower(): o.key for o in field.options for text in (o.label, o.label_en) if text}
    return spelt | {o.key.lower(): o.key for o in field.options}


def _map(value: Mapping[str, Any]) -> ColumnElement[Any]:
    return sa.cast(sa.literal(json.dumps(value, ensure_ascii=False), sa.Text()), JSONB)


def _found(known: Mapping[str, Any], raw: Text) -> ColumnElement[Any]:
    """The entry of a constant map; as written, else without full-width digits and invisible characters."""
    table = _map(known)
    exact = table.op("->>", return_type=sa.Text())(sa.func.lower(raw))
    return sa.func.coalesce(exact, table.op("->>", return_type=sa.Text())(sa.func.lower(sa.func.imports.plain(raw))))


def number(raw: Text) -> ColumnElement[Any]:
    plain = sa.and_(
        sa.func.translate(raw, sa.literal_column("'0123456789.'"), sa.literal_column("''")).in_(
            [sa.literal_column("''"), sa.literal_column("'-'")]
        ),
        sa.func.char_length(raw) < sa.literal_column("20"),
        sa.func.pg_input_is_valid(raw, sa.literal_column("'numeric'")),
    )
    return sa.case((plain, sa.cast(raw, sa.Numeric())), else_=sa.func.imports.to_number(raw, type_=sa.Numeric()))


def date(raw: Text, order: str | None) -> ColumnElement[Any]:
    one = sa.literal_column
    iso = sa.and_(
        sa.func.char_length(raw) == one("10"),
        sa.func.substr(raw, one("5"), one("1")) == one("'-'"),
        sa.func.substr(raw, one("8"), one("1")) == one("'-'"),
        raw.between(one("'1900'"), one("'9999-12-31'")),
        sa.func.pg_input_is_valid(raw, one("'date'")),
    )
    slow = sa.func.imports.to_date(raw, _order(order), type_=sa.Date())
    return sa.case((iso, sa.cast(raw, sa.Date())), else_=slow)


def _order(order: str | None) -> ColumnElement[Any]:
    return sa.literal_column("'mdy'" if order == "mdy" else "'dmy'" if order == "dmy" else "NULL::text")


def _text(raw: Text, limit: int = TEXT_LIMIT) -> ColumnElement[Any]:
    wrong = sa.and_(sa.func.starts_with(raw, sa.literal_column("'#'")), sa.func.imports.is_error(raw))
    return sa.case((sa.and_(sa.func.char_length(raw) <= limit, sa.not_(wrong)), raw))


def value(field: Field, raw: Text, known: Names, order: str | None = None) -> ColumnElement[Any]:
    """The value that the cell `raw` gives this field; NULL when blank or not understood."""
    match field.kind:
        case "number" | "percent":
            return sa.func.round(number(raw), sa.literal_column("10"), type_=sa.Numeric())
        case "money":
            return sa.func.round(number(raw), sa.literal_column("2"), type_=sa.Numeric())
        case "date":
            return date(raw, order)
        case "datetime":
            zone = sa.literal(known.zone, sa.Text())
            return sa.func.imports.to_moment(raw, _order(order), zone, type_=sa.DateTime(timezone=True))
        case "yes_no":
            return sa.func.imports.to_yes_no(raw, type_=sa.Boolean())
        case "select":
            return _found(options(field), raw)
        case "multi_select":
            keys = sa.cast([option.key for option in field.options], ARRAY(sa.Text()))
            return sa.func.imports.to_options(raw, _map(options(field)), keys, type_=ARRAY(sa.Text()))
        case "person" | "department":
            ids = known.persons if field.kind == "person" else known.departments
            there = sa.cast(_found({text: str(id_) for text, id_ in ids.items()}, raw), sa.BigInteger())
            return sa.func.nullif(there, sa.literal_column(str(SEVERAL)))
        case "rating" | "nps":
            least, most = (1, 5) if field.kind == "rating" else (0, 10)
            found = number(raw)
            whole = sa.and_(found == sa.func.round(found), found.between(least, most))
            return sa.cast(sa.case((whole, found)), sa.SmallInteger())
        case "persons" | "relations":
            named = known.persons if field.kind == "persons" else known.records.get(field.to or "", {})
            known_ids = {text: id_ for text, id_ in named.items() if id_ != SEVERAL}
            return sa.func.imports.to_ids(raw, _map(known_ids), type_=ARRAY(sa.BigInteger()))
        case "attachment" | "image" | "signature" | "certificate":
            return sa.cast(sa.null(), KINDS[field.kind].type())
        case "text" if field.format is not None:
            plain: ColumnElement[Any] = sa.func.btrim(sa.func.normalize(raw, sa.literal_column("NFKC")))
            if field.format in ("credit_code", "id_number"):
                plain = sa.func.upper(sa.func.regexp_replace(plain, sa.literal_column(r"'[\s-]'"), "", "g"))
            return sa.cast(sa.case((sa.func.forms.has_format(field.format, plain), plain)), sa.Text())
        case "phone" | "mail" | "link":
            return getattr(sa.func.imports, f"to_{field.kind}")(raw, type_=sa.Text())
        case _:
            return _text(raw, UNIQUE_TEXT_LIMIT if field.unique or field.kind == "auto_number" else TEXT_LIMIT)


_CODES = {
    "number": "imports.not_a_number",
    "percent": "imports.not_a_number",
    "money": "imports.not_an_amount",
    "yes_no": "imports.not_yes_no",
    "select": "imports.no_such_option",
    "multi_select": "imports.no_such_option",
    "person": "imports.no_such_person",
    "department": "imports.no_such_department",
    "phone": "imports.not_a_phone",
    "mail": "imports.not_a_mail",
    "link": "imports.not_a_link",
    "rating": "imports.not_points",
    "nps": "imports.not_points",
    "persons": "imports.no_such_person",
    "relations": "imports.no_such_records",
    "attachment": "imports.not_from_cells",
    "image": "imports.not_from_cells",
    "signature": "imports.not_from_cells",
    "certificate": "imports.not_from_cells",
}
_FORMATS = {
    "credit_code": "imports.not_a_credit_code", "id_number": "imports.not_an_id_number",
    "phone": "imports.not_a_phone", "mail": "imports.not_a_mail",
}  # fmt: skip


def reason(field: Field, raw: Text, known: Names, order: str | None = None) -> ColumnElement[Any]:
    """The code of the error of a cell without a value."""
    error = (sa.func.imports.is_error(raw), sa.literal("imports.error_cell"))
    if field.kind in ("date", "datetime"):
        return sa.func.imports.why_date(raw, _order(order), type_=sa.Text())
    if field.kind in ("person", "department"):
        ids = known.persons if field.kind == "person" else known.departments
        several = _found({text: "several" for text, id_ in ids.items() if id_ == SEVERAL}, raw)
        return sa.case(error, (several.is_not(None), f"imports.several_{field.kind}s"), else_=_CODES[field.kind])
    if field.kind == "relations":
        many = sa.func.imports.to_ids(raw, _map(known.records.get(field.to or "", {})))
        return sa.case(error, (many.is_not(None), "imports.several_of_name"), else_=_CODES[field.kind])
    code = _FORMATS.get(field.format or "") or _CODES.get(field.kind, "imports.too_long")
    return sa.case(error, else_=sa.literal(code))


def facts(field: Field) -> dict[str, Any]:
    """What the message of an error needs beside row, column and value."""
    if field.kind in ("select", "multi_select"):
        return {"options": [option.label for option in field.options]}
    if field.kind in ("rating", "nps"):
        return {"least": 1 if field.kind == "rating" else 0, "most": 5 if field.kind == "rating" else 10}
    return {}


def converted(field: Field, raw: Text) -> list[tuple[str, ColumnElement[bool]]]:
    """Codes of hints, and when each is given: the value is not what stands in the cell. The cheap test comes first."""
    one = sa.literal_column
    match field.kind:
        case "number" | "money":
            strange = sa.func.octet_length(raw) > sa.func.char_length(raw)
            unit = ("imports.unit_applied", sa.and_(strange, raw.regexp_match(one("'[万萬亿億千]'"))))
            if field.kind == "number":
                return [unit]
            long = sa.func.char_length(sa.func.split_part(raw, one("'.'"), one("2"))) > one("2")
            return [unit, ("imports.rounded", sa.and_(long, number(raw) != sa.func.round(number(raw), one("2"))))]
        case "date":
            clock = sa.and_(raw.regexp_match(one(r"'\d[:时点]\d'")), sa.not_(raw.regexp_match(one("'[ T]0?0:00'"))))
            return [("imports.time_dropped", sa.and_(sa.func.char_length(raw) > one("10"), clock))]
        case _:
            return []
