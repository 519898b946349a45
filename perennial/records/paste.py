"""A rectangle of cells from a spreadsheet: read as an import reads them, written as one change with one undo.

In:   records in the order of the list, fields, and a text per record and field
Out:  the cells that are refused, each with its row, its field and why; the others are written if none is, or on demand
`pg_temp.paste_v` has one row per record: v<n> the value, w<n> why there is none, `why` what is wrong with the record.
What the records would break (checks, fields required when) is known once they are written, and then taken back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from perennial import changes, forms
from perennial.access import Rows, everything, may, readable, writable
from perennial.forms import KINDS, Field
from perennial.kernel import Denied, Invalid, Reason, Tx, Words
from perennial.records.behaviour import Rule, breaches
from perennial.records.bulk import ALONE
from perennial.records.imports import cast as cells
from perennial.records.imports.values import temporary
from perennial.records.names import unknown
from perennial.records.sets import update_set

MOST = 20_000  # cells at once
TOLD = 200  # refused cells that are listed; all are counted
SHOWN = 200  # characters of a refused cell
_NAMED = ("text", "auto_number")  # titles by which a cell names a related record
_REFERENCES = ("person", "department", "relation")


@dataclass(frozen=True, slots=True)
class Block:
    """`rows`: id and the version that the person saw (None: whatever it is now); `cells[row][field]`. `alone`: fields
    or dotted paths among them that are not changed like this: their cells are refused."""

    rows: Sequence[tuple[int, int | None]]
    fields: Sequence[str]
    cells: Sequence[Sequence[str]]
    alone: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """`row` counts from 1; without a field the whole row is refused. `label` is the record's name."""

    row: int
    id: int
    label: str | None
    field: str | None
    value: str | None
    code: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pasted:
    """`changed` records were written in `transaction`; both are empty while refused cells wait for an answer."""

    changed: int
    refused_count: int
    refused: list[Refused]
    transaction: int | None = None


@dataclass(frozen=True, slots=True)
class _Column:
    """A field, or only the path of a column that is not pasted."""

    key: str
    of: Field | None
    alone: bool

    @property
    def field(self) -> Field:
        assert self.of is not None
        return self.of

    @property
    def type(self) -> Any:
        return sa.Text() if self.of is None else KINDS[self.of.kind].type()


class _Stop(Exception):
    """What was written is taken back: these records break a rule, or cells are refused."""


def paste(tx: Tx, form: str, block: Block, *, skip_refused: bool = False) -> Pasted:
    """The records have the values of the cells. Nothing is written while a cell is refused, unless `skip_refused`.

    errors  Denied without any right to change the form · Invalid for a block that is too large or no rectangle
    """
    columns = _columns(tx, form, block)
    _read(tx, form, block, columns)
    broken: list[tuple[int, Rule]] = []
    with tx.because(Reason("paste", {"form": form, "fields": [one.field.label for one in columns if one.of]})):
        done = _write(tx, form, columns, broken, keep=skip_refused)
        if done is None and skip_refused:
            done = _write(tx, form, columns, broken, keep=True)
        number = changes.written(tx) if done else None
    count, refused = _refused(tx, columns, [rule for _, rule in broken])
    tx.run("DROP TABLE paste_v")
    return Pasted(done or 0, count, refused, number)


def _columns(tx: Tx, form: str, block: Block) -> list[_Column]:
    if not block.rows or not block.fields or any(len(row) != len(block.fields) for row in block.cells):
        raise Invalid("records.paste_shape", path="cells")
    ids = [id_ for id_, _ in block.rows]
    if len(block.cells) != len(ids) or len(set(ids)) != len(ids) or len(set(block.fields)) != len(block.fields):
        raise Invalid("records.paste_shape", path="cells")
    if len(ids) * len(block.fields) > MOST:
        raise Invalid("records.paste_large", path="cells", most=MOST)
    rows = readable(tx, form)
    if not may(tx, "update", form):
        raise Denied("records.denied_update", form=rows.catalog.form(form).words)
    together = {key for group in forms.unique_groups(rows.catalog.form(form)) for key in group}
    found: list[_Column] = []
    for key in block.fields:
        if key in block.alone:
            found.append(_Column(key, None, True))
            continue
        field = rows.catalog.form(form).field(key)
        if field is None or rows.fields.get(key, "hidden") == "hidden":
            raise unknown(rows, key, path="fields")
        alone = field.kind in (*ALONE, "formula") or bool(field.read_only_when) or key in together
        found.append(_Column(key, field, alone or (field.kind == "relation" and _title(rows, field) is None)))
    return found


def _title(rows: Rows, field: Field) -> str | None:
    """The field by whose text a cell names the record that this relation points to."""
    target = rows.catalog.form(field.to or "")
    title = target.field(target.title) if target.title else None
    return title.key if title is not None and title.kind in _NAMED else None


# -- reading the cells


