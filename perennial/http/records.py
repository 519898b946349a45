"""Records of any form: pages, counts, previews, single records, their history and related lists."""

import contextlib
from collections.abc import Generator
from typing import Annotated, Any

from fastapi import Response
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, ConfigDict, Field

from perennial import people, records
from perennial.http.edge import InTx, Router, json_bytes
from perennial.kernel import Invalid, Tx, text
from perennial.records import MOST_COLUMNS, MOST_ROWS, MOST_SKIPPED

router = Router(prefix="/forms", tags=["records"])
order = 0  # the busiest paths are looked for first

Name = Annotated[str, Field(max_length=200)]
Formula = Annotated[str, Field(max_length=10_000)]
At = Annotated[str | None, Field(max_length=40, description="As of 2026-09-30 or 2026-09-30T09:42; absent: now")]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Sort(_Input):
    field: Name
    descending: bool = False


class PageQuery(_Input):
    """One page. `columns`: field keys or dotted paths; absent: all that the reader may see. `colours`: conditions; the
    key `$colours` of a row has the places of those that it meets."""

    filter: Formula | None = None
    sort: list[Sort] = Field(default_factory=list[Sort], max_length=5)
    after: Annotated[str, Field(max_length=4_000)] | None = None
    limit: int = Field(default=50, ge=1, le=MOST_ROWS)
    columns: list[Name] | None = Field(default=None, max_length=MOST_COLUMNS)
    search: Annotated[str, Field(max_length=100)] | None = None
    skip: int = Field(default=0, ge=0, le=MOST_SKIPPED, description="Rows before it; instead of `after`")
    colours: list[Formula] = Field(default_factory=list[str], max_length=10)
    at: At = None

    def query(self) -> records.Query:
        return records.Query(
            filter=self.filter or None,
            sort=tuple((one.field, one.descending) for one in self.sort),
            after=self.after,
            limit=self.limit,
            columns=None if self.columns is None else tuple(self.columns),
            search=self.search or None,
            skip=self.skip,
            colours=tuple(self.colours),
        )


class CountQuery(_Input):
    filter: Formula | None = None
    search: Annotated[str, Field(max_length=100)] | None = None
    sums: list[Name] = Field(default_factory=list[str], max_length=20)
    at: At = None


class Count(BaseModel):
    count: int
    sums: dict[str, str | None] = Field(description="Exact, as text; null when no row has a value")


class Draft(_Input):
    """Values as they stand in the form on the screen; `id` when an existing record is edited."""

    values: dict[str, Any]
    id: int | None = None


class FaultOut(BaseModel):
    field: str | None
    code: str
    text: str
    facts: dict[str, Any]


class FieldState(BaseModel):
    """How a field stands in this draft; fields that no condition speaks about are absent."""

    visible: bool
    required: bool
    read_only: bool


class Preview(BaseModel):
    computed: dict[str, Any]
    defaults: dict[str, Any]
    errors: list[FaultOut]
    behaviour: dict[str, FieldState]


class ChangedRow(_Input):
    id: int
    version: int
    values: dict[str, Any]


class GoneRow(_Input):
    id: int
    version: int


class RowsIn(_Input):
    """What happens to the rows of one sub-table, in the transaction of its record."""

    create: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    update: list[ChangedRow] = Field(default_factory=list[ChangedRow])
    delete: list[GoneRow] = Field(default_factory=list[GoneRow])


Rows = Annotated[dict[Name, RowsIn], Field(default_factory=dict[str, RowsIn], max_length=20)]


class NewRecord(_Input):
    """`rows`: collection of a sub-table -> what to add."""

    values: dict[str, Any]
    rows: Rows


class Created(BaseModel):
    id: int


class Change(_Input):
    """`version` is the one that was read; only the fields in `values` change."""

    version: int
    values: dict[str, Any]
    rows: Rows


class Version(BaseModel):
    version: int


