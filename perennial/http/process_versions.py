"""Versions of a process, side by side."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel

from perennial import processes
from perennial.http.edge import InTx, Router, allow

router = Router(tags=["processes"])


class VersionOut(BaseModel):
    number: int
    at: dt.datetime
    by: str
    current: bool
    open: int


class VersionTreeOut(BaseModel):
    number: int
    tree: dict[str, Any]


@router.get("/processes/{key}/versions")
def process_versions(tx: InTx, key: str) -> list[VersionOut]:
    """Every version that was in force, newest first."""
    allow(tx, "design")
    return [VersionOut(**asdict(one)) for one in processes.kept(tx, key)]


@router.get("/processes/{key}/versions/{number}")
def process_version(tx: InTx, key: str, number: Annotated[int, Path(ge=1, lt=2**31)]) -> VersionTreeOut:
    """What a version says."""
    allow(tx, "design")
    return VersionTreeOut(number=number, tree=dict(processes.kept_tree(tx, key, number)))
