"""Decide what is due: every occurrence gets exactly one decision, and those that fire start an instance.

In:   the occurrences between a trigger's watermark and now, or those of changed records at or before it (arrivals)
Out:  ledger rows; instances, ready at their first node
The watermark moves only when a statement has found nothing undecided at or before it, under a lock that keeps arrivals
apart. A decision is unique per (trigger, record, basis date), so nothing is decided twice however often this runs.
"""

import datetime as dt
from dataclasses import dataclass, field

from perennial.kernel import Query, Tx
from perennial.processes.advance import lock
from perennial.processes.definition import Process, Start
from perennial.processes.ending import end_set
from perennial.processes.nodes.common import LATE, Published
from perennial.processes.occurrences import occurrences, window
from perennial.processes.start import Begun, begin
from perennial.processes.versions import Active
from perennial.rules import alone, renamed

LOCK = 1886547812  # advisory class: one tick per trigger; arrivals share it


@dataclass(slots=True)
class Decided:
    """Decisions by outcome, and the instances that began. `last`: the highest record of a full batch."""

    counts: dict[str, int] = field(default_factory=dict[str, int])
    last: int | None = None
    began: Begun = field(default_factory=Begun)
    skipped: list[int] = field(default_factory=list[int])  # their records

    @property
    def started(self) -> list[int]:
        return self.began.instances

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def decide(tx: Tx, active: Active, start: Start, *, batch: int, beyond: int | None = None) -> Decided | None:
    """One batch of what is due now, in the order of the records. None: another worker decides this trigger, or nothing
    was left and the watermark is at the clock.

    beyond  only records after this one (the `last` of the batch before): a batch then costs what it decides, however
            much is due. What has come up among the earlier ones meanwhile is seen by a call without it, and only that
            one moves the watermark.
    """
    trigger = active.triggers[start.key]
    if not alone(tx, LOCK, trigger):
        return None
    watermark: dt.datetime = tx.value("SELECT watermark FROM processes.trigger WHERE id = %(id)s", {"id": trigger})
    if watermark >= tx.now:
        return None
    only, bounds = window(tx, active.process, start, watermark, tx.now)
    if beyond is not None:
        only += " AND r.rid > %(beyond)s"
    occurring = occurrences(tx, active.process, start, only=only)
    due = "o.due_at > %(after)s AND o.due_at <= %(now)s"
    params = {**occurring.params, **bounds, "after": watermark, "batch": batch, "beyond": beyond}
    decided = _judge(tx, active.version, start, trigger, Query(occurring.text, params), due, arrival=False)
    if beyond is not None:
        return decided
    if decided.last is None:
        tx.run("UPDATE processes.trigger SET watermark = %(now)s WHERE id = %(id)s", {"id": trigger})
    return decided if decided.total else None


def arrivals(tx: Tx, active: Active, start: Start, records: list[int], quiet: str | None = None) -> Decided:
    """Occurrences of these records that lie at or before the watermark and are undecided. The trigger's watermark
    stands still while this runs (`share`)."""
    trigger = active.triggers[start.key]
    row = tx.one("SELECT watermark, published_at FROM processes.trigger WHERE id = %(id)s", {"id": trigger})
    assert row is not None
    occurring = occurrences(tx, active.process, start, only="AND r.rid = ANY(%(records)s::bigint[])")
    due = "o.due_at > %(published)s AND o.due_at <= %(watermark)s"
    params = {**occurring.params, **row, "published": row["published_at"], "records": records, "batch": None}
    return _judge(tx, active.version, start, trigger, Query(occurring.text, params), due, arrival=True, quiet=quiet)


