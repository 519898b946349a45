"""People from a file, for whoever manages people: what each line would do, the act, its undo, a template."""

import datetime as dt
import io
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import xlsxwriter
from fastapi import File, Request, Response, UploadFile
from pydantic import BaseModel

from perennial import people, processes
from perennial.http.edge import InTx, Router, allow, run
from perennial.http.errors import language_of
from perennial.kernel import Invalid, Language, Tx, text
from perennial.records import imports

router = Router(prefix="/people-imports", tags=["people"])

MOST_LINES = 5_000
Act = Literal["new", "change", "leave", "same", "refused"]
_HEADS = {
    "zh": ["账号", "姓名", "部门", "上级", "邮箱", "手机", "角色", "状态"],
    "en": ["account", "name", "department", "superior", "mail", "phone", "roles", "status"],
}
_SAMPLE = {
    "zh": ["lina", "李娜", "华东大区/销售一部", "boss", "lina@example.com", "13800000000", "", "在职"],
    "en": ["lina", "Li Na", "East/Sales 1", "boss", "lina@example.com", "13800000000", "", "active"],
}


class RosterChange(BaseModel):
    """`field`: a column of the template."""

    field: str
    before: str | None
    after: str | None


class RosterLine(BaseModel):
    """One line of the file. `troubles`: why it is refused, with the column. `held`: something is still theirs, so they
    leave by a handover. `twin`: somebody of that name is here."""

    row: int
    account: str
    name: str
    act: Act
    changes: list[RosterChange]
    troubles: list[str]
    person_id: int | None
    held: bool
    twin: bool


class RosterOut(BaseModel):
    """Lines where nothing happens are only counted. `absent`: active persons whom the file does not name; they stay."""

    new: int
    change: int
    leave: int
    same: int
    refused: int
    held: int
    lines: list[RosterLine]
    units: list[str]
    absent: int
    absent_names: list[str]


class RosterDone(RosterOut):
    id: int
    at: dt.datetime
    by: str | None
    file_name: str
    undone_at: dt.datetime | None


class RosterUndone(BaseModel):
    """`kept`: persons whom somebody changed since, and who came with it and is at work by now."""

    kept: int


Upload = Annotated[UploadFile, File()]


@router.post("/preview")
def preview_roster(request: Request, file: Upload) -> RosterOut:
    """New, changed and leaving, line by line, with the reason for each refused one. Writes nothing."""
    return RosterOut(**_shown(_read(request, file, _foresee), language_of(request)))


@router.post("")
def import_roster(request: Request, file: Upload) -> RosterDone:
    """All lines that are not refused are done in one transaction. Who leaves and still holds something stays."""

    def act(tx: Tx, columns: list[str], rows: Any) -> dict[str, Any]:
        planned = people.plan_roster(tx, columns, rows, acting=True)
        number = people.take_in_roster(tx, Path(file.filename or "").name, planned, _free(tx, planned))
        return next(one for one in people.rosters(tx) if one["id"] == number)

    return _done(_read(request, file, act), language_of(request))


@router.get("")
def list_rosters(tx: InTx, request: Request) -> list[RosterDone]:
    """The newest first."""
    allow(tx, "people")
    return [_done(one, language_of(request)) for one in people.rosters(tx)]


@router.post("/{roster_id}/undo")
def undo_roster(tx: InTx, roster_id: int) -> RosterUndone:
    """What it changed is as before, who came with it is gone, who left is back."""
    allow(tx, "people")
    return RosterUndone(kept=people.take_back_roster(tx, roster_id, lambda made: processes.named(tx, made)))


@router.get("/template")
def roster_template(tx: InTx, request: Request) -> Response:
    """A workbook with the columns, and a second sheet with an example."""
    allow(tx, "people")
    language = language_of(request)
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        names = {"zh": ("人员", "示例"), "en": ("People", "Example")}[language]
        for name, lines in zip(names, ((), (_SAMPLE[language],)), strict=True):
            sheet = book.add_worksheet(name)
            sheet.set_column(0, len(_HEADS[language]) - 1, 18)
            for at, line in enumerate((_HEADS[language], *lines)):
                sheet.write_row(at, 0, line, None if at else bold)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(
        kept.getvalue(), media_type=kind, headers={"Content-Disposition": 'attachment; filename="people.xlsx"'}
    )


def _read(request: Request, file: UploadFile, act: Any) -> dict[str, Any]:
    """The file is read by the reader of every import, outside the transaction."""
    run(request, lambda tx: allow(tx, "people"))
    imports.refuse_size(file.size or 0)
    with tempfile.NamedTemporaryFile(prefix="perennial-upload-") as kept:
        shutil.copyfileobj(file.file, kept)
        kept.flush()
        table = imports.whole_table(Path(kept.name), file.filename or "", most=MOST_LINES)

    def inside(tx: Tx) -> dict[str, Any]:
        allow(tx, "people")
        return act(tx, table.columns, table.rows)

    return run(request, inside)


def _foresee(tx: Tx, columns: list[str], rows: Any) -> dict[str, Any]:
    planned = people.plan_roster(tx, columns, rows)
    return people.roster_told(planned, _free(tx, planned))


def _free(tx: Tx, planned: people.RosterPlan) -> set[int]:
    """Who of those that leave has nothing left; leavers are few."""
    leaving = [line.person_id for line in planned.lines if line.act == "leave" and line.person_id is not None]
    if len(leaving) > 100:
        raise Invalid("people.roster_leavers", path="file", most=100, count=len(leaving))
    return {person for person in leaving if not processes.held(tx, person)}


def _shown(told: dict[str, Any], language: Language) -> dict[str, Any]:
    """Troubles as sentences."""
    lines = [
        {
            **line,
            "changes": [dict(zip(("field", "before", "after"), one, strict=True)) for one in line["changes"]],
            "troubles": sentences([people.RosterTrouble(**one) for one in line["troubles"]], language),
        }
        for line in told["lines"]
    ]
    return {**told, "lines": lines}


def sentences(troubles: Iterable[people.RosterTrouble], language: Language) -> list[str]:
    """The column as the template names it, then what is wrong with it."""
    heads, colon = dict(zip(_HEADS["en"], _HEADS[language], strict=True)), "：" if language == "zh" else ": "
    return [f"{heads[one.column]}{colon}{text(Invalid(one.code, **one.facts), language)}" for one in troubles]


def _done(row: dict[str, Any], language: Language) -> RosterDone:
    return RosterDone(**_shown(row["told"], language), **{key: value for key, value in row.items() if key != "told"})
