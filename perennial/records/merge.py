"""Two records that are one become one: the winner takes chosen values, everything that points at the loser points at
the winner, the loser goes into the bin.

In:   two records of a form, and of which fields the loser's value is taken (`right`) or added (`both`, of lists)
Out:  one transaction with the reason "merge", which `undo` takes back; the loser's link leads to the winner
Children move in sets, one write per form, whatever their number. The preview does all of it and rolls back, so what it
does not complain about is done. Processes follow by themselves: those of the loser stop with it and come back with it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from perennial import changes
from perennial.access import everything, may, readable, writable
from perennial.forms import Catalog, catalog
from perennial.kernel import Conflict, Denied, Invalid, Problem, Reason, Tx, log
from perennial.records.followed import follow
from perennial.records.preview import preview
from perennial.records.read import read
from perennial.records.sets import delete_set, lock_set, update_set

Take = Literal["left", "right", "both"]
ADDABLE = ("multi_select", "persons", "relations", "attachment", "image")
KEPT = ("formula", "auto_number")  # the winner's stays
_IDS = sa.ARRAY(sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of both, as the reader sees it. `take` is proposed: blanks are filled. `may`: it can be chosen."""

    key: str
    left: Any
    right: Any
    take: Take
    may: bool


@dataclass(frozen=True, slots=True)
class Move:
    """So many records of a form, of those that the reader sees, point at the loser."""

    form: str
    count: int