def _read(tx: Tx, form: str, block: Block, columns: Sequence[_Column]) -> None:
    """Fill paste_v in one statement."""
    table = temporary(
        tx, "paste_v", sa.Column("line", sa.Integer, primary_key=True), sa.Column("id", sa.BigInteger),
        sa.Column("label", sa.Text), sa.Column("why", sa.Text), sa.Column("rule", sa.Integer),
        *(column for at, one in enumerate(columns) for column in (
            sa.Column(f"r{at}", sa.Text), sa.Column(f"v{at}", one.type), sa.Column(f"w{at}", sa.Text))),
    )  # fmt: skip
    given, here = _given(block, len(columns)), _here(tx, form, [id_ for id_, _ in block.rows], columns)
    source: Any = given.outerjoin(here, here.c.id == given.c.id)
    known = _names(tx, columns)
    read: list[sa.ColumnElement[Any]] = []
    for at, one in enumerate(columns):
        raw = sa.func.nullif(sa.func.btrim(given.c[f"c{at}"], " \t\r\n"), "")
        value: sa.ColumnElement[Any] = sa.cast(sa.null(), one.type)
        why: sa.ColumnElement[Any] = sa.literal("records.paste_alone", sa.Text())
        if not one.alone:
            if one.field.kind == "relation":
                named = _related(tx, one.field, given.c[f"c{at}"], at)
                source = source.outerjoin(named, named.c.text == raw)
                value = sa.case((named.c.found == 1, named.c.id))
                several = sa.literal("imports.several_records", sa.Text())
                reason: Any = sa.case((named.c.found > 1, several), else_="imports.not_found")
            else:
                value, reason = cells.value(one.field, raw, known), cells.reason(one.field, raw, known)
            blank: Any = "records.paste_required" if one.field.required else None
            why = sa.case(
                (here.c.id.is_(None), sa.null()),
                (~here.c[f"m{at}"], "records.paste_no_right"),
                (raw.is_(None), blank if blank is not None else sa.null()),
                (sa.cast(value, sa.Text()).is_(None), reason),
            )
        read += [raw, value, sa.cast(why, sa.Text())]
    gone = sa.case(
        (here.c.id.is_(None), "records.paste_gone"), (given.c.version != here.c.version, "records.paste_stale")
    )
    chosen = sa.select(given.c.line, given.c.id, here.c.label, gone, sa.null(), *read).select_from(source)
    tx.run(sa.insert(table).from_select([column.name for column in table.c], chosen))


def _given(block: Block, width: int) -> sa.FromClause:
    """line, id, version, c0, c1, … as they were sent."""
    texts = [sa.cast([row[at].replace("\x00", "") for row in block.cells], ARRAY(sa.Text())) for at in range(width)]
    ids = sa.cast([id_ for id_, _ in block.rows], ARRAY(sa.BigInteger()))
    versions = sa.cast([version for _, version in block.rows], ARRAY(sa.Integer()))
    names: list[Any] = [sa.column("id", sa.BigInteger()), sa.column("version", sa.Integer())]
    names += [sa.column(f"c{at}", sa.Text()) for at in range(width)]
    made = sa.func.unnest(ids, versions, *texts).table_valued(*names, with_ordinality="line")
    return made.render_derived("given")


def _here(tx: Tx, form: str, ids: list[int], columns: Sequence[_Column]) -> sa.Subquery:
    """The records that the person sees, and which of the fields they may write on each."""
    rows = readable(tx, form)
    acting = writable(tx, form).over(rows.source)
    allowed = acting.where
    mine = [sa.and_(allowed, acting.may_write(one.field.key)) for one in columns if not one.alone]
    marks = [f"m{at}" for at, one in enumerate(columns) if not one.alone]
    where = [rows.where, rows.source.field("id").in_(sa.select(sa.func.unnest(sa.cast(ids, ARRAY(sa.BigInteger())))))]
    version = rows.source.table.c["version"]
    found = sa.select(
        rows.source.field("id").label("id"), version.label("version"), rows.label().label("label"),
        *(sa.func.coalesce(may_, sa.false()).label(mark) for mark, may_ in zip(marks, mine, strict=True)),
    )  # fmt: skip
    return found.select_from(rows.from_).where(*where).subquery("here")


def _names(tx: Tx, columns: Sequence[_Column]) -> cells.Names:
    if any(one.of and one.of.kind in ("person", "department", "persons") for one in columns):
        return cells.names(tx)
    return cells.Names({}, {}, str(tx.zone))


def _related(tx: Tx, field: Field, texts: sa.ColumnElement[Any], at: int) -> Any:
    """text -> the record of that name, and how many have it, among those that the person may read."""
    if not may(tx, "read", field.to or ""):
        nobody = sa.select(sa.null().label("text"), sa.cast(sa.null(), sa.BigInteger()).label("id"))
        return nobody.add_columns(sa.literal(0).label("found")).where(sa.false()).subquery(f"named_{at}")
    rows = readable(tx, field.to or "")
    title = sa.cast(rows.source.field(_title(rows, field) or ""), sa.Text())
    wanted = sa.select(sa.func.btrim(texts, " \t\r\n"))
    id_ = rows.source.field("id")
    found = sa.select(title.label("text"), sa.func.min(id_).label("id"), sa.func.count().label("found"))
    where = [rows.where, title.in_(wanted)]
    return found.select_from(rows.from_).where(*where).group_by(title).subquery(f"named_{at}")


