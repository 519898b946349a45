"""Persons, departments and roles as who may manage people changes them."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from perennial import people, processes
from perennial.http.edge import InTx, Router, allow
from perennial.kernel import Conflict

router = Router(tags=["people"])

Word = Annotated[str, Field(max_length=200)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonInput(_Input):
    """What is left out of a change stays as it is. `roles`: keys, all that the person is to hold."""

    account: Word | None = None
    name: Word | None = None
    mail: Word | None = None
    phone: Word | None = None
    department_id: int | None = None
    superior_id: int | None = None
    deputy_id: int | None = None
    away_from: dt.date | None = None
    away_until: dt.date | None = None
    password: Word | None = None
    roles: list[Word] | None = None


class ColleagueOut(BaseModel):
    """One person in full, for who manages people."""

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
    roles: list[str]


class DepartmentInput(_Input):
    key: Word
    name: Word
    parent_id: int | None = None
    head_id: int | None = None
    active: bool = True
    new: bool = Field(default=False, description="One more: a key that is taken gets a number")


class RoleLine(BaseModel):
    key: str
    label: str
    label_en: str | None
    may: list[str]


@router.get("/colleagues")
def list_colleagues(tx: InTx) -> list[ColleagueOut]:
    """Everybody, those who left too."""
    allow(tx, "people")
    return [_out(person) for person in people.people(tx, all_=True)]


@router.post("/colleagues")
def create_colleague(tx: InTx, body: PersonInput) -> ColleagueOut:
    allow(tx, "people")
    values = body.model_dump(exclude_unset=True, exclude={"roles"})
    person_id = people.create(
        tx, values.pop("account", None) or "", values.pop("name", None) or "", roles=body.roles or (), **values
    )
    return _out(people.find(tx, person_id))


@router.patch("/colleagues/{person_id}")
def change_colleague(tx: InTx, person_id: int, body: PersonInput) -> ColleagueOut:
    """A new password ends every session of that person."""
    allow(tx, "people")
    people.update(tx, person_id, **body.model_dump(exclude_unset=True, exclude={"roles", "password"}))
    if body.password is not None:
        people.set_password(tx, person_id, body.password)
    if body.roles is not None:
        people.assign(tx, person_id, body.roles)
    return _out(people.find(tx, person_id))


@router.post("/colleagues/{person_id}/disable")
def disable_colleague(tx: InTx, person_id: int) -> ColleagueOut:
    """Refused while anything is still theirs: that goes to somebody first."""
    allow(tx, "people")
    left = processes.held(tx, person_id)
    if left and person_id != tx.actor.id:
        name = people.find(tx, person_id).name
        raise Conflict("processes.handover_first", name=name, count=sum(one.count for one in left))
    people.disable(tx, person_id)
    return _out(people.find(tx, person_id))


@router.post("/colleagues/{person_id}/enable")
def enable_colleague(tx: InTx, person_id: int) -> ColleagueOut:
    """They may log in again, with the roles that they had; nothing comes back to them by that."""
    allow(tx, "people")
    people.enable(tx, person_id)
    return _out(people.find(tx, person_id))


@router.post("/departments")
def save_department(tx: InTx, body: DepartmentInput) -> int:
    """The department with this key is as given; its id."""
    allow(tx, "people")
    return people.save_department(
        tx, body.key, body.name, parent_id=body.parent_id, head_id=body.head_id, active=body.active,
        new=body.new,
    )  # fmt: skip


@router.get("/roles")
def list_roles(tx: InTx) -> list[RoleLine]:
    allow(tx, "people")
    return [
        RoleLine(key=role.key, label=role.label, label_en=role.label_en, may=list(role.may))
        for role in people.roles(tx)
    ]


def _out(person: people.Person) -> ColleagueOut:
    fields = ColleagueOut.model_fields
    return ColleagueOut(**{key: getattr(person, key) for key in fields})
