"""Imports: upload, mapping, dry run, fixes, run, result, undo.

State of an import: mapping -> checked -> queued -> running -> done -> undone, or failed with `error`. The client polls
GET /api/imports/{id} while it is queued or running; `progress` never goes back.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import File, Form, Query, Request, UploadFile
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from perennial import forms, processes
from perennial.http.edge import InTx, Router, allow, run
from perennial.http.errors import language_of
from perennial.http.files import disposition
from perennial.kernel import Invalid, Language, text
from perennial.records import imports

router = Router(prefix="/imports", tags=["import"])

Name = Annotated[str, Field(max_length=300)]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Answer = Literal["tasks", "latest", "all", "none"]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Chosen(_Input):
    """How the file is to be read again; what is left out is found out."""

    sheet: Name | None = None
    header_row: int | None = Field(default=None, ge=0, le=1_048_576)
    encoding: Name | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)


class Fix(_Input):
    """The cell of `row`, or every cell that says `old`, says `new` from now on."""

    column: Name
    row: int | None = Field(default=None, ge=1, le=2**31 - 1)
    old: str | None = Field(default=None, max_length=40_000)
    new: str | None = Field(default=None, max_length=40_000)


class Skip(_Input):
    rows: list[Annotated[int, Field(ge=1, le=2**31 - 1)]] = Field(max_length=10_000)
    skipped: bool = True


class Start(_Input):
    """`answer`: what the records set off now; see `POST /api/imports/{id}/run`."""

    skip_errors: bool = False
    answer: Answer = "tasks"


class Made(BaseModel):
    id: int


class Count(BaseModel):
    count: int


def _told(import_: dict[str, Any], language: Language) -> dict[str, Any]:
    """Problems and a failure with their sentence in the reader's language."""
    for report in ("checked", "result"):
        for one in (import_.get(report) or {}).get("problems", []):
            one["text"] = _sentence(one, one["first"], (one["samples"] or [None])[0], language)
    if import_.get("error"):
        error = import_["error"]
        error["text"] = text(Invalid(error["code"], **error["facts"]), language)
    return jsonable_encoder(import_)


def _sentence(one: dict[str, Any], row: int, value: str | None, language: Language) -> str:
    facts: dict[str, Any] = {
        "column": one.get("column") or one.get("field") or "",
        **(one["facts"] or {}),
        "row": row,
        "value": value,
    }
    return text(Invalid(one["code"], **facts), language)


@router.post("", status_code=201)
def create_import(
    request: Request,
    file: Annotated[UploadFile, File()],
    form: Annotated[str, Form(max_length=100)],
    sheet: Annotated[str | None, Form()] = None,
    header_row: Annotated[int | None, Form()] = None,
    encoding: Annotated[str | None, Form()] = None,
    delimiter: Annotated[str | None, Form()] = None,
) -> Made:
    """Upload a file for a form: it is read at once, its columns are proposed as fields. 422 imports.* names why a file
    is refused; the limit is 50 MB."""
    run(request, lambda tx: allow(tx, "import"))
    imports.refuse_size(file.size or 0)
    chosen = {"sheet": sheet, "header_row": header_row, "encoding": encoding, "delimiter": delimiter}
    with tempfile.NamedTemporaryFile(prefix="perennial-upload-") as kept:
        shutil.copyfileobj(file.file, kept)
        kept.flush()
        made = run(request, lambda tx: imports.upload(tx, form, file.filename or "", Path(kept.name), **chosen))
    return Made(id=made)


@router.get("")
def list_imports(tx: InTx, form: str | None = None) -> Response:
    """The newest imports: mine, or those of a form."""
    allow(tx, "import")
    return _json(imports.imports(tx, form))


@router.get("/template")
def read_template(tx: InTx, request: Request, form: str) -> Response:
    """A workbook to fill in: header, an example row that an import skips, notes and choices per column."""
    allow(tx, "import")
    content, words = imports.template(tx, form, language_of(request)), forms.catalog(tx).form(form).words
    name = words.english if language_of(request) == "en" else str(words)
    headers = {"Content-Disposition": disposition(f"{name}.xlsx", inline=False), "Cache-Control": "no-store"}
    return Response(content, media_type=_XLSX, headers=headers)


@router.get("/remembered")
def list_remembered(tx: InTx, form: str | None = None) -> Response:
    """Mappings that the next file with the same columns begins with: id, form, columns, file_name, at, by_label."""
    allow(tx, "import")
    return _json(imports.remembered(tx, form))


