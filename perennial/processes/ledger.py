"""The ledger is fact: what was decided, when, how, and the proof that nothing is missing.

应发生 = 准时 + 补做 + 跳过 + 暂停 + 遗漏: owed = fired + late + skipped + held + missing.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from perennial import changes
from perennial.kernel import Row, Tx
from perennial.processes import versions
from perennial.processes.coverage import covered
from perennial.processes.occurrences import occurrences, window
from perennial.processes.plan import readable

MOST = 1000

_LEDGER = """
SELECT d.id, d.due_at, d.decided_at, d.outcome, d.reason, d.facts, d.held_at, d.record_id, d.instance_id, d.basis,
       p.key AS process, p.form, coalesce(t.key, n.key) AS key,
       CASE WHEN d.trigger_id IS NULL THEN 'wait' ELSE 'start' END AS kind, n.label, n.label_en,
       greatest(0, extract(epoch FROM d.decided_at - d.due_at))::bigint AS late_s
  FROM processes.decision d
  JOIN processes.process p ON p.id = d.process_id
  LEFT JOIN processes.trigger t ON t.id = d.trigger_id
  LEFT JOIN processes.node n ON n.id = d.node_id
"""


def ledger(
    tx: Tx, *, since: dt.datetime | None = None, until: dt.datetime | None = None, outcome: str | None = None,
    reason: str | None = None, process: str | None = None, form: str | None = None, record_id: int | None = None,
    limit: int = 200, everybody: bool = False, owner: int | None = None,
) -> list[Row]:  # fmt: skip
    """Decisions whose moment lies in [since, until], latest first, of records that the actor may read; `owner`: only of
    records that are this person's."""
    test, params = ("true", dict[str, Any]()) if everybody else readable(tx, owner)
    rows = tx.rows(
        f"""
        SELECT x.* FROM ({_LEDGER}) x
         WHERE (%(since)s::timestamptz IS NULL OR x.due_at >= %(since)s)
           AND (%(until)s::timestamptz IS NULL OR x.due_at <= %(until)s)
           AND (%(outcome)s::text IS NULL OR x.outcome = %(outcome)s) AND (%(reason)s::text IS NULL OR x.reason =
             %(reason)s)
           AND (%(process)s::text IS NULL OR x.process = %(process)s) AND (%(form)s::text IS NULL OR x.form = %(form)s)
           AND (%(record)s::bigint IS NULL OR x.record_id = %(record)s) AND ({test})
         ORDER BY x.due_at DESC, x.id DESC LIMIT %(limit)s
        """,
        {
            **params, "since": since, "until": until, "outcome": outcome, "reason": reason, "process": process,
            "form": form, "record": record_id, "limit": min(limit, MOST), "zone": tx.zone.key,
        },
    )  # fmt: skip
    labels = {
        (active.process.key, start.key): (start.label, start.label_en)
        for active in versions.active(tx)
        for start in active.process.starts
    }
    for row in rows:
        if row["label"] is None:
            row["label"], row["label_en"] = labels.get((row["process"], row["key"]), (row["key"], ""))
    return rows


@dataclass(slots=True)
class Proof:
    """How many decisions a span owed and what became of each. `reasons`: of the skipped ones; `uncovered`: records
    that a process covers without an instance."""

    at: dt.datetime
    owed: int = 0
    fired: int = 0
    late: int = 0
    skipped: int = 0
    held: int = 0
    missing: int = 0
    uncovered: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])


def proof(tx: Tx, since: dt.datetime, until: dt.datetime | None = None) -> Proof:
    """The proof line of [since, until or now] over the records that the actor may read; the system's is over all."""
    end = until or tx.now
    found = Proof(tx.now)
    test, params = readable(tx)
    rows = tx.rows(
        "SELECT x.outcome, x.reason, count(*) AS n"
        "  FROM (SELECT d.*, p.form FROM processes.decision d JOIN processes.process p ON p.id = d.process_id"
        "         WHERE d.due_at >= %(since)s AND d.due_at <= %(until)s) x"
        f" WHERE ({test}) GROUP BY x.outcome, x.reason",
        {**params, "since": since, "until": end, "zone": tx.zone.key},
    )
    for row in rows:
        setattr(found, row["outcome"], getattr(found, row["outcome"]) + row["n"])
        if row["outcome"] == "skipped":
            found.reasons[row["reason"] or ""] = found.reasons.get(row["reason"] or "", 0) + row["n"]
    found.missing = len(missing(tx, since, end)) + len(overdue(tx))
    found.owed = found.fired + found.late + found.skipped + found.held + found.missing
    found.uncovered = len(uncovered(tx))
    return found


