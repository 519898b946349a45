"""Folders whose files are imported by themselves."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from perennial.http.edge import InTx, Router, allow
from perennial.http.errors import language_of
from perennial.kernel import Invalid, Language, text
from perennial.records import imports

router = Router(prefix="/import-folders", tags=["import"])


class FolderIn(BaseModel):
    """`daily_at`: looked into once a day at that time; absent: as soon as a file is there."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(max_length=200)]
    form: Annotated[str, Field(max_length=100)]
    daily_at: dt.time | None = None
    answer: Literal["tasks", "latest", "all", "none"] = "tasks"
    skip_errors: bool = False
    active: bool = True


class Arrival(BaseModel):
    """`problem`: why a file was put away as failed."""

    file_name: str
    import_id: int | None
    done: bool
    problem: str | None
    at: dt.datetime


class FolderOut(BaseModel):
    id: int
    name: str
    form: str
    daily_at: dt.time | None
    answer: Literal["tasks", "latest", "all", "none"]
    skip_errors: bool
    active: bool
    looked_at: dt.datetime | None
    place: str = Field(description="where files are to be put, on the server")
    arrivals: list[Arrival]


@router.get("")
def list_import_folders(tx: InTx, request: Request) -> list[FolderOut]:
    """Mine, each with what came last."""
    allow(tx, "import")
    return _told(imports.folders(tx), language_of(request))


@router.post("")
def save_import_folder(tx: InTx, request: Request, body: FolderIn) -> list[FolderOut]:
    """The folder of this name is looked into on my behalf, with my rights."""
    allow(tx, "import")
    imports.save_folder(tx, **body.model_dump())
    return _told(imports.folders(tx), language_of(request))


@router.delete("/{folder_id}", status_code=204)
def remove_import_folder(tx: InTx, folder_id: int) -> None:
    """It is no longer looked into; what lies there stays."""
    allow(tx, "import")
    imports.remove_folder(tx, folder_id)


def _told(rows: list[dict[str, Any]], language: Language) -> list[FolderOut]:
    for row in rows:
        for one in row["arrivals"]:
            error = one.pop("error")
            one["problem"] = text(Invalid(error["code"], **error["facts"]), language) if error else None
    return [FolderOut(**row) for row in rows]
