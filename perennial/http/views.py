"""Saved views of lists, their groups, and what is done to many records of a list at once."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from perennial import people, records
from perennial.http.edge import InTx, Router
from perennial.http.records import At, Formula, Name, Sort
from perennial.kernel import Invalid, text

router = Router(tags=["views"])


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Column(_Input):
    path: Name
    width: int | None = Field(default=None, ge=40, le=1200)
    frozen: bool = False


class Colour(_Input):
    """Rows for which `when` holds have this level's colour, or their cells of one column; the first that holds wins."""

    when: Formula
    field: Name | None = None
    level: Literal["info", "warn", "urgent", "overdue", "brand"]


class Tree(_Input):
    """What a view shows."""

    kind: Literal["table", "board", "calendar", "gallery"] = "table"
    filter: Formula = ""
    search: Annotated[str, Field(max_length=100)] = ""
    sort: list[Sort] = Field(default_factory=list[Sort], max_length=5)
    group: Name | None = None
    columns: list[Column] = Field(default_factory=list[Column], max_length=100)
    colours: list[Colour] = Field(default_factory=list[Colour], max_length=10)


class ViewIn(_Input):
    """`roles`: absent, the view is my own; empty, it is for everyone."""

    label: str = Field(max_length=200)
    tree: Tree
    roles: list[Name] | None = None


class ViewOut(BaseModel):
    """`mine`: I may change it; `default`: my list opens with it."""

    id: int
    label: str
    tree: dict[str, Any]
    roles: list[str] | None
    mine: bool
    default: bool


class MadeView(BaseModel):
    id: int


class DefaultView(_Input):
    view: int | None


class GroupsQuery(_Input):
    by: Name
    filter: Formula | None = None
    search: Annotated[str, Field(max_length=100)] | None = None
    sums: list[Name] = Field(default_factory=list[str], max_length=5)
    at: At = None


class ListGroupOut(BaseModel):
    """`filter`: the condition that keeps the rows of this group; `label`: what a related record is called, of which
    `key` is the id ("?": those that I may not read)."""

    key: str | None
    label: str | None
    count: int
    sums: dict[str, str | None]
    filter: str


class BulkIn(_Input):
    """`ids`: these records; absent: all that the filter and the search keep."""

    ids: list[int] | None = Field(default=None, max_length=100_000)
    filter: Formula | None = None
    search: Annotated[str, Field(max_length=100)] | None = None
    values: dict[Name, Any] = Field(max_length=20)

    def chosen(self) -> records.Chosen:
        return records.Chosen(self.ids, self.filter or None, self.search or None)


class BulkOut(BaseModel):
    """`transaction` is what to undo; null when nothing was written."""

    count: int
    changing: int
    same: int
    no_right: int
    transaction: int | None


class PastedRow(_Input):
    """`version`: the one that was read; absent, whatever it is now."""

    id: int
    version: int | None = None


class PasteIn(_Input):
    """`cells[row][field]` as a spreadsheet has them. `alone`: columns among `fields` whose cells are refused because
    they are not changed like this. `skip_refused`: write the others although some are refused."""

    rows: list[PastedRow]
    fields: list[Name] = Field(max_length=100)
    cells: list[list[str]]
    alone: list[Name] = Field(default_factory=list[str], max_length=100)
    skip_refused: bool = False

    def block(self) -> records.Block:
        return records.Block([(row.id, row.version) for row in self.rows], self.fields, self.cells, self.alone)


class RefusedCell(BaseModel):
    """`row` of the block, from 1; `label` names its record; without a field the whole row is refused."""

    row: int
    id: int
    label: str | None
    field: str | None
    value: str | None
    code: str
    text: str


class PasteOut(BaseModel):
    """`changed` records were written in `transaction`, which can be undone; null while refused cells wait for an
    answer."""

    changed: int
    refused_count: int
    refused: list[RefusedCell]
    transaction: int | None


class UndoneOut(BaseModel):
    """`kept_count` records stay as they are; `kept` names those that I may see, with why."""

    targets: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    kept_count: int
    transaction: int | None


@router.get("/views/{form}")
def list_views(tx: InTx, form: str) -> list[ViewOut]:
    """My views of a form and those shared with me."""
    return [
        ViewOut(id=one.id, label=one.label, tree=one.tree, roles=one.roles, mine=one.mine, default=one.default)
        for one in records.views(tx, form)
    ]


@router.post("/views/{form}", status_code=201)
def create_view(tx: InTx, form: str, body: ViewIn) -> MadeView:
    return MadeView(id=records.save_view(tx, form, body.label, body.tree.model_dump(), body.roles))


@router.put("/views/{form}/default", status_code=204)
def choose_default_view(tx: InTx, form: str, body: DefaultView) -> None:
    """My list of this form opens with the view; null: with all records."""
    records.make_default_view(tx, form, body.view)


@router.put("/views/{form}/{view_id}", status_code=204)
def change_view(tx: InTx, form: str, view_id: int, body: ViewIn) -> None:
    records.change_view(tx, form, view_id, body.label, body.tree.model_dump(), body.roles)


@router.delete("/views/{form}/{view_id}", status_code=204)
def delete_view(tx: InTx, form: str, view_id: int) -> None:
    records.remove_view(tx, form, view_id)


@router.post("/views/{form}/{view_id}/restore", status_code=204)
def restore_view(tx: InTx, form: str, view_id: int) -> None:
    records.bring_back_view(tx, form, view_id)


@router.post("/forms/{form}/groups")
def group_records(tx: InTx, form: str, body: GroupsQuery) -> list[ListGroupOut]:
    """The groups of a list with their counts and sums, at most 200; a choice has all options, dates go by month."""
    with records.as_of(tx, body.at):
        found = records.groups(
            tx, form, body.by, filter=body.filter or None, search=body.search or None, sums=tuple(body.sums)
        )
    return [
        ListGroupOut(key=one.key, label=one.label, count=one.count, sums=one.sums, filter=one.filter) for one in found
    ]


@router.post("/forms/{form}/bulk/preview")
def preview_bulk(tx: InTx, form: str, body: BulkIn) -> BulkOut:
    """How many would change, how many have the values already, how many I may not change; writes nothing."""
    return BulkOut(**asdict(records.bulk.foresee(tx, form, body.chosen(), body.values)))


@router.post("/forms/{form}/bulk")
def change_bulk(tx: InTx, form: str, body: BulkIn) -> BulkOut:
    """One change of all that I may change of the chosen records; undo it by its transaction."""
    return BulkOut(**asdict(records.bulk.apply(tx, form, body.chosen(), body.values)))


@router.post("/forms/{form}/paste")
def paste_cells(tx: InTx, form: str, body: PasteIn) -> PasteOut:
    """A rectangle of cells becomes values of these records, in one change. Refused cells are told, and nothing is
    written then unless they are to be skipped."""
    done = records.paste(tx, form, body.block(), skip_refused=body.skip_refused)
    language = "en" if people.standing(tx).language == "en" else "zh"
    refused = [
        RefusedCell(row=one.row, id=one.id, label=one.label, field=one.field, value=one.value, code=one.code,
                    text=text(Invalid(one.code, **one.facts), language))
        for one in done.refused
    ]  # fmt: skip
    return PasteOut(
        changed=done.changed, refused_count=done.refused_count, refused=refused, transaction=done.transaction
    )


@router.post("/changes/{transaction}/undo")
def undo_change(tx: InTx, transaction: int) -> UndoneOut:
    """Take back what one of my acts wrote, where nobody wrote since."""
    return UndoneOut(**records.undo(tx, transaction).as_json())
