"""What a person may begin for a record, or for what runs around it."""

from dataclasses import asdict

from pydantic import BaseModel, Field

from perennial import access, processes
from perennial.http.edge import InTx, Router
from perennial.http.processes import may_update, titles_of
from perennial.kernel import Missing, Tx

router = Router(prefix="/forms", tags=["processes"])

MOST = 200  # records around one


class StartOut(BaseModel):
    process: str
    label: str
    label_en: str
    form: str
    record_id: int
    title: str | None
    running: bool = Field(description="It has begun already")


class BeginIn(BaseModel):
    process: str
    reason: str = Field(max_length=500)


class Begun(BaseModel):
    began: bool = Field(description="False: it was running already, and runs on")


@router.get("/{form}/{record_id}/startable")
def read_startable(tx: InTx, form: str, record_id: int) -> list[StartOut]:
    """Processes that I may begin for this record and for the terms of its overview, and those of them that run."""
    rows = access.readable(tx, form)
    if tx.one(rows.select().where(rows.source.field("id") == record_id)) is None:
        raise Missing("records.missing", form=form)
    overview = rows.catalog.form(form).overview
    terms = rows.scope.collection(overview.terms.of) if overview and overview.terms else None
    around = [] if terms is None or terms.inside or terms.many else _of(tx, terms.scope.form, terms.back, record_id)
    return [*_of(tx, form, "id", record_id), *around]


def _of(tx: Tx, form: str, key: str, record_id: int) -> list[StartOut]:
    """Of the records whose `key` is this number, those that I may change."""
    if not access.may(tx, "update", form):
        return []
    mine = access.writable(tx, form)
    at = mine.source.table.c["id"]
    newest = mine.select().where(mine.source.field(key) == record_id).order_by(at.desc()).limit(MOST)
    ids = [row["id"] for row in tx.rows(newest)]
    found = processes.startable(tx, form, ids)
    titles = titles_of(tx, access.readable(tx, form), sorted({one.record_id for one in found})) if found else {}
    return [StartOut(**asdict(one), form=form, title=titles[one.record_id]) for one in found if one.record_id in titles]


@router.post("/{form}/{record_id}/begin")
def begin_process(tx: InTx, form: str, record_id: int, given: BeginIn) -> Begun:
    """The process has begun for this record, which I may change; who, when and why stand beside it."""
    may_update(tx, form, record_id)
    return Begun(began=processes.begin(tx, given.process, form, record_id, given.reason))