# -- writing them


def _write(tx: Tx, form: str, columns: Sequence[_Column], broken: list[tuple[int, Rule]], *, keep: bool) -> int | None:
    """How many records were changed. None: nothing was, because records break rules (marked now) or cells are refused
    and not to be skipped (`keep` False)."""
    written = [(at, one) for at, one in enumerate(columns) if not one.alone]
    if not written:
        return 0
    table, p = everything(tx, form).target.alias("r"), _p(columns)
    good = [p.c[f"w{at}"].is_(None) for at, _ in written]
    values = [
        sa.case((ok, p.c[f"v{at}"]), else_=table.c[one.field.key]).label(one.field.key)
        for ok, (at, one) in zip(good, written, strict=True)
    ]
    given = sa.select(p.c.id, *values).select_from(p.join(table, table.c.id == p.c.id))
    given = given.where(p.c.why.is_(None), sa.or_(*good))
    found: list[tuple[int, Rule]] = []
    try:
        with tx.savepoint():
            done = update_set(tx, form, given, judged=False)
            found = breaches(tx, form, done.ids, [one.field.key for _, one in written])
            if found or not (keep or _all_good(tx, columns)):
                raise _Stop
            return done.count
    except _Stop:
        pass
    if found:
        start = len(broken)
        broken += found
        tx.run(
            "UPDATE paste_v p SET why = 'rule', rule = b.n FROM unnest(%(ids)s::bigint[], %(n)s::int[]) AS b (id, n)"
            " WHERE b.id = p.id",
            {"ids": [id_ for id_, _ in found], "n": list(range(start, len(broken)))},
        )
    return None


def _p(columns: Sequence[_Column]) -> sa.TableClause:
    parts = [("id", sa.BigInteger()), ("line", sa.Integer()), ("why", sa.Text())]
    typed = [(f"v{at}", one.type) for at, one in enumerate(columns)]
    why = [(f"w{at}", sa.Text()) for at in range(len(columns))]
    return sa.table("paste_v", *(sa.column(name, type_) for name, type_ in [*parts, *typed, *why]))


def _all_good(tx: Tx, columns: Sequence[_Column]) -> bool:
    whys = " OR ".join(["why IS NOT NULL", *(f"w{at} IS NOT NULL" for at in range(len(columns)))])
    return not tx.value(f"SELECT EXISTS (SELECT FROM paste_v WHERE {whys})")


# -- telling


def _refused(tx: Tx, columns: Sequence[_Column], broken: Sequence[Rule]) -> tuple[int, list[Refused]]:
    """All are counted, the first are told, in the order of the list. A row that is not there, or changed, is one."""
    each = ", ".join(f"({at}, p.w{at}, left(p.r{at}, {SHOWN}))" for at in range(len(columns)))
    found = tx.rows(
        "SELECT p.line, p.id, p.label, p.rule, c.at, c.why, c.raw, count(*) OVER ()::int AS total FROM paste_v p"
        f" CROSS JOIN LATERAL (SELECT -1 AS at, p.why, NULL AS raw UNION ALL SELECT v.* FROM (VALUES {each})"
        " AS v (at, why, raw) WHERE p.why IS NULL OR p.rule IS NOT NULL) c WHERE c.why IS NOT NULL"
        " ORDER BY p.line, c.at LIMIT %(most)s",
        {"most": TOLD},
    )
    told = [_told(row, columns, broken) for row in found]
    return (found[0]["total"] if found else 0), told


def _told(row: Mapping[str, Any], columns: Sequence[_Column], broken: Sequence[Rule]) -> Refused:
    column = columns[row["at"]] if row["at"] >= 0 else None
    code, facts = row["why"], dict[str, Any]()
    key = column.key if column else None
    if code == "imports.date_order":  # an import asks for the order of the column; here the cell has to say it
        code = "records.paste_date"
    if code == "records.paste_alone" and column is not None and column.of and column.of.kind == "formula":
        code = "records.paste_computed"
    if code == "rule":
        rule = broken[row["rule"]]
        code = "records.paste_check" if rule.code == "records.set_check" else "records.paste_required"
        facts, key = {**rule.facts, "column": rule.facts.get("field")}, rule.path
    if column is not None:
        words = column.of.words if column.of else Words(column.key)
        known = cells.facts(column.of) if column.of else {}
        facts = {**known, "column": words, "value": row["raw"], "to": words}
    return Refused(
        row["line"], row["id"], row["label"], key, row["raw"], code, {**facts, "row": row["line"]},
    )  # fmt: skip
