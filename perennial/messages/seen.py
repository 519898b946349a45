"""What of a message a reader may see: masked stays masked, in a text that was put together long ago, too.

A captured value is shown to who may read, on the record as it is today, every field that its placeholder names;
masked where they read that field masked; `HIDDEN` otherwise. The name and address of a recipient are fields of the
contact. The system, and so the wire, sees the text as it is.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import ColumnElement

from perennial import access, formula
from perennial.kernel import Invalid, Query, Row, Tx, render
from perennial.messages.definition import audiences

HIDDEN = "***"
KEPT = 256
_kept: dict[Hashable, Query] = {}
_NUMBERS, _TEXTS = sa.ARRAY(sa.BigInteger), sa.ARRAY(sa.Text)


def seen(tx: Tx, rows: Sequence[Row]) -> list[Row]:
    """The same messages as the actor may see them: `captured`, `name` and `address`.

    rows  of the outbox: id, channel, template, form, record_id, contact_id, contact_form, captured, name, address
    """
    if tx.actor.kind == "system" or not rows:
        return list(rows)
    shown: dict[int, dict[str, Any]] = {}
    for form, template in sorted({(row["form"], row["template"]) for row in rows}):
        of = [row for row in rows if (row["form"], row["template"]) == (form, template)]
        shown |= _over(tx, form, {row["id"]: (row["record_id"], row["captured"]) for row in of})
    told: list[Row] = [{**row, "captured": shown[row["id"]]} for row in rows]
    known_ways = {(one.form, one.name, at, way) for one in audiences(tx) for way, at in one.ways.items()}
    for form, name, address, way in sorted(known_ways):
        given: dict[int, tuple[int, dict[str, Any]]] = {}
        for row in told:
            if row["contact_id"] is not None and row["channel"] == way and (row["contact_form"] or form) == form:
                given[row["id"]] = row["contact_id"], {name: row["name"], address: row["address"]}
        known = _over(tx, form, given)
        told = [{**row, "name": known[row["id"]][name], "address": known[row["id"]][address]}
                if row["id"] in known else row for row in told]  # fmt: skip
    return told


def _over(tx: Tx, form: str, given: dict[int, tuple[int, dict[str, Any]]]) -> dict[int, dict[str, Any]]:
    """Message -> its values as shown, those of one form and one set of placeholders."""
    texts = sorted({text for _, values in given.values() for text in values})
    found: dict[int, dict[str, Any]] = {}
    if given and texts and access.may(tx, "read", form):
        params = {
            "ids": list(given), "of": [record for record, _ in given.values()],
            **{f"t{at}": [values.get(text) for _, values in given.values()] for at, text in enumerate(texts)},
        }  # fmt: skip
        rows = tx.rows(_compiled(tx, form, tuple(texts)), params)
        found = {row["id"]: dict(zip(texts, row["shown"], strict=True)) for row in rows}
    return {id_: {text: found[id_][text] if id_ in found else HIDDEN if value else value
                  for text, value in values.items()} for id_, (_, values) in given.items()}  # fmt: skip


def _compiled(tx: Tx, form: str, texts: tuple[str, ...]) -> Query:
    rows = access.readable(tx, form, deleted=None)
    key = (rows.key, texts)
    if key not in _kept:
        while len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = _compile(rows, texts)
    return _kept[key]


def _compile(rows: access.Rows, texts: tuple[str, ...]) -> Query:
    binds = [sa.bindparam("ids", type_=_NUMBERS), sa.bindparam("of", type_=_NUMBERS)]
    binds += [sa.bindparam(f"t{at}", type_=_TEXTS) for at in range(len(texts))]
    names = [sa.column("id", sa.BigInteger), sa.column("of", sa.BigInteger)]
    names += [sa.column(f"t{at}", sa.Text) for at in range(len(texts))]
    given = sa.func.unnest(*binds).table_valued(*names).render_derived(name="given")
    shown = [_shown(rows, text, given.c[f"t{at}"]) for at, text in enumerate(texts)]
    where = rows.where
    select = sa.select(given.c.id, sa.func.jsonb_build_array(*shown, type_=JSONB).label("shown"))
    return render(select.select_from(rows.from_.join(given, given.c.of == rows.source.table.c["id"])).where(where))


def _shown(rows: access.Rows, text: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """What the reader is shown of one captured value."""
    try:
        typed = formula.check(text, rows.catalog.scope(rows.form))
    except Invalid:  # a field that is no longer there: nobody can say who may read it
        return sa.cast(sa.null(), sa.Text) if rows.view.everything else sa.literal(HIDDEN, sa.Text)
    paths = list(_paths(typed))
    plain = sa.and_(sa.true(), *(_visible(rows, path)[0] for path in paths))
    branches: list[tuple[ColumnElement[bool], Any]] = [(value.is_(None), value), (plain, value)]
    if typed.op == "field" and len(paths) == 1:
        masked, kind = _visible(rows, paths[0])[1:]
        mask = sa.func.access.mask(sa.literal(kind, sa.Text), value, type_=sa.Text())
        branches.append((masked, mask))
    return sa.case(*branches, else_=sa.literal(HIDDEN, sa.Text))


def _paths(typed: formula.Typed) -> Iterable[tuple[str, ...]]:
    """The fields that the text itself names: a computed one is a published fact, whatever it reads."""
    if typed.op == "field":
        yield tuple(typed.value)
    elif isinstance(typed.value, tuple):  # an aggregate over related records
        yield from (tuple(path.split(".")) for path in typed.reads)
        yield tuple(typed.value)  # pyright: ignore[reportUnknownArgumentType]
    else:
        for one in typed.args:
            yield from _paths(one)


def _visible(rows: access.Rows, path: tuple[str, ...]) -> tuple[ColumnElement[bool], ColumnElement[bool], str]:
    """In full, or masked: every record on the way may be read. And the kind of the last field."""
    at, scope = rows.source, rows.catalog.scope(rows.form)
    steps: list[ColumnElement[bool]] = []
    for place, key in enumerate(path):
        if scope.field(key) is None:  # a collection: a sum over rows of which some are hidden would tell of them
            return sa.literal(rows.view.everything), sa.false(), ""
        if place + 1 == len(path):
            break
        further = scope.relation(key)
        if further is None:
            return sa.false(), sa.false(), ""
        steps.append(at.sees(key))
        at, scope = at.parent(key), further
        steps.append(at.table.c["id"].is_not(None))
    key = path[-1]
    masks = [] if rows.view.always(at.form, key) else rows.view.levels(at.form, key).get("masked", [])
    kind = "" if not masks else rows.catalog.field(at.form, key).kind
    masked = sa.func.coalesce(at.in_any(masks), sa.false()) if masks else sa.false()
    return sa.and_(sa.true(), *steps, at.sees(key)), sa.and_(sa.true(), *steps, masked), kind
