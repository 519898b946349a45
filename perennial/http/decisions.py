"""Decision tables while they are drawn: what is wrong with them, what they would answer, from and to files.

Drafts, publication and undo are those of every definition (`design`).
"""

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import File, Form, Request, Response, UploadFile
from pydantic import BaseModel, Json

from perennial import records
from perennial.forms import decisions
from perennial.http.edge import InTx, Router, allow, run
from perennial.http.errors import language_of
from perennial.http.formula import plain_value
from perennial.kernel import Invalid, Language, Problem, Tx, text
from perennial.records import imports

router = Router(prefix="/decisions", tags=["decisions"])
Tree = dict[str, Any]
MOST_LINES, MOST_BYTES = 6_000, 8 << 20
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DecisionTree(BaseModel):
    tree: Tree


class DecisionProblem(BaseModel):
    """`path`: of the cell or row in the tree."""

    severity: Literal["error", "hint"]
    code: str
    path: str
    text: str


class DecisionGap(BaseModel):
    """`cells` are the row that would close it, behind row `after` (from 1, 0: before the first)."""

    cells: list[str]
    example: list[str | None]
    after: int


class DecisionOverlap(BaseModel):
    """Two rules, from 0, and what meets both."""

    first: int
    second: int
    cells: list[str]
    example: list[str | None]


class DecisionChecked(BaseModel):
    """`whole`: every gap and overlap is listed."""

    problems: list[DecisionProblem]
    gaps: list[DecisionGap]
    overlaps: list[DecisionOverlap]
    whole: bool


class DecisionAsked(BaseModel):
    """`values`: input key -> text, as in a cell."""

    tree: Tree
    values: dict[str, str]


class DecisionTold(BaseModel):
    """`rules`: rows that are hit, from 1; [0]: none is, and there is an answer for that. `answers`: one per result."""

    rules: list[int]
    answers: list[Any]


class DecisionMapAsked(BaseModel):
    """`up`: empty for a table of one input. `held`: the other inputs' values, as in a cell; none is blank."""

    tree: Tree
    across: str
    up: str = ""
    held: dict[str, str] = {}


class DecisionPiece(BaseModel):
    """A stretch of an input, ends as cells write them; null is without end."""

    kind: Literal["range", "point", "word", "other", "blank"]
    low: str | None
    high: str | None
    word: str | None


class DecisionMap(BaseModel):
    """`rules[y][x]`: rows, from 1."""

    across: list[DecisionPiece]
    up: list[DecisionPiece]
    rules: list[list[list[int]]]
    whole: bool


class DecisionExample(BaseModel):
    id: int
    label: str


class DecisionCase(BaseModel):
    """Records alike: rows hit `now` (null: none in force) and `drawn`; [0]: the answer without a hit, [] none."""

    count: int
    same: bool
    now: list[int] | None
    drawn: list[int]
    some: list[DecisionExample]


class DecisionEffect(BaseModel):
    """`hits`: row -> records. `cases`: those that change or are without an answer. `whole`: all were looked at."""

    form: str
    total: int
    whole: bool
    compared: bool
    hits: dict[int, int]
    same: int
    otherwise: int
    missing: int
    cases: list[DecisionCase]


class DecisionFile(BaseModel):
    tree: Tree
    format: Literal["xlsx", "dmn"]


class DecisionTaken(BaseModel):
    """What a file says, not saved yet."""

    tree: Tree
    problems: list[DecisionProblem]


@router.post("/check")
def check_decision(tx: InTx, request: Request, body: DecisionTree) -> DecisionChecked:
    """Everything that is wrong, gaps and overlaps with an example each."""
    allow(tx, "design")
    language = language_of(request)
    try:
        found = decisions.check(decisions.load(body.tree))
    except Invalid as problem:
        return DecisionChecked(problems=[_problem("error", problem, language)], gaps=[], overlaps=[], whole=True)
    return DecisionChecked(
        problems=[_problem(severity, problem, language) for severity, problem in found.problems],
        gaps=[DecisionGap(cells=list(one.cells), example=list(one.example), after=one.after) for one in found.gaps],
        overlaps=[
            DecisionOverlap(first=one.first, second=one.second, cells=list(one.cells), example=list(one.example))
            for one in found.overlaps
        ],
        whole=found.whole,
    )  # fmt: skip