@router.delete("/remembered/{remembered_id}", status_code=204)
def forget_mapping(tx: InTx, remembered_id: int) -> None:
    """The next file with these columns is mapped from its names again."""
    allow(tx, "import")
    imports.forget(tx, remembered_id)


@router.get("/{import_id}")
def read_import(tx: InTx, request: Request, import_id: int) -> Response:
    """State, columns with three samples each, mapping with confidence, unmapped columns, dry run, progress, result."""
    allow(tx, "import")
    return _json(_told(imports.read(tx, import_id), language_of(request)))


@router.post("/{import_id}/read")
def reread_import(tx: InTx, request: Request, import_id: int, body: Chosen) -> Response:
    """The same file with another sheet, header row or encoding; mapping and fixes start anew."""
    allow(tx, "import")
    imports.read_again(tx, import_id, **body.model_dump())
    return _json(_told(imports.read(tx, import_id), language_of(request)))


@router.put("/{import_id}/mapping", status_code=204)
def map_import(tx: InTx, import_id: int, body: dict[str, Any]) -> None:
    """{"targets": [{form, key, mode, fields: [{field, column | formula | from, match, create}]}], "date_order"}"""
    allow(tx, "import")
    imports.set_mapping(tx, import_id, body)


@router.post("/{import_id}/propose")
def propose_mapping(tx: InTx, request: Request, import_id: int) -> Response:
    """The mapping is proposed from the names of the columns, whatever was remembered."""
    allow(tx, "import")
    imports.set_aside(tx, import_id)
    return _json(_told(imports.read(tx, import_id), language_of(request)))


@router.post("/{import_id}/dry-run")
def check_import(tx: InTx, request: Request, import_id: int) -> Response:
    """Everything but the writing: counts, totals, problems by kind with their first row and three values."""
    allow(tx, "import")
    imports.check(tx, import_id)
    return _json(_told(imports.read(tx, import_id), language_of(request)))


@router.get("/{import_id}/rows")
def read_import_rows(
    tx: InTx, request: Request, import_id: int, only: Literal["error", "hint", "all"] = "error",
    code: str | None = None, field: str | None = None, after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:  # fmt: skip
    """Rows of the file for the grid, each with its problems in words."""
    allow(tx, "import")
    rows = imports.page(tx, import_id, only=only, code=code, field=field, after=after, limit=limit)
    for row in rows:
        for one in row["problems"]:
            one["text"] = _sentence(one, row["row"], one["value"], language_of(request))
    return _json(rows)


@router.post("/{import_id}/fix")
def fix_import(tx: InTx, import_id: int, body: Fix) -> Count:
    """Change one cell, or all that say the same. The file itself stays as it is; check again afterwards."""
    allow(tx, "import")
    return Count(count=imports.fix(tx, import_id, body.column, new=body.new, row=body.row, old=body.old))


@router.post("/{import_id}/skip")
def skip_import_rows(tx: InTx, import_id: int, body: Skip) -> Count:
    """Leave rows out, or take them in again."""
    allow(tx, "import")
    return Count(count=imports.skip(tx, import_id, body.rows, skipped=body.skipped))


@router.post("/{import_id}/effects")
def rehearse_import(tx: InTx, import_id: int) -> Response:
    """What the new records would set off at once: per form, rows of process, node, kind, outward (it would leave the
    house) and count. With the answer `tasks` only those not outward happen. null: too many rows to try out."""
    allow(tx, "import")
    return _json(imports.rehearse(tx, import_id, lambda form, ids: processes.preview(tx, form, ids)))


@router.post("/{import_id}/run", status_code=202)
def run_import(tx: InTx, import_id: int, body: Start) -> None:
    """A worker writes the records. `answer`: tasks (no message), latest (the latest passed message of each too), all,
    none (left out). 422 imports.errors unless `skip_errors`."""
    allow(tx, "import")
    imports.start(tx, import_id, skip_errors=body.skip_errors, answer=body.answer)


@router.post("/{import_id}/undo")
def undo_import(tx: InTx, import_id: int) -> Response:
    """Untouched records are removed or restored; those that somebody touched are kept and listed. 409 imports.too_late
    after `undo_until`."""
    allow(tx, "import")
    return _json(imports.undo(tx, import_id))


@router.delete("/{import_id}", status_code=204)
def discard_import(tx: InTx, import_id: int) -> None:
    """An import that was not run is gone."""
    allow(tx, "import")
    imports.discard(tx, import_id)


def _json(content: Any) -> Response:

    return JSONResponse(jsonable_encoder(content))