@dataclass(frozen=True, slots=True)
class Side:
    id: int
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What `apply` would do now. `problem`: why it would be refused."""

    left: Side
    right: Side
    choices: list[Choice] = field(default_factory=list[Choice])
    moves: list[Move] = field(default_factory=list[Move])
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """`transaction` is what to undo."""

    moved: int
    transaction: int


class _BackError(Exception):
    """Thrown to leave no trace of a rehearsal."""


def foresee(tx: Tx, form: str, winner: int, loser: int, take: Mapping[str, Take] | None = None) -> Foreseen:
    """What merging would do; writes nothing.

    take     what the person has chosen so far; None: what is proposed
    errors   Missing when the actor may not see one of them · Invalid records.merge_itself
    """
    left, right = _sides(tx, form, winner, loser)
    choices = _choices(tx, form, left, right)
    proposed: dict[str, Take] = {one.key: one.take for one in choices}
    chosen = proposed if take is None else take
    moves = [Move(child, count) for child in _pointing(tx, form) if (count := _seen(tx, form, child, loser))]
    problem: Problem | None = None
    try:
        with tx.savepoint():
            _apply(tx, form, left, right, choices, chosen)
            raise _BackError
    except _BackError:
        pass
    except Problem as error:
        problem = error
    return Foreseen(_side(left), _side(right), choices, moves, problem)


def apply(
    tx: Tx, form: str, winner: int, loser: int, take: Mapping[str, Take], *, versions: tuple[int, int]
) -> Merged:  # fmt: skip
    """The two are one.

    versions  of both, as the preview told them
    errors    Denied without update on both, delete on the loser, update on what points at it · Conflict
              records.merge_stale · Invalid at a field, records.taken or records.set_check of what moves
    """
    table = everything(tx, form).target
    lock_set(tx, table, table.c.id.in_([winner, loser]))
    left, right = _sides(tx, form, winner, loser)
    if (left["version"], right["version"]) != versions:
        raise Conflict("records.merge_stale")
    return _apply(tx, form, left, right, _choices(tx, form, left, right), take)


def successor(tx: Tx, form: str, record_id: int) -> int | None:
    """The living record that a merged one has become, as far as the actor may see both."""
    gone, rows = readable(tx, form, deleted=True), readable(tx, form)
    if not 0 < record_id < 2**63 or not _one(tx, gone, record_id):
        return None
    found = tx.value(
        "WITH RECURSIVE way (id, steps) AS (SELECT winner_id, 1 FROM records.merged WHERE form = %(form)s"
        " AND loser_id = %(id)s UNION ALL SELECT m.winner_id, w.steps + 1 FROM way w JOIN records.merged m"
        " ON m.form = %(form)s AND m.loser_id = w.id AND w.steps < 20) SELECT array_agg(id ORDER BY steps) FROM way",
        {"form": form, "id": record_id},
    )
    return next((one for one in found or [] if _one(tx, rows, one)), None)


def follow_late(tx: Tx) -> int:
    """Records that point at one that was merged away, because they came out of the bin since or were being written
    meanwhile, point at what it has become. How many moved; what cannot move stays and is noted."""
    moved = 0
    for row in tx.rows("SELECT DISTINCT form FROM records.merged ORDER BY form"):
        form = row["form"]
        if form not in catalog(tx):
            continue
        for child, keys in _pointing(tx, form).items():
            for loser in _left_behind(tx, form, child, keys):
                winner = successor(tx, form, loser)
                try:
                    with tx.savepoint():
                        moved += _move_late(tx, form, child, keys, winner, loser) if winner is not None else 0
                except Problem as problem:
                    log.warning("what points at a merged record stays", form=child, loser=loser, code=problem.code)
    return moved


def _left_behind(tx: Tx, form: str, child: str, keys: list[str]) -> list[int]:
    """Losers in the bin at which live records of `child` point, few at a time."""
    rows, gone = everything(tx, child), everything(tx, form).target.alias("gone")
    merged = sa.table("merged", sa.column("form"), sa.column("loser_id", sa.BigInteger), schema="records")
    pointing = [
        merged.c.loser_id == rows.source.field(key)
        if rows.catalog.field(child, key).kind == "relation"
        else merged.c.loser_id == sa.any_(rows.source.field(key))
        for key in keys
    ]
    found = sa.select(merged.c.loser_id).distinct().join(gone, gone.c.id == merged.c.loser_id)
    there = sa.exists().select_from(rows.from_).where(rows.where, sa.or_(*pointing))
    ids = tx.rows(found.where(merged.c.form == form, gone.c.deleted_at.is_not(None), there).limit(100))
    return [row["loser_id"] for row in ids]


def _move_late(tx: Tx, form: str, child: str, keys: list[str], winner: int, loser: int) -> int:
    title = json.loads(read(tx, form, winner))["title"]
    reason = {"form": form, "winner": winner, "loser": loser, "name": title, "gone": title}
    with tx.because(Reason("merge", reason)):
        return update_set(tx, child, _moving(tx, form, child, keys, winner, loser)).count


def _one(tx: Tx, rows: Any, record_id: int) -> bool:
    where = rows.where
    asked = sa.select(rows.source.field("id")).select_from(rows.from_).where(where)
    return tx.value(asked.where(rows.source.field("id") == sa.literal(record_id, sa.BigInteger))) is not None


def _sides(tx: Tx, form: str, winner: int, loser: int) -> tuple[dict[str, Any], dict[str, Any]]:
    if winner == loser:
        raise Invalid("records.merge_itself", path="loser")
    return json.loads(read(tx, form, winner)), json.loads(read(tx, form, loser))


def _side(one: dict[str, Any]) -> Side:
    return Side(one["id"], one["version"], one["title"])


def _choices(tx: Tx, form: str, left: dict[str, Any], right: dict[str, Any]) -> list[Choice]:
    """Readable fields that differ or that only one of both has."""
    definition = readable(tx, form).catalog.form(form)
    locked: set[str] = set()
    if any(one.read_only_when for one in definition.fields) and may(tx, "update", form):
        states = preview(tx, form, {}, id=left["id"]).states
        locked = {key for key, one in states.items() if one.read_only}
    found: list[Choice] = []
    for one in definition.fields:
        mine, theirs = left["values"].get(one.key), right["values"].get(one.key)
        if one.kind in KEPT or mine == theirs:
            continue
        free = (
            left["fields"].get(one.key) == "write"
            and right["fields"].get(one.key) in ("read", "write")
            and one.key not in locked
        )
        take: Take = "right" if free and mine is None else "left"
        if free and mine is not None and theirs is not None and one.kind in ADDABLE:
            take = "both"
        found.append(Choice(one.key, mine, theirs, take, free))
    return found


def _pointing(tx: Tx, form: str) -> dict[str, list[str]]:
    """Forms with the fields that point at records of `form`."""
    found: dict[str, list[str]] = {}
    for child in everything(tx, form).catalog.forms:
        for one in child.fields:
            if one.kind in ("relation", "relations") and one.to == form:
                found.setdefault(child.key, []).append(one.key)
    return found


def _at(catalog: Catalog, form: str, key: str, column: Any, record_id: int) -> "sa.ColumnElement[bool]":
    """The field points at the record."""
    one = sa.literal(record_id, sa.BigInteger)
    if catalog.field(form, key).kind == "relation":
        return column == one
    return column.op("@>", is_comparison=True)(sa.cast([record_id], _IDS))


def _any(rows: Any, keys: list[str], record_id: int) -> "sa.ColumnElement[bool]":
    return sa.or_(sa.false(), *(_at(rows.catalog, rows.form, key, rows.source.field(key), record_id) for key in keys))


def _seen(tx: Tx, form: str, child: str, loser: int) -> int:
    """How many of them the actor sees pointing there."""
    if not may(tx, "read", child):
        return 0
    rows = readable(tx, child)
    keys = [key for key in _pointing(tx, form)[child] if rows.fields.get(key) in ("read", "write")]
    where = [rows.where, _any(rows, keys, loser), rows.source.field("id") != loser if child == form else sa.true()]
    return int(tx.value(sa.select(sa.func.count()).select_from(rows.from_).where(*where)))


def _apply(
    tx: Tx, form: str, left: dict[str, Any], right: dict[str, Any], choices: list[Choice], take: Mapping[str, Take]
) -> Merged:
    _allowed(tx, form, left, right)
    taking = _taking(everything(tx, form).catalog, form, choices, take)
    winner, loser = left["id"], right["id"]
    moved = 0
    reason = {"form": form, "winner": winner, "loser": loser, "name": left["title"], "gone": right["title"]}
    with tx.because(Reason("merge", reason)):
        for child, keys in _pointing(tx, form).items():
            moved += update_set(tx, child, _moving(tx, form, child, keys, winner, loser)).count
        delete_set(tx, form, [loser])
        given = _winning(tx, form, winner, loser, taking)
        if given is not None:
            update_set(tx, form, given)
        transaction = changes.written(tx)
    tx.run(
        "INSERT INTO records.merged (form, loser_id, winner_id, at, by) VALUES (%(form)s, %(loser)s, %(winner)s,"
        " %(now)s, %(me)s) ON CONFLICT (form, loser_id) DO UPDATE SET winner_id = excluded.winner_id,"
        " at = excluded.at, by = excluded.by",
        {"form": form, "loser": loser, "winner": winner},
    )
    assert transaction is not None  # the loser has been written
    follow(tx, transaction, form, loser, winner)
    return Merged(moved, transaction)


def _taking(catalog: Catalog, form: str, choices: list[Choice], take: Mapping[str, Take]) -> dict[str, Take]:
    """Of which fields the loser's value counts; only what the preview offered can be chosen."""
    known = {one.key: one for one in choices}
    for key, how in take.items():
        found = catalog.form(form).field(key) if key in known else None
        if how != "left" and (found is None or not known[key].may):
            raise Denied("records.denied_field", path=key, field=found.words if found else key)
        if how == "both" and found is not None and found.kind not in ADDABLE:
            raise Invalid("records.merge_both", path=key, field=found.words)
    return {key: how for key, how in take.items() if how != "left"}


