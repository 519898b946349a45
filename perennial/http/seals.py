"""What was sealed, and whether it is still the same."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel

from perennial import processes
from perennial.http.edge import InTx, Router
from perennial.kernel import Row

router = Router(prefix="/forms", tags=["processes"])


class SealOut(BaseModel):
    """A file that somebody sealed. `sha256`: of its content then; it is served as a file of `field`."""

    form: str
    record_id: int
    field: str
    file: int
    name: str
    size: int
    sha256: str
    by: str | None
    at: dt.datetime


class SealedOut(SealOut):
    """`still`: what the store gives today, read and compared. `node`: the step of the process."""

    still: Literal["same", "changed", "gone"]
    node: str
    label: str
    label_en: str


def _out(row: Row) -> dict[str, Any]:
    return {**row, "by": row["by_name"]}


def seals_out(rows: Iterable[Row]) -> list[SealOut]:
    return [SealOut(**_out(row)) for row in rows]


@router.get("/{form}/{record_id}/sealed")
def list_sealed(tx: InTx, form: str, record_id: int) -> list[SealedOut]:
    """What was sealed of a record, the latest first, as far as I may read it; each is read again and compared."""
    return [SealedOut(**_out(row)) for row in processes.sealed(tx, form, record_id)]
