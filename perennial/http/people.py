"""Logging in and out, the first start, who I am, and the pickers of persons and departments."""

import datetime as dt
import secrets
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from perennial import people
from perennial.http.edge import COOKIE, Connected, InTx, Router, address_of, allow, remember
from perennial.kernel import SYSTEM, Database, Denied, Tx, set_workspace, workspace

router = Router(tags=["people"])

_LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")
_ZONE = "Asia/Shanghai"

Language = Literal["zh", "en"]
Theme = Literal["system", "light", "dark"]
Name = Annotated[str, Field(max_length=100)]
Password = Annotated[str, Field(max_length=500)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class State(BaseModel):
    """What the page needs before anybody has logged in."""

    first_start: bool
    setup_code: bool = Field(description="The first administrator must give the code that the server printed")
    demo: bool = Field(description="One click logs in as the demo administrator, from here")
    name: str
    clock: Literal["real", "manual"]
    today: dt.date


class Credentials(_Input):
    account: Name
    password: Password


class Setup(_Input):
    """The first administrator and the company, on an empty installation."""

    account: Name
    name: Name
    password: Password
    company: Name = ""
    zone: Name = _ZONE
    language: Language = "zh"
    code: Name = Field(default="", description="As printed by the server; asked of other machines only")


class RoleOut(BaseModel):
    key: str
    label: str
    label_en: str | None


class Workspace(BaseModel):
    name: str
    kind: Literal["real", "demo", "test", "scratch"]
    zone: str
    clock: Literal["real", "manual"]
    now: dt.datetime
    today: dt.date


class Me(BaseModel):
    """Who I am. `csrf` goes into the header X-CSRF of every request but GET."""

    id: int
    account: str
    name: str
    mail: str | None
    language: Language
    theme: Theme
    department_id: int | None
    department: str | None
    roles: list[RoleOut]
    may: list[str] = Field(description="System rights: design, import, release, people")
    menu: list[str]
    landing: str | None
    csrf: str
    workspace: Workspace


class MeChange(_Input):
    language: Language | None = None
    theme: Theme | None = None


class PasswordChange(_Input):
    old: Password
    new: Password


class WorkspaceChange(_Input):
    name: Name | None = None
    zone: Name | None = None


class PersonOut(BaseModel):
    id: int
    name: str
    account: str
    department_id: int | None
    department: str | None
    active: bool


class DepartmentOut(BaseModel):
    id: int
    key: str
    name: str
    parent_id: int | None
    head_id: int | None
    active: bool


@router.get("/state")
def state(request: Request, database: Connected) -> State:
    with database.begin(SYSTEM) as tx:
        found = workspace(tx)
        empty = people.is_empty(tx)
        return State(
            first_start=empty,
            setup_code=empty and not _is_local(request),
            demo=found.kind == "demo" and _is_local(request),
            name=found.name,
            clock="manual" if found.manual else "real",
            today=tx.today,
        )


@router.post("/login")
def login(request: Request, response: Response, database: Connected, body: Credentials) -> Me:
    session = people.login(
        database, body.account, body.password, address=address_of(request), agent=request.headers.get("user-agent", "")
    )
    return _welcome(request, response, database, session)


@router.post("/demo-login")
def demo_login(request: Request, response: Response, database: Connected) -> Me:
    """One click, only in the demo company and only from the machine it runs on."""
    with database.begin(SYSTEM) as tx:
        admins = people.holders(tx, "business_admin")
        if workspace(tx).kind != "demo" or not _is_local(request) or _is_foreign(request) or not admins:
            raise Denied("http.demo_only")
        session = people.open_session(tx, admins[0], address=address_of(request))
    return _welcome(request, response, database, session)


@router.post("/logout", status_code=204)
def logout(request: Request, response: Response, tx: InTx) -> None:
    people.logout(tx, request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path="/")


@router.post("/setup")
def setup(request: Request, response: Response, database: Connected, body: Setup) -> Me:
    """The first administrator, then the company; refused as soon as anybody exists. Whoever reaches the port from
    another machine is not the owner by that alone: they must know what the server printed."""
    if not _is_local(request) and not _knows(request.app.state.setup_code, body.code):
        raise Denied("http.setup_code", path="code")
    with database.begin(SYSTEM) as tx:
        person = people.first_administrator(tx, body.account, body.name, body.password)
        people.update(tx, person, language=body.language)
        set_workspace(tx, name=body.company.strip(), zone=body.zone)
        session = people.open_session(tx, person, address=address_of(request))
    return _welcome(request, response, database, session)


@router.get("/me")
def me(request: Request, tx: InTx) -> Me:
    people.prolong(tx, request.cookies.get(COOKIE, ""))
    return _me(tx)


@router.patch("/me")
def change_me(tx: InTx, body: MeChange) -> Me:
    assert tx.actor.id is not None
    people.update(tx, tx.actor.id, **body.model_dump(exclude_none=True))
    return _me(tx)


@router.post("/me/password", status_code=204)
def change_password(request: Request, tx: InTx, body: PasswordChange) -> None:
    people.change_password(tx, body.old, body.new, keep=request.cookies.get(COOKIE))


@router.patch("/workspace")
def change_workspace(tx: InTx, body: WorkspaceChange) -> Workspace:
    allow(tx, "people")
    set_workspace(tx, name=body.name, zone=body.zone)
    return _workspace(tx)


@router.get("/people")
def list_people(tx: InTx, everybody: bool = False) -> list[PersonOut]:
    """Active colleagues by name (`everybody`: those who left, too), for pickers."""
    return [
        PersonOut(
            id=p.id, name=p.name, account=p.account, department_id=p.department_id, department=p.department,
            active=p.active,
        )
        for p in people.people(tx, all_=everybody)
    ]  # fmt: skip


@router.get("/departments")
def list_departments(tx: InTx) -> list[DepartmentOut]:
    """Active departments, parents before children."""
    return [
        DepartmentOut(id=d.id, key=d.key, name=d.name, parent_id=d.parent_id, head_id=d.head_id, active=d.active)
        for d in people.departments(tx)
    ]


def _welcome(request: Request, response: Response, database: Database, session: people.Session) -> Me:
    remember(request, response, session)
    with people.enter(database, session.token) as tx:
        return _me(tx)


def _me(tx: Tx) -> Me:
    person = people.find(tx, tx.actor.id)
    standing = people.standing(tx)
    roles = [role for role in people.roles(tx) if role.id in standing.roles]
    return Me(
        id=person.id,
        account=person.account,
        name=person.name,
        mail=person.mail,
        language=person.language,  # pyright: ignore[reportArgumentType]
        theme=person.theme,  # pyright: ignore[reportArgumentType]
        department_id=person.department_id,
        department=person.department,
        roles=[RoleOut(key=role.key, label=role.label, label_en=role.label_en) for role in roles],
        may=sorted(standing.may),
        menu=list(dict.fromkeys(entry for role in roles for entry in role.menu)),
        landing=next((role.landing for role in roles if role.landing), None),
        csrf=standing.csrf,
        workspace=_workspace(tx),
    )


def _workspace(tx: Tx) -> Workspace:
    found = workspace(tx)
    return Workspace(
        name=found.name,
        kind=found.kind,
        zone=found.zone,
        clock="manual" if found.manual else "real",
        now=found.now.astimezone(ZoneInfo(found.zone)),
        today=tx.today,
    )


def _knows(wanted: str | None, given: str) -> bool:
    """Case and dashes do not matter; without a code nobody knows it."""
    plain = given.upper().replace("-", "").strip()
    return wanted is not None and secrets.compare_digest(wanted.replace("-", "").encode(), plain.encode())


def _is_foreign(request: Request) -> bool:
    """Sent by a page of another machine. What has a session needs X-CSRF, and what has a body must be JSON, which no
    form can send; this door has neither."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).hostname not in (*_LOCAL_NAMES, "::1")


def _is_local(request: Request) -> bool:
    """From this machine, and asked for by a local name: another site's name may be made to point here."""
    host = request.headers.get("host", "")
    name = host if host.endswith("]") or (host.count(":") != 1 and "]" not in host) else host.rsplit(":", 1)[0]
    return address_of(request) in _LOOPBACK and name in _LOCAL_NAMES