@router.post("/{form}/page")
def page_records(tx: InTx, form: str, body: PageQuery) -> Response:
    """`{"rows": [{"id", "version", …}], "next": cursor or null}`; send `next` as `after` for the following page."""
    with records.as_of(tx, body.at):
        return json_bytes(records.page(tx, form, body.query()))


@router.post("/{form}/count")
def count_records(tx: InTx, form: str, body: CountQuery) -> Count:
    with records.as_of(tx, body.at):
        found = records.count(tx, form, filter=body.filter or None, search=body.search or None, sums=tuple(body.sums))
    return Count(count=found.count, sums=found.sums)


@router.post("/{form}/preview")
def preview_record(tx: InTx, form: str, body: Draft) -> Preview:
    """Computed fields, defaults and errors of what is not saved yet; writes nothing."""
    found = records.preview(tx, form, body.values, id=body.id)
    return Preview(
        computed=found.computed,
        defaults=found.defaults,
        errors=[told(tx, fault.path, fault.code, fault.facts) for fault in found.errors],
        behaviour={
            key: FieldState(visible=one.visible, required=one.required, read_only=one.read_only)
            for key, one in found.states.items()
        },
    )


@router.post("/{form}", status_code=201)
def create_record(tx: InTx, form: str, body: NewRecord) -> Created:
    with _each_told(tx):
        return Created(id=records.create(tx, form, body.values, _rows(body.rows)))


@router.get("/{form}/{record_id}")
def read_record(tx: InTx, form: str, record_id: int, at: At = None) -> Response:
    """All that I may see of one record: `{"id", "version", "title", "values", "fields", "may": ["update", …], …}`."""
    with records.as_of(tx, at):
        return json_bytes(records.read(tx, form, record_id))


@router.patch("/{form}/{record_id}")
def update_record(tx: InTx, form: str, record_id: int, body: Change) -> Version:
    """409 records.stale when somebody else saved since `version`: facts.fields has base, theirs and mine of each
    field, facts.mergeable is true when no field was changed by both; send again with facts.version to merge."""
    with _each_told(tx):
        return Version(version=records.update(tx, form, record_id, body.version, body.values, _rows(body.rows)))


@router.delete("/{form}/{record_id}", status_code=204)
def delete_record(tx: InTx, form: str, record_id: int, version: int) -> None:
    records.delete(tx, form, record_id, version)


@router.post("/{form}/{record_id}/restore", status_code=204)
def restore_record(tx: InTx, form: str, record_id: int) -> None:
    records.restore(tx, form, record_id)


@router.get("/{form}/{record_id}/history")
def record_history(tx: InTx, form: str, record_id: int) -> list[records.Change]:
    """Newest first; before and after through my grants of today."""
    return records.history(tx, form, record_id)


@router.post("/{form}/{record_id}/related/{collection}")
def related_records(tx: InTx, form: str, record_id: int, collection: str, body: PageQuery) -> Response:
    """A page of the records that point here, as of `/page`."""
    with records.as_of(tx, body.at):
        return json_bytes(records.related(tx, form, record_id, collection, body.query()))


def _rows(given: dict[str, RowsIn]) -> dict[str, dict[str, Any]]:
    return {collection: acts.model_dump() for collection, acts in given.items()}


def told(tx: Tx, path: str | None, code: str, facts: dict[str, Any]) -> FaultOut:
    language = people.standing(tx).language
    sentence = text(Invalid(code, path=path, **facts), "en" if language == "en" else "zh")
    return FaultOut(field=path, code=code, text=sentence, facts=jsonable_encoder(facts))


@contextlib.contextmanager
def _each_told(tx: Tx) -> Generator[None]:
    """Several errors at once carry a sentence each."""
    try:
        yield
    except Invalid as problem:
        if problem.code == "records.fields":
            each = [told(tx, one["field"], one["code"], one["facts"]) for one in problem.facts["errors"]]
            problem.facts["errors"] = [one.model_dump() for one in each]
        raise