def loud(tx: Tx, dated: list[tuple[Active, Start]]) -> list[tuple[Active, Start]]:
    """Of these date triggers, those that `decide` must see: something is due, or somebody else is at them. The others
    have nothing to decide; their watermark is at the clock."""
    free: list[int] = (
        tx.value(
            "SELECT array_agg(x.id) FROM (SELECT id FROM unnest(%(ids)s::int[]) AS u (id) ORDER BY id) x"
            " WHERE pg_try_advisory_xact_lock(%(class)s, x.id)",
            {"class": LOCK, "ids": [active.triggers[start.key] for active, start in dated]},
        )
        if dated
        else None
    ) or []
    asked = [(active, start) for active, start in dated if active.triggers[start.key] in free]
    if not asked:
        return dated
    rows = tx.rows("SELECT id, watermark FROM processes.trigger WHERE id = ANY(%(ids)s)", {"ids": free})
    watermarks: dict[int, dt.datetime] = {row["id"]: row["watermark"] for row in rows}
    tests: list[str] = []
    params: dict[str, object] = {"zone": tx.zone.key}
    for active, start in asked:
        number = active.triggers[start.key]
        only, bounds = window(tx, active.process, start, watermarks[number], tx.now)
        occurring = occurrences(tx, active.process, start, only=only)
        query = renamed(
            Query(
                f"SELECT EXISTS (SELECT FROM ({occurring.text}) o"
                " WHERE o.due_at > %(after)s AND o.due_at <= %(now)s AND NOT EXISTS (SELECT FROM processes.decision p"
                "  WHERE p.trigger_id = %(trigger)s AND p.record_id = o.record_id AND p.basis = o.basis OFFSET 0))",
                {**occurring.params, **bounds, "after": watermarks[number], "trigger": number},
            ),
            f"t{number}",
        )
        tests.append(f"({query.text}) AS due_{number}")
        params |= query.params
    row = tx.one(f"SELECT {', '.join(tests)}", params)
    assert row is not None
    quiet = [number for number in free if not row[f"due_{number}"]]
    tx.run("UPDATE processes.trigger SET watermark = %(now)s WHERE id = ANY(%(ids)s)", {"ids": quiet})
    return [(active, start) for active, start in dated if active.triggers[start.key] not in quiet]


def share(tx: Tx, triggers: list[int]) -> None:
    """Keep these triggers' watermarks where they are until the transaction ends."""
    for trigger in sorted(triggers):  # as many as there are triggers, not records
        tx.run("SELECT pg_advisory_xact_lock_shared(%(class)s, %(id)s)", {"class": LOCK, "id": trigger})


def skip_reason(process: Process, start: Start, *, arrival: bool) -> str:
    """SQL over `d` (an occurrence with its open instance): why it does not fire, NULL when it does."""
    tests = ["WHEN NOT d.wanted THEN 'condition'"]
    same = f"abs(d.open_basis - d.basis) < {process.same_term_days}"
    tests.append(f"WHEN d.open_id IS NOT NULL AND ({'true' if arrival else same}) THEN 'running'")
    tests.append("WHEN d.same_term THEN 'same_term'")
    if arrival:
        # a process that covers its records takes care of them by a late entry
        late = start.late == "skip" or bool(process.covers)
        tests.append(f"WHEN {'true' if late else 'd.basis < %(today)s'} THEN 'arrived_late'")
    return f"CASE {' '.join(tests)} END"


