"""What would happen if: the engine itself runs, and everything is rolled back."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from perennial import records
from perennial.kernel import Row, Tx
from perennial.processes.advance import advance
from perennial.processes.plan import plan
from perennial.processes.react import Reacted, follow
from perennial.rules import Group

T = TypeVar("T")
AHEAD_DAYS = 400


class _Undo(Exception):
    """Carries a result out of a savepoint that must not stay."""


def rolled_back(tx: Tx, act: Callable[[], T]) -> T:
    """What the act gives; nothing that it wrote stays."""
    kept: list[T] = []
    try:
        with tx.savepoint():
            kept.append(act())
            raise _Undo
    except _Undo:
        tx.memo.pop("processes.active", None)
        return kept[0]


def preview(tx: Tx, form: str, ids: list[int], answer: str = "all") -> list[Row]:
    """What these records, as they are now, would set off at once under an answer to their import.

    returns  rows: process, node, kind (task, notify, start), label, label_en, outward, count
    """

    def act() -> list[Row]:
        before = tx.value("SELECT coalesce(max(id), 0) FROM processes.instance")
        total = Reacted()
        follow(tx, [Group(form, sorted(ids), frozenset(), True, False, False, "import", answer)], total)
        begun = tx.value("SELECT array_agg(id) FROM processes.instance WHERE id > %(before)s", {"before": before}) or []
        if total.left:
            advance(tx, begun)
        return tx.rows(_SET_OFF, {"begun": begun})

    return rolled_back(tx, act)


_SET_OFF = """
SELECT p.key AS process, n.key AS node, n.kind, n.label, n.label_en, coalesce(x.outward, false) AS outward,
       sum(x.n)::int AS count
  FROM (SELECT t.instance_id, k.node_id, NULL::boolean AS outward, 1 AS n
          FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.instance_id = ANY(%(begun)s::bigint[])
        UNION ALL
        SELECT s.instance_id, s.node_id,
               (SELECT bool_or(o.outward) FROM messages.outbox o WHERE o.decision = 'step:' || s.id), 1
          FROM processes.step s WHERE s.instance_id = ANY(%(begun)s::bigint[]) AND s.outcome = 'decided') x
  JOIN processes.node n ON n.id = x.node_id
  JOIN processes.version v ON v.id = n.version_id
  JOIN processes.process p ON p.id = v.process_id
 GROUP BY p.key, n.id, n.key, n.kind, n.label, n.label_en, x.outward
 ORDER BY p.key, n.id
"""


def preview_change(tx: Tx, form: str, record_id: int, version: int, values: Mapping[str, Any]) -> dict[str, list[Row]]:
    """The plan of one record as it is and as it would be: `before`, `after`, and the difference `dropped`, `added`."""
    until = tx.now + dt.timedelta(days=AHEAD_DAYS)
    before = plan(tx, until, form=form, record_id=record_id)

    def act() -> list[Row]:
        records.update(tx, form, record_id, version, values)
        follow(tx, [Group(form, [record_id], frozenset(values), False, False, False, "user")], Reacted())
        return plan(tx, until, form=form, record_id=record_id)

    after = rolled_back(tx, act)

    def mark(row: Row) -> tuple[Any, ...]:
        return row["process"], row["key"], row["due_at"]

    old, new = {mark(row) for row in before}, {mark(row) for row in after}
    return {
        "before": before, "after": after, "dropped": [row for row in before if mark(row) not in new],
        "added": [row for row in after if mark(row) not in old],
    }  # fmt: skip