def _allowed(tx: Tx, form: str, left: dict[str, Any], right: dict[str, Any]) -> None:
    """Update on both, delete on the loser, the field on everything that points at it. Whether something hidden points
    there is all that a refusal tells."""
    catalog = readable(tx, form).catalog
    if "update" not in left["may"] or "update" not in right["may"]:
        raise Denied("records.denied_update", form=catalog.form(form).words)
    if "delete" not in right["may"]:
        raise Denied("records.denied_delete", form=catalog.form(form).words)
    loser = right["id"]
    for child, keys in _pointing(tx, form).items():
        every = everything(tx, child)
        table = every.target
        pointing = sa.select(every.source.field("id")).select_from(every.from_)
        pointing = pointing.where(every.where, _any(every, keys, loser), every.source.field("id") != loser)
        lock_set(tx, table, table.c.id.in_(pointing))
        if tx.value(pointing.limit(1)) is None:
            continue
        if not may(tx, "update", child):
            raise Denied("records.merge_rights")
        rows = writable(tx, child)
        mine = sa.select(rows.source.field("id")).where(
            rows.where, *(sa.or_(~_points(rows, key, loser), rows.may_write(key)) for key in keys)
        )
        left_over = pointing.where(every.source.field("id").not_in(mine.select_from(rows.from_)))
        if tx.value(left_over.limit(1)) is not None:
            raise Denied("records.merge_rights")


