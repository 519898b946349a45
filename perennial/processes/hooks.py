"""Hooks: addresses that somebody outside calls about a record, and the calls that waits look out for.

In:   a secret, a JSON with the record and whatever else, perhaps a key that names the call
Out:  a row, once per key, which the reaction handles as it handles a record that was created

The secret is the whole right: whoever knows it may say that this happened to any record of the process, and learns no
more than whether there is such a record. It is shown once and kept as a hash.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from perennial import access, forms
from perennial.kernel import SYSTEM, Database, Invalid, Missing, Row, Tx, fail_point, statements
from perennial.processes.advance import Advanced, advance, lock
from perennial.processes.events import Events, noticed
from perennial.processes.narrowed import follow_all

KEY_LENGTH = 200
_HINT = 6
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_TELLING = ("text", "auto_number", "phone", "mail", "link")  # kinds of a field that may say which record is meant
_SQL = statements(__file__, "hooks.sql")


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def renew(tx: Tx, process: str, name: str) -> str:
    """The secret of a new address for this hook; the one before leads nowhere. It cannot be shown again."""
    for path, key in (("key", process), ("name", name)):
        if not _NAME.match(key):
            raise Invalid("processes.key", path=path, key=key)
    secret = secrets.token_urlsafe(32)
    of = {"process": process, "name": name, "by": tx.actor.as_json()}
    tx.run(_SQL["renew"], {**of, "hash": _hash(secret), "hint": secret[:_HINT]})
    return secret


def addresses(tx: Tx, process: str) -> list[Row]:
    """The hooks of a process that have an address: name, hint (how it begins), made_at, made_by, calls, last_at."""
    return tx.rows(_SQL["listed"], {"process": process})


def knock(tx: Tx, secret: str, body: bytes, key: str | None) -> bool:
    """The call is written down, the reaction will follow it. False: a call of this key was there before. The secret is
    looked up by its hash: the time that takes says nothing about it.

    body    a JSON object; `record` is the number of the record, or {field: value} of its name or another field that
            tells records apart
    errors  Missing processes.no_such_hook · Invalid processes.hook_body, hook_record, hook_field
    """
    hook = tx.one(_SQL["find"], {"hash": _hash(secret)})
    if hook is None:
        raise Missing("processes.no_such_hook")
    said, given = _read(tx, body)
    if key is not None and len(key) > KEY_LENGTH:
        key = hashlib.sha256(key.encode()).hexdigest()
    record = _record(tx, hook["form"], given)
    of = {"process": hook["process"], "name": hook["name"], "record": record, "key": key or None, "body": said}
    return tx.value(_SQL["take"], of) is not None


def _read(tx: Tx, body: bytes) -> tuple[str, Any]:
    """The body as text, and the record it speaks of."""
    try:
        said = body.decode("utf-8")
        parsed = json.loads(said)
        said.encode("utf-8")
    except (UnicodeError, ValueError, RecursionError) as error:
        raise Invalid("processes.hook_body", path="record") from error
    valid = "\x00" not in said and tx.value("SELECT pg_input_is_valid(%(said)s, 'jsonb')", {"said": said})
    if not valid or not isinstance(parsed, dict) or "record" not in parsed:
        raise Invalid("processes.hook_body", path="record")
    return said, parsed["record"]


def _record(tx: Tx, form: str, given: Any) -> int:
    """The one live record that is meant."""
    rows = access.readable(tx, form, actor=SYSTEM)
    source = rows.source
    if isinstance(given, int) and not isinstance(given, bool):
        test = source.field("id") == given if 0 < given < 2**63 else sa.false()
    else:
        test = _told(tx, form, source, given)
    found = tx.rows(sa.select(source.field("id").label("id")).select_from(rows.from_).where(rows.where, test).limit(2))
    if len(found) != 1:
        raise Invalid("processes.hook_record", path="record", record=_shown(given), count=len(found))
    return int(found[0]["id"])


def _told(tx: Tx, form: str, source: Any, given: Any) -> sa.ColumnElement[bool]:
    if not isinstance(given, Mapping) or len(given) != 1:
        raise Invalid("processes.hook_body", path="record")
    ((key, value),) = given.items()  # pyright: ignore[reportUnknownVariableType]
    definition = forms.catalog(tx).form(form)
    field = definition.field(str(key))
    telling = field is not None and (field.unique or field.kind == "auto_number" or definition.title == field.key)
    if field is None or not telling or field.kind not in _TELLING:
        raise Invalid("processes.hook_field", path="record", field=str(key), form=definition.label)
    if not isinstance(value, str) or "\x00" in value or not value.isprintable():
        raise Invalid("processes.hook_record", path="record", record=_shown(given), count=0)
    return source.field(field.key) == value


def _shown(given: Any) -> str:
    return json.dumps(given, ensure_ascii=True)[:100]


def follow_calls(database: Database) -> Advanced:
    """Every call that came in is followed; several workers may."""
    return follow_all(database, _some, _SQL["failed"], "a call", lambda: None)


def _some(tx: Tx, *, failed: list[int], most: int, taken: list[int]) -> Advanced | None:
    rows = tx.rows(_SQL["claim"], {"failed": failed, "most": most})
    if not rows:
        return None
    taken[:] = [row["id"] for row in rows]
    done = _follow(tx, rows)
    fail_point("processes.call_followed")
    return done


def _follow(tx: Tx, rows: list[Row]) -> Advanced:
    calls: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        calls.setdefault((row["process"], row["name"]), []).append(row["id"])
    ids = {"ids": [row["id"] for row in rows]}
    held = set(lock(tx, sorted(tx.value(_SQL["whose"], ids) or [])))
    scope = noticed(tx, Events({}, calls), held)
    tx.run(_SQL["handled"], ids)
    return advance(tx, sorted(scope))