def settled_until(tx: Tx) -> dt.datetime:
    """Up to here everything must be decided: the oldest watermark, or reaction that somebody will still handle."""
    row = tx.one("SELECT least(min(watermark), %(now)s) AS at FROM processes.trigger WHERE active AND kind = 'date'")
    assert row is not None
    return min(row["at"] or tx.now, changes.unhandled_since(tx) or tx.now)


def missing(
    tx: Tx, since: dt.datetime | None = None, until: dt.datetime | None = None, *, everybody: bool = False
) -> list[Row]:
    """Occurrences that should have been decided and are not: trigger, record_id, basis, due_at. Always empty. Like
    everything that this room lists, of records that the actor may read."""
    test, own = ("true", dict[str, Any]()) if everybody else readable(tx)
    bound = changes.unhandled_since(tx) or tx.now
    found: list[Row] = []
    for active in versions.active(tx):
        for start in active.process.starts:
            if start.on != "date":
                continue
            trigger = active.triggers[start.key]
            row = tx.one("SELECT watermark, published_at FROM processes.trigger WHERE id = %(id)s", {"id": trigger})
            assert row is not None
            last = min(row["watermark"], bound, until or tx.now)
            first = max(row["published_at"], since or row["published_at"])
            only, bounds = window(tx, active.process, start, first, last) if since else ("", {})
            query = occurrences(tx, active.process, start, only=only)
            found += tx.rows(
                f"SELECT x.process, x.key, x.record_id, x.basis, x.due_at FROM ("
                f"SELECT '{active.process.key}' AS process, '{start.key}' AS key, '{active.process.form}' AS form,"
                f"       o.record_id, o.basis, o.due_at"
                f"  FROM ({query.text}) o WHERE o.due_at > %(first)s AND o.due_at <= %(last)s"
                "   AND NOT EXISTS (SELECT FROM processes.decision d WHERE d.trigger_id = %(trigger)s"
                "                      AND d.record_id = o.record_id AND d.basis = o.basis)) x"
                f" WHERE ({test}) LIMIT 1000",
                {
                    **own,
                    **query.params,
                    **bounds,
                    "first": first,
                    "last": last,
                    "trigger": trigger,
                    "zone": tx.zone.key,
                },
            )
    return found


def overdue(tx: Tx, *, everybody: bool = False) -> list[Row]:
    """Tokens whose moment lies at or before what is settled, and that nothing holds. Always empty after a tick."""
    test, own = ("true", dict[str, Any]()) if everybody else readable(tx)
    return tx.rows(
        "SELECT x.token_id, x.instance_id, x.record_id, x.key, x.due_at FROM ("
        "SELECT t.id AS token_id, i.id AS instance_id, i.record_id, n.key, t.wake_at AS due_at, p.form"
        "  FROM processes.token t JOIN processes.instance i ON i.id = t.instance_id AND i.state = 'open'"
        "  JOIN processes.node n ON n.id = t.node_id JOIN processes.process p ON p.id = i.process_id"
        f" WHERE t.state IN ('waiting', 'ready') AND t.wake_at < %(bound)s) x WHERE ({test}) LIMIT 1000",
        {**own, "bound": settled_until(tx), "zone": tx.zone.key},
    )


def uncovered(tx: Tx, *, everybody: bool = False) -> list[Row]:
    """Covered records without an instance: process, form, record_id, basis, reason (a code), by, at. Those on hold
    stand here with the hold's reason; `reason` NULL would be somebody forgotten, which `doctor` alarms."""
    found: list[Row] = []
    test, own = ("true", dict[str, Any]()) if everybody else readable(tx)
    for active in versions.active(tx):
        if not active.process.covers:
            continue
        query = covered(tx, active)
        found += tx.rows(
            f"""
            SELECT x.* FROM (
            SELECT %(key)s::text AS process, %(form)s::text AS form, c.rid AS record_id, c.basis,
                   CASE WHEN c.held THEN 'hold' ELSE u.reason END AS reason, u.by, u.at
              FROM ({query.text}) c
              LEFT JOIN processes.uncovered u ON u.process_id = %(process)s AND u.record_id = c.rid
             WHERE c.open_id IS NULL AND NOT c.pending) x
             WHERE ({test}) ORDER BY x.basis, x.record_id
            """,
            {**own, **query.params, "key": active.process.key, "form": active.process.form},
        )
    return found