def _judge(
    tx: Tx, version: Published, start: Start, trigger: int, occurring: Query, due: str, *, arrival: bool,
    quiet: str | None = None,
) -> Decided:  # fmt: skip
    process = version.process
    reason = skip_reason(process, start, arrival=arrival)
    row = tx.one(
        f"""
        WITH due AS MATERIALIZED (
            SELECT * FROM (
                SELECT o.*, i.id AS open_id, i.basis AS open_basis,
                       EXISTS (SELECT FROM processes.decision p
                                WHERE p.trigger_id = %(trigger)s AND p.record_id = o.record_id
                                  AND p.instance_id IS NOT NULL AND p.basis <> o.basis
                                  AND abs(p.basis - o.basis) < {process.same_term_days}) AS same_term
                  FROM (SELECT o.* FROM ({occurring.text}) o
                         WHERE {due}
                           AND NOT EXISTS (SELECT FROM processes.decision p  -- OFFSET: one look-up per row
                                            WHERE p.trigger_id = %(trigger)s AND p.record_id = o.record_id
                                              AND p.basis = o.basis OFFSET 0)
                         ORDER BY o.record_id LIMIT %(batch)s) o
                  LEFT JOIN LATERAL (  -- LIMIT: the same, however little the planner knows of a young table
                       SELECT i.id, i.basis FROM processes.instance i
                        WHERE i.process_id = %(process)s AND i.record_id = o.record_id
                          AND i.state IN ('open', 'suspended') LIMIT 1) i ON true
                OFFSET 0) x
             ORDER BY x.due_at, x.record_id  -- all look-ups end before the first row goes in: none reads what grows
        ), judged AS (
            SELECT d.*, CASE WHEN d.held THEN NULL ELSE {reason} END AS reason FROM due d
        ), decided AS (
            INSERT INTO processes.decision (process_id, trigger_id, instance_id, record_id, basis, due_at, decided_at,
                                            outcome, reason, facts, held_at)
            SELECT %(process)s, %(trigger)s,
                   CASE WHEN NOT j.held AND j.reason IS NULL THEN nextval('processes.instance_id_seq') END,
                   j.record_id, j.basis, j.due_at, %(now)s,
                   CASE WHEN j.held THEN 'held' WHEN j.reason IS NOT NULL THEN 'skipped'
                        WHEN j.due_at < %(now)s::timestamptz - {LATE} THEN 'late' ELSE 'fired' END,
                   j.reason, j.facts, CASE WHEN j.held THEN %(now)s::timestamptz END
              FROM judged j
            ON CONFLICT DO NOTHING
            RETURNING outcome, instance_id, record_id
        )
        SELECT (SELECT jsonb_object_agg(outcome, n)
                  FROM (SELECT outcome, count(*) AS n FROM decided GROUP BY outcome) c) AS counts,
               (SELECT array_agg(instance_id) FROM decided WHERE instance_id IS NOT NULL) AS fired,
               (SELECT array_agg(record_id) FROM decided WHERE outcome = 'skipped') AS skipped,
               (SELECT max(record_id) FROM due HAVING count(*) = %(batch)s) AS last,
               (SELECT array_agg(j.open_id) FROM judged j  -- OFFSET: hashed, never a nested loop
                 WHERE j.open_id IS NOT NULL
                   AND j.record_id IN (SELECT d.record_id FROM decided d WHERE d.instance_id IS NOT NULL OFFSET 0)
               ) AS older
        """,
        {**occurring.params, "trigger": trigger, "process": version.process_id, "zone": tx.zone.key},
    )
    assert row is not None
    began = _fire(tx, version, row["fired"], row["older"] or [], quiet) if row["fired"] else Begun()
    return Decided(row["counts"] or {}, row["last"], began, row["skipped"] or [])


def fire(tx: Tx, version: Published, fired: list[int], older: list[int], quiet: str | None = None) -> list[int]:
    """The instances that decisions point to begin; open ones of an earlier term make room for them."""
    return _fire(tx, version, fired, older, quiet).instances


def _fire(tx: Tx, version: Published, fired: list[int], older: list[int], quiet: str | None) -> Begun:
    if older:
        end_set(tx, lock(tx, older), "superseded", "later_term")
    began = begin(
        tx,
        version,
        Query(
            "SELECT d.record_id, d.basis, d.due_at AS base_at, %(quiet)s::text AS quiet, d.instance_id"
            "  FROM processes.decision d WHERE d.process_id = %(process)s AND d.trigger_id IS NOT NULL"
            "   AND d.instance_id = ANY(%(fired)s::bigint[])",
            {"process": version.process_id, "fired": fired, "quiet": quiet},
        ),
        entry="date",
    )
    if len(began.instances) < len(fired):  # somebody started one by hand meanwhile
        tx.run(
            "UPDATE processes.decision d SET outcome = 'skipped', reason = 'running',"
            "   instance_id = (SELECT i.id FROM processes.instance i WHERE i.process_id = d.process_id"
            "                     AND i.record_id = d.record_id AND i.state IN ('open', 'suspended'))"
            " WHERE d.instance_id = ANY(%(fired)s::bigint[]) AND d.trigger_id IS NOT NULL"
            "   AND NOT EXISTS (SELECT FROM processes.instance i WHERE i.id = d.instance_id)",
            {"fired": fired},
        )
    return began
