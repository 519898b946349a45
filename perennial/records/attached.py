"""Files in fields: what a person names by id becomes what the record keeps.

A file may be named by who uploaded it, or where the record names it already; whoever could name any other would read
what they may not. A certificate that is renewed keeps the one before among its versions.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from perennial import files
from perennial.forms import KINDS, STRUCTURED, Field, Form
from perennial.kernel import Invalid, Tx

_PARTS = ("number", "issuer", "from", "until", "files")


def structured(field: Field) -> bool:
    return KINDS[field.kind].value in STRUCTURED


def file_ids(value: Any) -> Iterator[int]:
    """Every file that a stored value names, in earlier versions too."""
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from file_ids(one)
    elif isinstance(value, Mapping):
        tree = cast("Mapping[str, Any]", value)
        if isinstance(tree.get("file"), int):
            yield tree["file"]
        for part in ("files", "versions"):
            yield from file_ids(tree.get(part))


def settled(
    tx: Tx, form: Form, given: Mapping[str, Any], current: Mapping[str, Any], earlier: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], list[Invalid]]:
    """`given` with what is stored of files, signatures and certificates, and what is wrong with them.

    current  the record as it stands; empty for a new one
    earlier  what it held once, when that comes back
    """
    fields = [field for key in given if (field := form.field(key)) is not None and structured(field)]
    values, errors = dict(given), list[Invalid]()
    if not any(values[field.key] for field in fields):
        return values, errors
    known = files.known(tx, (number for field in fields for number in file_ids(values[field.key])))
    for field in fields:
        if values[field.key] is None:
            continue
        here = {*file_ids(current.get(field.key)), *file_ids((earlier or {}).get(field.key))}
        wrong = [_wrong(tx, field, number, known, here) for number in file_ids(values[field.key])]
        if found := [one for one in wrong if one is not None]:
            errors.append(found[0])
            del values[field.key]
            continue
        values[field.key] = _whole(tx, field, values[field.key], current.get(field.key), known)
    return values, errors


def _wrong(tx: Tx, field: Field, number: int, known: Mapping[int, files.File], here: set[int]) -> Invalid | None:
    found = known.get(number)
    own = found is not None and (tx.actor.kind == "system" or found.by == tx.actor.id)
    if found is None or not (own or number in here):
        return Invalid("records.no_file", path=field.key, field=field.words, value=number)
    if field.kind in ("image", "signature") and not found.type.startswith("image/"):
        return Invalid("records.not_image", path=field.key, field=field.words, value=found.name)
    return None


def _whole(tx: Tx, field: Field, value: Any, now: Any, known: Mapping[int, files.File]) -> Any:
    def told(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        before = {one["file"]: one for one in _attached(now)}
        return [{**before.get(one["file"], known[one["file"]].told()), **one} for one in items]

    match KINDS[field.kind].value:
        case "files":
            return told(value)
        case "signature":
            if now is not None and now.get("file") == value["file"]:
                return now
            return {**value, "by": tx.actor.id, "name": tx.actor.label, "at": tx.now.isoformat(timespec="seconds")}
        case _:
            return _certificate({**value, "files": told(value.get("files", []))}, now)


def _attached(value: Any) -> Iterable[dict[str, Any]]:
    if isinstance(value, Mapping):
        tree = cast("Mapping[str, Any]", value)
        return [*tree.get("files", ()), *(one for old in tree.get("versions", ()) for one in old.get("files", ()))]
    return cast("list[dict[str, Any]]", value or [])


def _certificate(value: dict[str, Any], now: Mapping[str, Any] | None) -> dict[str, Any]:
    """The parts that say something, and the versions before it, the latest first."""
    earlier = list((now or {}).get("versions", []))
    if value.pop("renew", False) and now is not None:
        earlier = [{part: now[part] for part in _PARTS if part in now}, *earlier]
    return {**{part: value[part] for part in _PARTS if part in value}, "versions": earlier}


def keep_named(tx: Tx, form: Form, values: Mapping[str, Any]) -> None:
    """The files of these values are no longer uploads that nobody took."""
    fields = [field for key in values if (field := form.field(key)) is not None and structured(field)]
    files.keep(tx, list({number for field in fields for number in file_ids(values[field.key])}))
