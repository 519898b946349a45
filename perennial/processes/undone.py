"""A match that is undone takes back what it created, as long as nobody touched it; otherwise somebody is asked.

In:   records that match a start no more, or whose person has answered "take it back"
Out:  created records deleted, in sets; instances that stand at the node `touched`, for what is still there
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from perennial import access, forms, records
from perennial.kernel import Invalid, Reason, Tx
from perennial.processes.definition import Create, Start
from perennial.processes.ending import end_set, open_of
from perennial.processes.nodes.common import Published
from perennial.processes.nodes.create import THIS
from perennial.processes.versions import Active
from perennial.rules import rendered

_BIG = sa.ARRAY(sa.BigInteger)


def take_back(tx: Tx, active: Active, start: Start, gone: list[int]) -> list[int]:
    """Untouched records that instances of `gone` created are deleted. Where one was touched, linked or is referred to,
    it stays, and an instance begins at `start.touched`; those instances.

    locks   the caller holds the instances of these records
    """
    end_set(tx, open_of(tx, active, gone), "superseded", "undone")
    with tx.because(Reason("process", {"process": active.process.key, "start": start.key, "undone": True})):
        for node in _creates(active.version):
            records.delete_set(tx, node.form, _created(tx, active.version, node, gone, untouched=True))
    if not start.touched:
        return []
    left = {id_ for node in _creates(active.version) for id_ in _still(tx, active.version, node, gone)}
    return _ask(tx, active, start, sorted(left)) if left else []


def remove(tx: Tx, version: Published, of: list[int]) -> int:
    """What instances of these records created is deleted, touched or not: somebody has decided so. How many.

    errors   Invalid processes.created_in_use: others must refer to it
    """
    count = 0
    for node in _creates(version):
        given = _created(tx, version, node, of)
        count += records.delete_set(tx, node.form, given).count
        if _still(tx, version, node, of):
            label = forms.catalog(tx).form(node.form).label
            raise Invalid("processes.created_in_use", path="outcome", form=label)
    return count


def _creates(version: Published) -> list[Create]:
    return [node for node in version.process.nodes if isinstance(node, Create)]


def _still(tx: Tx, version: Published, node: Create, of: list[int]) -> set[int]:
    """Which of these records still have a live one that their instances created or linked."""
    rows = tx.rows(_created(tx, version, node, of, used=True))
    return {row["origin"] for row in rows}


def _created(
    tx: Tx, version: Published, node: Create, of: list[int], *, untouched: bool = False, used: bool = False
) -> sa.Select[Any]:
    """Live records behind this node for the records `of`: id, and whose it is. They still point to it where the node
    made them point; unless `used`, no live record must refer to them; `untouched`: they are as they were created."""
    rows = access.everything(tx, node.form)
    source = rows.source
    made = sa.table("created", *(sa.column(key) for key in ("instance_id", "form", "record_id", "version")),
                    schema="processes")  # fmt: skip
    instance = sa.table("instance", *(sa.column(key) for key in ("id", "process_id", "record_id")), schema="processes")
    tests = [
        made.c.record_id == source.field("id"),
        made.c.form == node.form,
        instance.c.id == made.c.instance_id,
        instance.c.process_id == version.process_id,
        instance.c.record_id == sa.any_(sa.cast(of, _BIG)),
        *(source.field(field) == instance.c.record_id for field, text in node.values if text == THIS),
    ]
    if untouched:
        tests.append(made.c.version == source.field("version"))
    if not used:
        tests += _unused(tx, node.form, source.field("id"))
    where = rows.where
    columns = [source.field("id").label("id"), *([instance.c.record_id.label("origin")] if used else [])]
    return sa.select(*columns).select_from(rows.from_.join(made, sa.true()).join(instance, sa.true())).where(
        where, *tests
    )  # fmt: skip


def _unused(tx: Tx, form: str, id_: sa.ColumnElement[Any]) -> Iterable[sa.ColumnElement[bool]]:
    """No live record must refer to it."""
    catalog = forms.catalog(tx)
    for child, back in catalog.collections(form).values():
        if catalog.field(child, back).required:
            rows = access.everything(tx, child)
            using = sa.select(rows.source.field("id")).select_from(rows.from_).where(rows.where)
            yield ~using.where(rows.source.field(back) == id_).exists()


_ASK = """
WITH begun AS (
    INSERT INTO processes.instance (process_id, version_id, record_id, entry, due_at, started_at, past_then)
    SELECT %(process)s, %(version)s, r.rid, 'matched', %(now)s, %(now)s, true
      FROM ({record}) r WHERE r.rid IN (SELECT unnest(%(records)s::bigint[])) ORDER BY r.rid
    ON CONFLICT DO NOTHING
    RETURNING id
), placed AS (
    INSERT INTO processes.token (instance_id, node_id, wake_at, entered_at, base_at)
    SELECT id, %(node)s, %(now)s, %(now)s, %(now)s FROM begun
)
SELECT array_agg(id ORDER BY id) FROM begun
"""


def _ask(tx: Tx, active: Active, start: Start, of: list[int]) -> list[int]:
    live = rendered(tx, active.process.form, {})
    version = active.version
    return (
        tx.value(
            _ASK.format(record=live.text),
            {
                **live.params, "records": of, "process": version.process_id, "version": version.id,
                "node": version.nodes[start.touched],
            },
        )
        or []
    )  # fmt: skip
