"""Exports: what a list shows, as a file for the person who asked.

State of an export: queued -> running -> done, failed or cancelled. The client polls GET /api/exports/{id}.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from perennial.http.edge import InTx, Router
from perennial.http.errors import language_of
from perennial.http.files import served
from perennial.http.records import Formula, Name, Sort
from perennial.kernel import Invalid, Language, Row, text
from perennial.records import MOST_COLUMNS, exports

router = Router(tags=["export"])

State = Literal["queued", "running", "done", "failed", "cancelled"]


class AskExport(BaseModel):
    """What the list shows. `columns`: field keys or dotted paths; absent: all that I may see."""

    model_config = ConfigDict(extra="forbid")
    format: Literal["xlsx", "csv"] = "xlsx"
    columns: list[Name] | None = Field(default=None, min_length=1, max_length=MOST_COLUMNS)
    filter: Formula | None = None
    sort: list[Sort] = Field(default_factory=list[Sort], max_length=5)
    search: Annotated[str, Field(max_length=100)] | None = None


class ExportAsked(BaseModel):
    id: int


class ExportOut(BaseModel):
    """`expired`: it was done, and its file is gone. `problem`: why it failed, in words."""

    id: int
    form: str = Field(description="empty for an exit pack")
    format: Literal["xlsx", "csv", "pack"]
    file_name: str
    state: State
    total: int | None
    written: int
    problem: str | None
    created_at: dt.datetime
    finished_at: dt.datetime | None
    expires_at: dt.datetime | None
    expired: bool


@router.post("/forms/{form}/export", status_code=202)
def ask_export(tx: InTx, request: Request, form: str, body: AskExport) -> ExportAsked:
    """A worker writes what the list shows, as I may see it then. 422 exports.too_many_rows: more than a sheet holds."""
    asked = exports.Asked(
        None if body.columns is None else tuple(body.columns), body.filter or None,
        tuple((one.field, one.descending) for one in body.sort), body.search or None,
    )  # fmt: skip
    return ExportAsked(id=exports.ask(tx, form, asked, format=body.format, language=language_of(request)))


@router.post("/exports/pack", status_code=202)
def ask_pack(tx: InTx, request: Request) -> ExportAsked:
    """The exit pack: everything, for who may both `design` and look after `people`. A worker writes it."""
    return ExportAsked(id=exports.ask_pack(tx, language_of(request)))


@router.get("/exports")
def list_exports(tx: InTx, request: Request) -> list[ExportOut]:
    """Mine, the newest first."""
    return [_told(row, language_of(request)) for row in exports.exports(tx)]


@router.get("/exports/{export_id}")
def read_export(tx: InTx, request: Request, export_id: int) -> ExportOut:
    """How far it is."""
    return _told(exports.read(tx, export_id), language_of(request))


@router.post("/exports/{export_id}/cancel", status_code=204)
def cancel_export(tx: InTx, export_id: int) -> None:
    """A worker at it stops soon, and no file is left. One that is over stays as it is."""
    exports.cancel(tx, export_id)


@router.get("/exports/{export_id}/file")
def read_export_file(tx: InTx, request: Request, export_id: int) -> Response:
    """The file, for a day, for me alone."""
    return served(request, exports.file(tx, export_id), False, True)


def _told(row: Row, language: Language) -> ExportOut:
    told: dict[str, Any] = {**row}
    error = told.pop("error")
    return ExportOut(**told, problem=text(Invalid(error["code"], **error["facts"]), language) if error else None)
