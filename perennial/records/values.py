"""What a person or a program sent for one field, as the value that is stored.

`parse(field, raw, tx)` returns the value, None for blank, or raises `Invalid` with the field as its path. It looks at
nothing but the value; what the database must know (does the relation exist, is it taken) stands in `check`.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from perennial.forms import TEXT_LIMIT, UNIQUE_TEXT_LIMIT, Field
from perennial.kernel import Invalid, Tx, Words

NUMBER_LIMIT = Decimal("1e20")
DATE_FROM, DATE_UNTIL = dt.date(1900, 1, 1), dt.date(9999, 12, 31)
DECIMALS = {"money": 2, "number": 10, "percent": 10}
_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")
_PHONE = re.compile(r"[+]?[0-9][0-9 ()./-]{1,38}[0-9]( *(转|x|ext\.?|#) *[0-9]{1,8})?")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")


def parse(field: Field, raw: Any, tx: Tx) -> Any:
    """The stored value of `raw`; blank text is None."""
    if field.kind == "formula":
        raise Invalid("records.computed", path=field.key, field=field.words)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    return _PARSERS[field.kind](field, raw, tx)


def _wrong(field: Field, raw: Any, code: str | None = None, **facts: Any) -> Invalid:
    shown = str(raw)[:80]
    return Invalid(f"records.{code or _NOT[field.kind]}", path=field.key, field=field.words, value=shown, **facts)


def _text(field: Field, raw: Any, tx: Tx) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise _wrong(field, raw)
    text = str(raw).strip()
    if "\x00" in text:
        raise _wrong(field, text.replace("\x00", "␀"), "character")
    try:
        text.encode()
    except UnicodeEncodeError as error:  # a lone surrogate
        raise _wrong(field, ascii(text), "character") from error
    limit = UNIQUE_TEXT_LIMIT if field.unique else TEXT_LIMIT
    if len(text) > limit:
        raise _wrong(field, text, "long", length=len(text), limit=limit)
    return text


def _mail(field: Field, raw: Any, tx: Tx) -> str:
    text = unicodedata.normalize("NFKC", _text(field, raw, tx)).strip()
    if len(text) > 320 or not _MAIL.fullmatch(text):
        raise _wrong(field, raw)
    return text


def _phone(field: Field, raw: Any, tx: Tx) -> str:
    text = unicodedata.normalize("NFKC", _text(field, raw, tx)).strip()
    if not _PHONE.fullmatch(text):
        raise _wrong(field, raw)
    return text


def _link(field: Field, raw: Any, tx: Tx) -> str:
    text = _text(field, raw, tx)
    scheme = _SCHEME.match(text)
    # a script address would run in a colleague's browser
    if scheme and scheme[1].lower() not in ("http", "https", "mailto", "ftp") and not re.match(r"[^/]+:\d", text):
        raise _wrong(field, raw)
    if any(c.isspace() for c in text):
        raise _wrong(field, raw)
    return text


def _number(field: Field, raw: Any, tx: Tx) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise _wrong(field, raw)
    text = unicodedata.normalize("NFKC", str(raw)).strip().replace(",", "")
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise _wrong(field, raw) from error
    if not value.is_finite():
        raise _wrong(field, raw)
    if abs(value) >= NUMBER_LIMIT:
        raise _wrong(field, raw, "large")
    places = DECIMALS[field.kind]
    if value != round(value, places):
        raise _wrong(field, raw, "decimals", places=places)
    return value.quantize(Decimal(1).scaleb(-places)) if field.kind == "money" else value


def _date(field: Field, raw: Any, tx: Tx) -> dt.date:
    if isinstance(raw, dt.datetime):
        raise _wrong(field, raw)
    value = raw if isinstance(raw, dt.date) else None
    if isinstance(raw, str) and (match := _DATE.fullmatch(raw.strip())):
        try:
            value = dt.date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            value = None
    if value is None:
        raise _wrong(field, raw)
    if not DATE_FROM <= value <= DATE_UNTIL:
        raise _wrong(field, raw, "range", least=str(DATE_FROM), most=str(DATE_UNTIL))
    return value


def _datetime(field: Field, raw: Any, tx: Tx) -> dt.datetime:
    value = raw if isinstance(raw, dt.datetime) else None
    if isinstance(raw, str):
        try:
            value = dt.datetime.fromisoformat(raw.strip())
        except ValueError as error:
            raise _wrong(field, raw) from error
    if value is None:
        raise _wrong(field, raw)
    if not DATE_FROM.year < value.year < DATE_UNTIL.year:  # a day's margin for every zone
        raise _wrong(field, raw, "range", least=str(DATE_FROM), most=str(DATE_UNTIL))
    return value if value.tzinfo else value.replace(tzinfo=tx.zone)


def _yes_no(field: Field, raw: Any, tx: Tx) -> bool:
    known = {"true": True, "yes": True, "1": True, "是": True, "false": False, "no": False, "0": False, "否": False}
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in known:
        return known[raw.strip().lower()]
    raise _wrong(field, raw)


def _option(field: Field, raw: Any, tx: Tx) -> str:
    text = raw.strip() if isinstance(raw, str) else None
    for option in field.options:
        if text in (option.key, option.label):
            return option.key
    raise _wrong(field, raw, "option", options=Words.joined(option.words for option in field.options))


def _options(field: Field, raw: Any, tx: Tx) -> list[str] | None:
    if not isinstance(raw, list | tuple):
        raise _wrong(field, raw)
    found = {_option(field, each, tx) for each in cast("list[Any]", raw)}
    return [option.key for option in field.options if option.key in found] or None


def _reference(field: Field, raw: Any, tx: Tx) -> int:
    if isinstance(raw, Mapping):
        raw = cast("Mapping[str, Any]", raw).get("id")
    if isinstance(raw, str) and raw.strip().isascii() and raw.strip().isdigit():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw < 2**63:
        raise _wrong(field, raw)
    return raw


_NOT = {
    "text": "not_text", "long_text": "not_text", "auto_number": "not_text", "mail": "not_mail", "phone": "not_phone",
    "link": "not_link", "number": "not_number", "money": "not_money", "percent": "not_percent", "date": "not_date",
    "datetime": "not_datetime", "yes_no": "not_yes_no", "select": "option", "multi_select": "not_options",
    "relation": "reference", "person": "reference", "department": "reference",
}  # fmt: skip
_PARSERS: dict[str, Callable[[Field, Any, Tx], Any]] = {
    "text": _text, "long_text": _text, "auto_number": _text, "mail": _mail, "phone": _phone, "link": _link,
    "number": _number, "money": _number, "percent": _number, "date": _date, "datetime": _datetime,
    "yes_no": _yes_no, "select": _option, "multi_select": _options,
    "relation": _reference, "person": _reference, "department": _reference,
}  # fmt: skip