def _points(rows: Any, key: str, loser: int) -> "sa.ColumnElement[bool]":
    return sa.func.coalesce(_at(rows.catalog, rows.form, key, rows.source.raw.field(key), loser), sa.false())


def _moving(tx: Tx, form: str, child: str, keys: list[str], winner: int, loser: int) -> Any:
    """What points at the loser points at the winner, which stands in a list once."""
    rows = everything(tx, child)
    columns: list[Any] = [rows.source.field("id").label("id")]
    for key in keys:
        value = rows.source.field(key)
        if rows.catalog.field(child, key).kind == "relation":
            moved = sa.case((value == loser, sa.literal(winner, sa.BigInteger)), else_=value)
        else:
            there = _at(rows.catalog, child, key, value, winner)
            moved = sa.case(
                (there, sa.func.array_remove(value, sa.literal(loser, sa.BigInteger))),
                else_=sa.func.array_replace(value, sa.literal(loser, sa.BigInteger), sa.literal(winner, sa.BigInteger)),
            )
        columns.append(sa.cast(moved, value.type).label(key))
    where = [rows.where, _any(rows, keys, loser)]
    if child == form:  # themselves are written below
        where.append(rows.source.field("id").not_in([winner, loser]))
    return sa.select(*columns).select_from(rows.from_).where(*where)


def _winning(tx: Tx, form: str, winner: int, loser: int, take: Mapping[str, Take]) -> Any:
    """The winner's new values; it points at itself nowhere."""
    rows = everything(tx, form)
    w, x = rows.target.alias("w"), rows.target.alias("l")
    own = _pointing(tx, form).get(form, [])
    columns: list[Any] = []
    for one in rows.catalog.form(form).fields:
        how = take.get(one.key, "left")
        if one.kind in KEPT or (how == "left" and one.key not in own):
            continue
        value: Any = w.c[one.key] if how == "left" else x.c[one.key]
        if how == "both":
            value = sa.literal_column(_BOTH[one.kind in ("attachment", "image")].format(key=one.key))
        if one.key in own and one.kind == "relation":
            value = sa.case((value.in_([winner, loser]), sa.null()), else_=value)
        elif one.key in own:
            for gone in (winner, loser):
                value = sa.func.array_remove(value, sa.literal(gone, sa.BigInteger))
        columns.append(sa.cast(value, w.c[one.key].type).label(one.key))
    if not columns:
        return None
    return sa.select(w.c.id.label("id"), *columns).where(w.c.id == winner, x.c.id == loser)


_BOTH = {
    False: """coalesce(w."{key}", '{{}}') || ARRAY(SELECT x FROM unnest(l."{key}") WITH ORDINALITY AS u (x, n)
        WHERE x <> ALL (coalesce(w."{key}", '{{}}')) ORDER BY n)""",
    True: """coalesce(w."{key}", '[]') || coalesce((SELECT jsonb_agg(x ORDER BY n)
        FROM jsonb_array_elements(l."{key}") WITH ORDINALITY AS u (x, n)
        WHERE NOT coalesce(w."{key}", '[]') @> jsonb_build_array(x)), '[]')""",
}
