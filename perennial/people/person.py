"""Persons: create, change, disable; the first administrator of an empty installation."""

import contextlib
import datetime as dt
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import errors as pg

from perennial.kernel import Conflict, Invalid, Missing, Tx, Words
from perennial.people.administration import administered
from perennial.people.password import hashed
from perennial.people.role import assign

_COLUMNS = """p.id, p.account, p.name, p.mail, p.phone, p.department_id, d.name AS department, p.superior_id,
       p.deputy_id, p.away_from, p.away_until, p.active, p.language, p.theme,
       ARRAY(SELECT r.key FROM people.membership m JOIN people.role r ON r.id = m.role_id
              WHERE m.person_id = p.id ORDER BY r.id) AS roles"""
_FROM = "FROM people.person p LEFT JOIN people.department d ON d.id = p.department_id"
_CHANGEABLE = (
    "account", "name", "mail", "phone", "department_id", "superior_id", "deputy_id", "away_from", "away_until",
    "language", "theme",
)  # fmt: skip


_NAMES = {
    "account": Words("账号", "the account"), "name": Words("姓名", "the name"),
    "department_id": Words("部门", "department"), "superior_id": Words("直属上级", "superior"),
    "deputy_id": Words("代班人", "deputy"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One colleague. `roles` are role keys."""

    id: int
    account: str
    name: str
    mail: str | None
    phone: str | None
    department_id: int | None
    department: str | None
    superior_id: int | None
    deputy_id: int | None
    away_from: dt.date | None
    away_until: dt.date | None
    active: bool
    language: str
    theme: str
    roles: list[str]


def people(tx: Tx, *, all_: bool = False) -> list[Person]:
    """Active persons (with `all_`: everybody), by name in Chinese order."""
    rows = tx.rows(
        f"SELECT {_COLUMNS} {_FROM} WHERE p.active OR %(all)s ORDER BY convert_to(p.name, 'GB18030'), p.id",
        {"all": all_},
    )
    return [Person(**row) for row in rows]


def find(tx: Tx, person_id: int | None = None, *, account: str | None = None) -> Person:
    """One person by id or account, active or not; Missing when there is none."""
    row = tx.one(
        f"SELECT {_COLUMNS} {_FROM} WHERE p.id = %(id)s OR p.account = %(account)s",
        {"id": person_id, "account": account},
    )
    if row is None:
        raise Missing("people.no_person")
    return Person(**row)


def create(
    tx: Tx, account: str, name: str, *, password: str | None = None, roles: Iterable[str] = (), **values: Any
) -> int:
    """A new person's id. `values`: mail, phone, department_id, superior_id, deputy_id, language, theme, away_*."""
    fields = _checked({"account": account, "name": name, **values})
    if password is not None:
        fields["password_hash"] = hashed(password)
    columns = ", ".join(fields)
    marks = ", ".join(f"%({key})s" for key in fields)
    with _named(tx, fields):
        person_id = int(tx.value(f"INSERT INTO people.person ({columns}) VALUES ({marks}) RETURNING id", fields))
        _sound(tx, person_id, fields)
    assign(tx, person_id, roles)
    return person_id


def update(tx: Tx, person_id: int, **values: Any) -> None:
    """The named values of a person have changed."""
    fields = _checked(values)
    if not fields:
        return
    assignments = ", ".join(f"{key} = %({key})s" for key in fields)
    with _named(tx, fields):
        if not tx.run(f"UPDATE people.person SET {assignments} WHERE id = %(id)s", {**fields, "id": person_id}):
            raise Missing("people.no_person")
        _sound(tx, person_id, fields)


def disable(tx: Tx, person_id: int) -> None:
    """The person cannot log in any more and every session has ended. Their records and tasks stay where they are:
    handing them over is the work of the rooms that own them."""
    if person_id == tx.actor.id:
        raise Invalid("people.disable_self")
    with administered(tx):
        done = tx.run(
            "UPDATE people.person SET active = false, disabled_at = %(now)s WHERE id = %(id)s AND active",
            {"id": person_id},
        )
    if not done:
        raise Missing("people.no_person")
    tx.run("DELETE FROM people.session WHERE person_id = %(id)s", {"id": person_id})


def enable(tx: Tx, person_id: int) -> None:
    """The person may log in again, with the roles that they had."""
    with administered(tx):
        tx.run("UPDATE people.person SET active = true, disabled_at = NULL WHERE id = %(id)s", {"id": person_id})


def is_empty(tx: Tx) -> bool:
    """Nobody exists yet: the first start, which asks for the administrator."""
    return not tx.value("SELECT EXISTS (SELECT FROM people.person)")


def first_administrator(tx: Tx, account: str, name: str, password: str) -> int:
    """The administrator of an empty installation; a second caller is refused, however close behind."""
    tx.run("LOCK TABLE people.person IN SHARE ROW EXCLUSIVE MODE")
    if not is_empty(tx):
        raise Conflict("people.not_empty")
    return create(tx, account, name, password=password, roles=["business_admin"])


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """Values as stored: trimmed, blank as NULL, only known columns; the account in lower case."""
    unknown = sorted(set(values) - set(_CHANGEABLE))
    if unknown:
        raise Invalid("people.unknown_field", path=unknown[0], field=unknown[0])
    found = {key: (value.strip() or None) if isinstance(value, str) else value for key, value in values.items()}
    for key in ("account", "name"):
        if key in found and not found[key]:
            raise Invalid("people.required", path=key, field=_NAMES[key])
    if "account" in found:
        found["account"] = str(found["account"]).lower()
    if "language" in found and found["language"] not in ("zh", "en"):
        raise Invalid("people.language", path="language", value=found["language"])
    if "theme" in found and found["theme"] not in ("system", "light", "dark"):
        raise Invalid("people.theme", path="theme", value=found["theme"])
    return found


def _sound(tx: Tx, person_id: int, given: Mapping[str, Any]) -> None:
    """Nobody is above or beside themselves, and who is away comes back after they went."""
    row = tx.one(_UNSOUND, {"id": person_id}) if given.keys() & _TIED else None
    for key, code in _TIED.items():
        if row is not None and row[key] and key in given:
            raise Invalid(code, path=key)


_TIED = {"superior_id": "people.superior_ring", "deputy_id": "people.deputy_self", "away_until": "people.away_order",
         "away_from": "people.away_order"}  # fmt: skip
_UNSOUND = """
WITH RECURSIVE up (id) AS (
    SELECT superior_id FROM people.person WHERE id = %(id)s
    UNION SELECT p.superior_id FROM up JOIN people.person p ON p.id = up.id
)
SELECT EXISTS (SELECT FROM up WHERE id = %(id)s) AS superior_id, deputy_id = id AS deputy_id,
       away_until < away_from AS away_until, away_until < away_from AS away_from
  FROM people.person WHERE id = %(id)s
"""


@contextlib.contextmanager
def _named(tx: Tx, fields: dict[str, Any]) -> Generator[None]:
    """A taken account or a reference to nobody becomes an error at its field."""
    try:
        with tx.savepoint():
            yield
    except pg.UniqueViolation as error:
        raise Invalid("people.account_taken", path="account", account=fields["account"]) from error
    except pg.ForeignKeyViolation as error:
        name = (error.diag.constraint_name or "").removeprefix("person_").removesuffix("_fkey")
        raise Invalid("people.no_such", path=name, field=_NAMES.get(name, name)) from error
