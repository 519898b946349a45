"""A ZIP of files that go to records by their names: upload, look, mend, fill in, take back."""

import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import File, Form, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from perennial.http.edge import InTx, Router, allow, run
from perennial.http.errors import language_of
from perennial.kernel import Invalid, Language, text
from perennial.records import bundles

router = Router(prefix="/bundles", tags=["import"])


class BundleMade(BaseModel):
    id: int


class BundleRecord(BaseModel):
    id: int
    label: str


class BundleField(BaseModel):
    key: str
    label: str
    label_en: str | None


class BundleItem(BaseModel):
    """`problem`: why a file is refused. `candidates`: the records that it may be about, when they are several."""

    n: int
    name: str
    size: int
    field: str
    from_on: dt.date | None
    until_on: dt.date | None
    state: Literal["matched", "ambiguous", "unknown", "refused"]
    record: BundleRecord | None
    candidates: list[BundleRecord]
    problem: str | None
    fixed: bool
    skip: bool


State = Literal["queued", "running", "failed", "ready", "done", "undone"]


class BundleOut(BaseModel):
    """While it is queued or running, `read` of `total` files are read and none is shown. `problem`: why it failed."""

    id: int
    form: str
    field: str
    file_name: str
    state: State
    total: int | None
    read: int
    problem: str | None
    filled: int | None
    fields: list[BundleField]
    items: list[BundleItem]


class BundleLine(BaseModel):
    id: int
    form: str
    file_name: str
    state: State
    total: int | None
    filled: int | None
    created_at: dt.datetime


class BundleFix(BaseModel):
    """What this file is about, as a whole: what is left out is blank."""

    model_config = ConfigDict(extra="forbid")
    record_id: int | None = Field(default=None, ge=1, le=2**63 - 1)
    field: str | None = None
    from_on: dt.date | None = None
    until_on: dt.date | None = None
    skip: bool = False


class BundleUndone(BaseModel):
    restored: int
    kept: int


@router.post("", status_code=201)
def upload_bundle(
    request: Request,
    file: Annotated[UploadFile, File()],
    form: Annotated[str, Form(max_length=100)],
    field: Annotated[str, Form(max_length=100)],
) -> BundleMade:
    """A ZIP whose files go to `field` of the records of `form` that their names tell. A long one is read by a worker:
    poll GET /api/bundles/{id} until it is ready. Nothing is filled in yet."""
    run(request, lambda tx: allow(tx, "import"))
    bundles.refuse_size(file.size or 0)
    with tempfile.NamedTemporaryFile(prefix="perennial-upload-") as kept:
        shutil.copyfileobj(file.file, kept)
        kept.flush()
        made = run(request, lambda tx: bundles.upload(tx, form, field, file.filename or "zip", Path(kept.name)))
    return BundleMade(id=made)


@router.get("")
def list_bundles(tx: InTx) -> list[BundleLine]:
    """Mine, the newest first."""
    allow(tx, "import")
    return [BundleLine(**row) for row in bundles.bundles(tx)]


@router.delete("/{bundle_id}", status_code=204)
def discard_bundle(tx: InTx, bundle_id: int) -> None:
    """Nothing of it was filled in, and nothing will be."""
    allow(tx, "import")
    bundles.discard(tx, bundle_id)


@router.get("/{bundle_id}")
def read_bundle(tx: InTx, request: Request, bundle_id: int) -> BundleOut:
    """What each file was taken for."""
    allow(tx, "import")
    return _told(bundles.read(tx, bundle_id), language_of(request))


@router.put("/{bundle_id}/items/{n}")
def fix_bundle_item(tx: InTx, request: Request, bundle_id: int, n: int, body: BundleFix) -> BundleOut:
    """One file as a person says it."""
    allow(tx, "import")
    bundles.fix(tx, bundle_id, n, **body.model_dump())
    return _told(bundles.read(tx, bundle_id), language_of(request))


@router.post("/{bundle_id}/run")
def run_bundle(tx: InTx, request: Request, bundle_id: int) -> BundleOut:
    """The matched files stand in their records, as one change."""
    allow(tx, "import")
    bundles.run(tx, bundle_id)
    return _told(bundles.read(tx, bundle_id), language_of(request))


@router.post("/{bundle_id}/undo")
def undo_bundle(tx: InTx, bundle_id: int) -> BundleUndone:
    """The records are as they were, where nobody changed them since."""
    allow(tx, "import")
    done = bundles.undo(tx, bundle_id)
    return BundleUndone(restored=sum(one["restored"] for one in done.targets), kept=done.kept_count)


def _told(found: dict[str, Any], language: Language) -> BundleOut:
    for item in found["items"]:
        why = item.pop("why")
        item["problem"] = _said(why, language)
    found["problem"] = _said(found["error"], language)
    return BundleOut(**{name: found[name] for name in BundleOut.model_fields})


def _said(why: dict[str, Any] | None, language: Language) -> str | None:
    return text(Invalid(why["code"], **why["facts"]), language) if why else None