def _problem(severity: Literal["error", "hint"], problem: Problem, language: Language) -> DecisionProblem:
    return DecisionProblem(
        severity=severity, code=problem.code, path=problem.path or "", text=text(problem, language)
    )  # fmt: skip


@router.post("/try")
def try_decision(tx: InTx, body: DecisionAsked) -> DecisionTold:
    """What the draft answers to these values; nothing is kept."""
    allow(tx, "design")
    found = decisions.attempt(tx, decisions.load(body.tree), body.values)
    return DecisionTold(rules=list(found.rules), answers=[plain_value(one) for one in found.answers])


@router.post("/map")
def map_decision(tx: InTx, body: DecisionMapAsked) -> DecisionMap:
    """Two inputs as a map, the others held."""
    allow(tx, "design")
    found = decisions.landscape(decisions.load(body.tree), body.across, body.up, body.held)
    across, up = ([DecisionPiece(**asdict(one)) for one in side] for side in (found.across, found.up))
    return DecisionMap(across=across, up=up, rules=found.rules, whole=found.whole)


@router.post("/effect")
def decision_effect(tx: InTx, body: DecisionTree) -> DecisionEffect:
    """What the draft would have answered for the records of the last twelve months that I may read."""
    allow(tx, "design")
    found = records.deciding.effect(tx, decisions.load(body.tree))
    told: dict[str, Any] = asdict(found)
    for case in told["cases"]:
        case["some"] = [{"id": number, "label": name} for number, name in case["some"]]
    return DecisionEffect(**told)


@router.post("/export")
def export_decision(tx: InTx, body: DecisionFile) -> Response:
    """The table as a workbook or as DMN 1.5."""
    allow(tx, "design")
    one = decisions.load(body.tree)
    sheet = body.format == "xlsx"
    try:
        content = decisions.as_sheet(one) if sheet else decisions.as_dmn(one)
    except decisions.Unreadable:
        raise next(p for severity, p in decisions.check(one).problems if severity == "error") from None
    named = f'attachment; filename="{one.key}.{body.format}"'
    return Response(content, media_type=_SHEET if sheet else "application/xml",
                    headers={"Content-Disposition": named})  # fmt: skip


@router.post("/import")
def import_decision(
    request: Request, file: Annotated[UploadFile, File()], tree: Annotated[Json[Tree] | None, Form()] = None
) -> DecisionTaken:
    """The tree that a file says, read outside the transaction; a plain sheet brings the rules of the table `tree`."""
    run(request, lambda tx: allow(tx, "design"))
    name = (file.filename or "").lower()
    if (file.size or 0) > MOST_BYTES or not name.endswith((".xlsx", ".xls", ".csv", ".dmn", ".xml")):
        raise Invalid("decisions.file", path="file")
    if name.endswith((".dmn", ".xml")):
        taken = decisions.from_dmn(file.file.read())
    else:
        taken = _sheet(file, None if tree is None else decisions.load(tree))

    def inside(tx: Tx) -> DecisionTaken:
        allow(tx, "design")
        language = language_of(request)
        problems = [_problem(severity, one, language) for severity, one in decisions.drawn(tx, taken)]
        return DecisionTaken(tree=taken, problems=problems)

    return run(request, inside)


def _sheet(file: UploadFile, known: "decisions.Decision | None") -> Tree:
    with tempfile.NamedTemporaryFile(prefix="perennial-upload-") as kept:
        shutil.copyfileobj(file.file, kept)
        kept.flush()
        table = imports.whole_table(Path(kept.name), file.filename or "", most=MOST_LINES, header_row=1)
    return decisions.from_sheet(table.columns, table.rows, known)
