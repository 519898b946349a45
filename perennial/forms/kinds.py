"""The kinds of fields: what each is in PostgreSQL, and the limits that keep formulas total (DESIGN section 7).

Blank is NULL everywhere: an empty text or an empty choice cannot be stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

TEXT_LIMIT = 32_767
UNIQUE_TEXT_LIMIT = 600  # an index entry holds a third of a page
NUMBER_LIMIT = "1e20"
FIRST_DAY, LAST_DAY = "1900-01-01", "9999-12-31"

MOST_LINKED = 1_000  # ids in one field of persons or relations
MOST_FILES = 100  # in one field of one record

Value = Literal[
    "text", "number", "date", "datetime", "yes_no", "texts", "reference", "references", "files", "signature",
    "certificate",
]  # fmt: skip
# values that are JSON: what they hold is checked where they are written, that they have the shape by the database
STRUCTURED = ("files", "signature", "certificate")
FORMATS = ("credit_code", "phone", "mail", "id_number")  # what a text field may demand of its values


@dataclass(frozen=True, slots=True)
class Kind:
    """`limits` is a CHECK over the column `{c}`; a column kind of None has no column of its own."""

    key: str
    value: Value
    ddl: str
    limits: str | None
    type: Callable[[], Any]


_TEXT = "{c} <> '' AND char_length({c}) <= " + str(TEXT_LIMIT)
# one comparison refuses NaN and both infinities too: NaN sorts above everything
_NUMBER = "abs({c}) < " + NUMBER_LIMIT
_DATE = "{c} BETWEEN '" + FIRST_DAY + "' AND '" + LAST_DAY + "'"
_LINKS = f"cardinality({{c}}) BETWEEN 1 AND {MOST_LINKED} AND array_position({{c}}, NULL) IS NULL"
_FILES = "jsonb_typeof({c}) = 'array' AND {c} <> '[]'"
_OBJECT = "jsonb_typeof({c}) = 'object'"
_MOMENT = "{c} >= '" + FIRST_DAY + " 00:00+00' AND {c} < '" + LAST_DAY + " 00:00+00'"


def _text(key: str) -> Kind:
    return Kind(key, "text", "text", _TEXT, Text)


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        _text("text"),
        _text("long_text"),
        _text("phone"),
        _text("mail"),
        _text("link"),
        _text("select"),
        _text("auto_number"),
        _text("address"),
        Kind("number", "number", "numeric", _NUMBER, Numeric),
        Kind("percent", "number", "numeric", _NUMBER, Numeric),
        Kind("money", "number", "numeric(22, 2)", _NUMBER, lambda: Numeric(22, 2)),
        Kind("rating", "number", "smallint", "{c} BETWEEN 1 AND 5", SmallInteger),
        Kind("nps", "number", "smallint", "{c} BETWEEN 0 AND 10", SmallInteger),
        Kind("date", "date", "date", _DATE, Date),
        Kind("datetime", "datetime", "timestamptz", _MOMENT, lambda: DateTime(timezone=True)),
        Kind("yes_no", "yes_no", "boolean", None, Boolean),
        Kind("multi_select", "texts", "text[]", "{c} <> '{{}}'", lambda: ARRAY(Text)),
        Kind("relation", "reference", "bigint", None, BigInteger),
        Kind("person", "reference", "bigint", None, BigInteger),
        Kind("department", "reference", "bigint", None, BigInteger),
        Kind("persons", "references", "bigint[]", _LINKS, lambda: ARRAY(BigInteger)),
        Kind("relations", "references", "bigint[]", _LINKS, lambda: ARRAY(BigInteger)),
        Kind("attachment", "files", "jsonb", _FILES, JSONB),
        Kind("image", "files", "jsonb", _FILES, JSONB),
        Kind("signature", "signature", "jsonb", _OBJECT, JSONB),
        Kind("certificate", "certificate", "jsonb", _OBJECT, JSONB),
        Kind("formula", "text", "", None, Text),  # its column, if any, has the type of its result
    )
}

# a maintained formula's column by the type of its result
RESULT_KINDS = {
    "text": "text",
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "yes_no": "yes_no",
    "bool": "yes_no",
    "boolean": "yes_no",
    "texts": "multi_select",
    "option": "select",
}
