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

from perennial import files
from perennial.forms import MOST_FILES, MOST_LINKED, TEXT_LIMIT, UNIQUE_TEXT_LIMIT, Field
from perennial.kernel import Invalid, Tx, Words

NUMBER_LIMIT = Decimal("1e20")
DATE_FROM, DATE_UNTIL = dt.date(1900, 1, 1), dt.date(9999, 12, 31)
DECIMALS = {"money": 2, "number": 10, "percent": 10}
_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")
_PHONE = re.compile(r"[+]?[0-9][0-9 ()./-]{1,38}[0-9]( *(转|x|ext\.?|#) *[0-9]{1,8})?")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_PORT = re.compile(r"(localhost|[\w-]+(\.[\w-]+)+):\d{1,5}([/?#]|$)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")


def parse(field: Field, raw: Any, tx: Tx) -> Any:
    """The stored value of `raw`; blank text is None."""
    if field.kind == "formula":
        raise Invalid("records.computed", path=field.key, field=field.words)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if field.format is not None:
        return _formatted(field, raw, tx)
    return _PARSERS[field.kind](field, raw, tx)


def _wrong(field: Field, raw: Any, code: str | None = None, **facts: Any) -> Invalid:
    shown = str(raw)[:80]
    return Invalid(f"records.{code or _NOT[field.kind]}", path=field.key, field=field.words, value=shown, **facts)


def _text(field: Field, raw: Any, tx: Tx) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise _wrong(field, raw, "not_text" if field.kind == "certificate" else None)
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


def _formatted(field: Field, raw: Any, tx: Tx) -> str:
    """As it is written in full; whether it is a good one is asked of the database."""
    text = unicodedata.normalize("NFKC", _text(field, raw, tx)).strip()
    return re.sub(r"[\s-]", "", text).upper() if field.format in ("credit_code", "id_number") else text


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
    if scheme and scheme[1].lower() not in ("http", "https", "mailto", "ftp") and not _PORT.match(text):
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
        raise _wrong(field, raw, "not_date")
    value = raw if isinstance(raw, dt.date) else None
    if isinstance(raw, str) and (match := _DATE.fullmatch(raw.strip())):
        try:
            value = dt.date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            value = None
    if value is None:
        raise _wrong(field, raw, "not_date")
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
    given = raw
    if isinstance(raw, Mapping):
        raw = cast("Mapping[str, Any]", raw).get("id")
    if isinstance(raw, str) and raw.strip().isascii() and raw.strip().isdigit():
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < raw < 2**63:
        raise _wrong(field, given, "reference")
    return raw


def _points(field: Field, raw: Any, tx: Tx) -> int:
    least, most = _POINTS[field.kind]
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise _wrong(field, raw, least=least, most=most)
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise _wrong(field, raw, least=least, most=most) from error
    if not value.is_finite() or value != int(value) or not least <= value <= most:
        raise _wrong(field, raw, least=least, most=most)
    return int(value)


def _references(field: Field, raw: Any, tx: Tx) -> list[int] | None:
    """Each once, in the order given."""
    if not isinstance(raw, list | tuple):
        raise _wrong(field, raw)
    # what the actor may not see comes back as it was shown; it stays in the list (`lists.unseen`)
    seen = (one for one in cast("list[Any]", raw) if one != {"denied": True})
    found = list(dict.fromkeys(_reference(field, each, tx) for each in seen))
    if len(found) > MOST_LINKED:
        raise _wrong(field, len(found), "many", most=MOST_LINKED)
    return found or None


def _files(field: Field, raw: Any, tx: Tx) -> list[dict[str, Any]] | None:
    """[{"file": id, "name"?}]; what each file is follows from the id (`attached.settled`)."""
    if not isinstance(raw, list | tuple):
        raise _wrong(field, raw)
    found = {one["file"]: one for one in (_file(field, each, tx) for each in cast("list[Any]", raw))}
    if len(found) > MOST_FILES:
        raise _wrong(field, len(found), "many", most=MOST_FILES)
    return list(found.values()) or None


def _file(field: Field, raw: Any, tx: Tx) -> dict[str, Any]:
    tree = cast("Mapping[str, Any]", raw if isinstance(raw, Mapping) else {"file": raw})
    number, name = tree.get("file"), tree.get("name")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**63:
        raise _wrong(field, raw)
    named = {} if not isinstance(name, str) or not name.strip() else {"name": files.clean_name(name)}
    return {"file": number, **named}


def _signature(field: Field, raw: Any, tx: Tx) -> dict[str, Any]:
    return {"file": _file(field, raw, tx)["file"]}


def _certificate(field: Field, raw: Any, tx: Tx) -> dict[str, Any] | None:
    """number, issuer, from, until, files and, to keep the current one as an earlier version, renew."""
    if not isinstance(raw, Mapping):
        raise _wrong(field, raw)
    tree = cast("Mapping[str, Any]", raw)
    found: dict[str, Any] = {}
    for part in ("number", "issuer"):
        if tree.get(part) not in (None, ""):
            found[part] = _text(field, tree[part], tx)
    for part in ("from", "until"):
        if tree.get(part) not in (None, ""):
            found[part] = _date(field, tree[part], tx).isoformat()
    if "from" in found and "until" in found and found["from"] > found["until"]:
        raise _wrong(field, found["until"], "certificate_dates", start=found["from"])
    attached = _files(field, tree.get("files") or [], tx)
    if attached:
        found["files"] = attached
    if not any(found.values()):
        return None
    return {**found, "renew": True} if tree.get("renew") is True else found


_POINTS = {"rating": (1, 5), "nps": (0, 10)}
_NOT = {
    "text": "not_text", "long_text": "not_text", "auto_number": "not_text", "mail": "not_mail", "phone": "not_phone",
    "link": "not_link", "number": "not_number", "money": "not_money", "percent": "not_percent", "date": "not_date",
    "datetime": "not_datetime", "yes_no": "not_yes_no", "select": "option", "multi_select": "not_options",
    "relation": "reference", "person": "reference", "department": "reference", "address": "not_text",
    "rating": "not_points", "nps": "not_points", "persons": "not_references", "relations": "not_references",
    "attachment": "not_files", "image": "not_files", "signature": "not_files", "certificate": "not_certificate",
}  # fmt: skip
_PARSERS: dict[str, Callable[[Field, Any, Tx], Any]] = {
    "text": _text, "long_text": _text, "auto_number": _text, "mail": _mail, "phone": _phone, "link": _link,
    "number": _number, "money": _number, "percent": _number, "date": _date, "datetime": _datetime,
    "yes_no": _yes_no, "select": _option, "multi_select": _options,
    "relation": _reference, "person": _reference, "department": _reference, "address": _text,
    "rating": _points, "nps": _points, "persons": _references, "relations": _references,
    "attachment": _files, "image": _files, "signature": _signature, "certificate": _certificate,
}  # fmt: skip
