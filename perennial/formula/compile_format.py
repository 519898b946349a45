"""SQL of TEXT(value, format)."""

from typing import Any

import sqlalchemy as sa

from perennial.formula.formats import GENERAL, Format, MomentFormat, NumberPattern
from perennial.formula.pieces import ZONE, Sql, call, numeric

_PLAIN_PATTERN = 200


def compiled_format(found: Format, value: Sql, kind: str) -> Sql:
    """`value`: a number, a date or a moment, as `kind` says."""
    if isinstance(found, MomentFormat):
        return _moment(found, value, kind)
    positive, *more = found.sections
    if not more:
        return _number(positive, value)
    rounded = call("num", value, type_=sa.Numeric())
    whens: list[tuple[Any, Any]] = [(rounded < sa.literal_column("0"), _number(more[0], sa.func.abs(rounded)))]
    if len(more) > 1:
        whens.append((rounded == sa.literal_column("0"), _number(more[1], rounded)))
    return sa.case(*whens, else_=_number(positive, rounded))


def _number(found: NumberPattern, value: Sql) -> Sql:
    before, after = sa.literal(found.before, sa.Text()), sa.literal(found.after, sa.Text())
    style = sa.literal_column(str(found.style), sa.Integer())
    if found.digits is None:
        return sa.case((value.is_not(None), sa.func.nullif(before, sa.literal_column("''"))))
    if found.digits == GENERAL and not found.style:
        return call("num_text", value, type_=sa.Text())  # 1, where to_char writes 1.
    if found.spoken:
        return call("chinese", value, style, type_=sa.Text())
    digits = sa.literal(found.digits, sa.Text())
    words = [value, digits, before, after, numeric(found.scale)]
    return call("text_number", *words, *([style] if found.style else []), type_=sa.Text())


def _moment(found: MomentFormat, value: Sql, kind: str) -> Sql:
    pattern = sa.literal(found.pattern, sa.Text())
    moment = value.op("AT TIME ZONE")(ZONE) if kind == "datetime" else sa.cast(value, sa.DateTime())
    if found.chinese:
        return call("text_chinese_moment", moment, pattern, type_=sa.Text())
    if kind == "datetime" or len(found.pattern) > _PLAIN_PATTERN:
        return call("text_moment", moment, pattern, type_=sa.Text())
    # a date lies within 1900 to 9999 and a short pattern gives a short text: grouping by month need not pay for a guard
    plain = call("pg_catalog.to_char", moment, pattern, type_=sa.Text())
    return sa.func.nullif(plain, sa.literal_column("''"), type_=sa.Text())
