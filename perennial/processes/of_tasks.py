"""What processes know about tasks: which process asks, for which term, and what is done by a decision instead."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from perennial.kernel import Problem, Row, Tx
from perennial.processes.finish import finish_task

MOST = 100  # tasks finished at once


def of_kinds(tx: Tx, kinds: Sequence[int]) -> dict[int, Row]:
    """tasks.kind -> the process that asks (key, label, label_en) and its node's kind; standing kinds are absent."""
    rows = tx.rows(
        "SELECT k.id, p.key, v.definition ->> 'label' AS label, v.definition ->> 'label_en' AS label_en, n.kind"
        "  FROM tasks.kind k JOIN processes.node n ON n.id = k.node_id"
        "  JOIN processes.version v ON v.id = n.version_id JOIN processes.process p ON p.id = v.process_id"
        " WHERE k.id IN (SELECT unnest(%(kinds)s::int[]))",
        {"kinds": list(kinds)},
    )
    return {row["id"]: row for row in rows}


def kinds_of(tx: Tx, process: str) -> list[int]:
    """The kinds of all versions of a process."""
    rows = tx.rows(
        "SELECT k.id FROM tasks.kind k JOIN processes.node n ON n.id = k.node_id"
        "  JOIN processes.version v ON v.id = n.version_id JOIN processes.process p ON p.id = v.process_id"
        " WHERE p.key = %(process)s",
        {"process": process},
    )
    return [row["id"] for row in rows]


def bases(tx: Tx, instances: Sequence[int]) -> dict[int, dt.date]:
    """The day that each of these instances counts from, where it has one."""
    rows = tx.rows(
        "SELECT id, basis FROM processes.instance"
        " WHERE id IN (SELECT unnest(%(instances)s::bigint[])) AND basis IS NOT NULL",
        {"instances": list(instances)},
    )
    return {row["id"]: row["basis"] for row in rows}


def finish_each(
    tx: Tx, ids: Sequence[int], values: dict[str, Any], outcome: str | None
) -> tuple[list[int], list[tuple[int, Problem]]]:
    """Each of these tasks (at most a page of them) is done as `finish_task` does it, or named with why not; one that is
    refused changes nothing and keeps none of the others."""
    done: list[int] = []
    refused: list[tuple[int, Problem]] = []
    for one in sorted(set(ids))[:MOST]:
        try:
            with tx.savepoint():
                finish_task(tx, one, values, outcome)
            done.append(one)
        except Problem as problem:
            refused.append((one, problem))
    return done, refused
