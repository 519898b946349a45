"""Processes as a publication sees them: what runs on which version, switched off, and back where they stood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perennial.kernel import Tx
from perennial.processes import versions
from perennial.processes.definition import Process

Marks = Mapping[str, Sequence[str]]  # start -> [published_at, watermark]


@dataclass(frozen=True, slots=True)
class Running:
    """A version with open or suspended instances. `current`: it is the one in force."""

    process: Process
    number: int
    open: int
    current: bool


def running(tx: Tx) -> list[Running]:
    """Every version that instances stand on, by process and number."""
    rows = tx.rows(
        "SELECT v.id, v.number, i.open, v.id = p.version_id AS current FROM processes.version v"
        "  JOIN processes.process p ON p.id = v.process_id"
        "  JOIN (SELECT version_id, count(*) AS open FROM processes.instance WHERE state IN ('open', 'suspended')"
        "         GROUP BY version_id) i ON i.version_id = v.id ORDER BY p.key, v.number"
    )
    return [
        Running(versions.version(tx, row["id"]).process, row["number"], row["open"], bool(row["current"]))
        for row in rows
    ]


def switch_off(tx: Tx, keys: Sequence[str]) -> None:
    """Nothing starts any longer; what runs goes on to its end on its version."""
    tx.run(
        "UPDATE processes.trigger SET active = false WHERE process_id IN"
        " (SELECT id FROM processes.process WHERE key = ANY(%(keys)s))",
        {"keys": list(keys)},
    )
    tx.run("UPDATE processes.process SET version_id = NULL WHERE key = ANY(%(keys)s)", {"keys": list(keys)})
    tx.memo.pop("processes.active", None)


def marks(tx: Tx, keys: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Up to where the ways to start are decided: process -> start -> [published_at, watermark]."""
    rows = tx.rows(
        "SELECT p.key AS process, t.key AS start, t.published_at::text AS published, t.watermark::text AS decided"
        "  FROM processes.trigger t JOIN processes.process p ON p.id = t.process_id"
        " WHERE t.active AND p.key = ANY(%(keys)s)",
        {"keys": list(keys)},
    )
    found: dict[str, dict[str, list[str]]] = {key: {} for key in keys}
    for row in rows:
        found[row["process"]][row["start"]] = [row["published"], row["decided"]]
    return found


def resume(tx: Tx, process: str, stood: Marks, *, untouched: bool) -> None:
    """The ways to start go on from where they stood when another definition took over, so nothing due since is lost.

    untouched  no record was written since: then what was owed before is owed again, else it counts as backlog
    """
    for start, (published, decided) in stood.items():
        tx.run(
            "UPDATE processes.trigger t SET watermark = least(t.watermark, %(decided)s::timestamptz),"
            " published_at = CASE WHEN %(untouched)s THEN %(published)s::timestamptz"
            "                     ELSE %(decided)s::timestamptz END"
            "  FROM processes.process p WHERE p.id = t.process_id AND p.key = %(process)s AND t.key = %(start)s"
            "   AND t.active",
            {"process": process, "start": start, "published": published, "decided": decided, "untouched": untouched},
        )
