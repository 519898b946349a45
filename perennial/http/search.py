"""One box over everything that I may read."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel

from perennial import records
from perennial.http.edge import InTx, Router, json_bytes

router = Router(tags=["records"])


class Subject(BaseModel):
    """Whom the record is about, a colleague's department; without id and label when I may not read it."""

    id: int | None = None
    label: str | None = None


class FoundRecord(BaseModel):
    """`form` is `person` for a colleague; `field` and `value`: where the words stand when that is not the title."""

    form: str
    id: int
    title: str
    field: str | None
    value: str | None
    subject: Subject | None


@router.get("/search", responses={200: {"model": list[FoundRecord]}})
def search_all(
    tx: InTx, text: Annotated[str, Query(max_length=100)], limit: Annotated[int, Query(ge=1, le=50)] = 20
) -> Response:
    """Records of all forms that hold every word, as written, by pinyin initials or by digits; the best first."""
    return json_bytes(records.find(tx, text, limit))
