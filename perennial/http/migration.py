"""Running instances go to the version in force, and back."""

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, Field

from perennial import access, apps, processes
from perennial.http.design_shapes import By
from perennial.http.edge import InTx, Router, allow
from perennial.http.processes import titles_of
from perennial.kernel import Tx

router = Router(tags=["processes"])


class PlaceOut(BaseModel):
    """Who stands at one node of one version. `why` it is no plain move: gone, other_kind, other_split."""

    key: str
    label: str
    label_en: str
    kind: str
    version: int
    here: int
    verdict: Literal["moves", "choose", "cannot"]
    why: str
    options: list[str]
    proposed: str
    changes: list[str]


class InstanceOut(PlaceOut):
    """One instance that needs a choice, or cannot go. `title` as far as one may read the record."""

    instance: int
    record_id: int
    title: str | None


class OptionOut(BaseModel):
    """`acts`: something happens there by itself, at once."""

    label: str
    label_en: str
    acts: bool


class MigrationSeenOut(BaseModel):
    """`to`: the version in force; null of a draft. `open` instances on others = moves + choose + cannot."""

    form: str
    to: int | None
    open: int
    moves: int
    choose: int
    cannot: int
    suspended: int
    nodes: list[PlaceOut]
    ask: list[InstanceOut]
    stay: list[InstanceOut]
    options: dict[str, OptionOut]


class OwnIn(BaseModel):
    instance: int
    node: str
    target: str


class MigrateIn(BaseModel):
    """`choices`: node of the old version -> where to go on; '' stays. `own`: the same of single instances."""

    to: int
    choices: dict[str, str] = {}
    own: list[OwnIn] = Field(default=[], max_length=1000)


class MigratedOut(BaseModel):
    """`left`: so many of them are taken on by the worker."""

    id: int | None
    moved: int
    stayed: int
    left: int


class MigrationOut(BaseModel):
    id: int
    at: dt.datetime
    by: By
    number: int
    moved: int
    back: int
    undone_at: dt.datetime | None
    undone_by: By | None


class GoneOnOut(BaseModel):
    instance: int
    record_id: int
    title: str | None


class MigrationBackOut(BaseModel):
    moved: int
    stayed: int
    left: int
    gone_on: list[GoneOnOut]


@router.get("/processes/{key}/migration")
def foresee_migration(tx: InTx, key: str, draft: bool = False) -> MigrationSeenOut:
    """What taking the running instances along would do; `draft`: to the draft of the process instead."""
    allow(tx, "design")
    tree = apps.read(tx, "process", key).tree if draft else None
    found = processes.foresee(tx, key, processes.load(dict(tree)) if tree is not None else None)
    titles = _titles(tx, found["form"], [*found["ask"], *found["stay"]])
    for one in (*found["ask"], *found["stay"]):
        one["title"] = titles.get(one["record_id"])
    return MigrationSeenOut(**found)


@router.post("/processes/{key}/migration")
def migrate(tx: InTx, key: str, given: MigrateIn) -> MigratedOut:
    """Take them along, in one step."""
    allow(tx, "design")
    own = [processes.Own(one.instance, one.node, one.target) for one in given.own]
    done = processes.migrate(tx, key, given.to, given.choices, own)
    return MigratedOut(id=done.id, moved=done.moved, stayed=done.stayed, left=done.left)


@router.get("/processes/{key}/migrations")
def list_migrations(tx: InTx, key: str) -> list[MigrationOut]:
    """The newest first."""
    allow(tx, "design")
    return [MigrationOut(**row) for row in processes.migrations(tx, key)]


@router.post("/migrations/{id}/undo")
def undo_migration(tx: InTx, id: int) -> MigrationBackOut:
    """Whoever stands as they were put goes back as they stood."""
    allow(tx, "design")
    done = processes.undo_migration(tx, id)
    titles = _titles(tx, done.pop("form"), done["gone_on"])
    rows = [GoneOnOut(**one, title=titles.get(one["record_id"])) for one in done.pop("gone_on")]
    return MigrationBackOut(**done, gone_on=rows)


def _titles(tx: Tx, form: str, rows: list[dict[str, Any]]) -> dict[int, str]:
    ids = sorted({one["record_id"] for one in rows})
    return titles_of(tx, access.readable(tx, form), ids) if ids and access.may(tx, "read", form) else {}
