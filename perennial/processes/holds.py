"""A hold stops what the system does by itself for a record, and for those that belong to it, until a date.

While it lasts, statements leave held tokens where they are and occurrences get their one decision as held. Its end
settles those decisions in the same rows, lets the tokens go, and enters whatever it had kept out.
"""

import datetime as dt

from perennial import forms, messages
from perennial.kernel import SYSTEM, Database, Invalid, Missing, Reason, Row, Tx
from perennial.processes import versions
from perennial.processes.advance import Advanced, advance, lock
from perennial.processes.coverage import enter_late
from perennial.processes.definition import Start
from perennial.processes.nodes.common import held, holds
from perennial.processes.occurrences import occurrences
from perennial.processes.triggers import fire, share, skip_reason
from perennial.processes.versions import Active
from perennial.rules import rendered

INLINE = 500


def hold(tx: Tx, form: str, record_id: int, until: dt.datetime, reason: str) -> int:
    """From now to `until` nothing happens by itself for this record and what belongs to it. The hold's number."""
    if form not in forms.catalog(tx):
        raise Invalid("processes.no_such_form", path="form", form=form)
    if until <= tx.now:
        raise Invalid("processes.hold_in_the_past", path="until", until=until.isoformat())
    if not reason.strip():
        raise Invalid("processes.hold_without_reason", path="reason")
    return int(
        tx.value(
            "INSERT INTO processes.hold (form, record_id, reason, since, until, set_by)"
            " VALUES (%(form)s, %(record)s, %(reason)s, %(now)s, %(until)s, %(by)s::jsonb) RETURNING id",
            {"form": form, "record": record_id, "reason": reason.strip(), "until": until, "by": tx.actor.as_json()},
        )
    )


def holding(tx: Tx, form: str | None = None, record_id: int | None = None) -> list[Row]:
    """Active holds, of one record or all."""
    return tx.rows(
        "SELECT id, form, record_id, reason, since, until, set_by FROM processes.hold WHERE ended_at IS NULL"
        " AND (%(form)s::text IS NULL OR form = %(form)s) AND (%(record)s::bigint IS NULL OR record_id = %(record)s)"
        " ORDER BY until, id",
        {"form": form, "record": record_id},
    )


def end_hold(tx: Tx, hold_id: int) -> Advanced:
    """The hold is over now, whatever its date was."""
    row = tx.one(
        "UPDATE processes.hold SET ended_at = %(now)s, ended_by = %(by)s::jsonb WHERE id = %(id)s AND ended_at IS NULL"
        " RETURNING form, record_id",
        {"id": hold_id, "by": tx.actor.as_json()},
    )
    if row is None:
        raise Missing("processes.no_such_hold", hold=hold_id)
    return release(tx, {row["form"]: [row["record_id"]]})


def end_due(database: Database) -> int:
    """Holds whose date has come are over; how many."""
    with database.begin(SYSTEM, Reason("tick")) as tx:
        rows = tx.rows(
            "UPDATE processes.hold SET ended_at = %(now)s, ended_by = %(by)s::jsonb WHERE id IN ("
            "  SELECT id FROM processes.hold WHERE ended_at IS NULL AND until <= %(now)s ORDER BY id FOR UPDATE "
            "SKIP LOCKED)"
            " RETURNING form, record_id",
            {"by": tx.actor.as_json()},
        )
        by_form: dict[str, list[int]] = {}
        for row in rows:  # holds, not records of a set
            by_form.setdefault(row["form"], []).append(row["record_id"])
        if by_form:
            release(tx, by_form)
        return len(rows)


def release(tx: Tx, ended: dict[str, list[int]]) -> Advanced:
    """What these records kept back goes on, unless another hold still lies on it."""
    actives = versions.active(tx)
    share(tx, sorted({number for active in actives for number in active.triggers.values()}))
    scope: set[int] = set()
    for active in actives:
        records = _belonging(tx, active, ended)
        if not records:
            continue
        held_instances = tx.value(
            "SELECT array_agg(id) FROM processes.instance WHERE process_id = %(process)s AND record_id = "
            "ANY(%(records)s::bigint[])"
            " AND state IN ('open', 'superseded', 'cancelled')",
            {"process": active.version.process_id, "records": records},
        )
        lock(tx, held_instances or [])
        messages.resume_set(tx, held_instances or [])
        for start in active.process.starts:
            if start.on == "date":
                scope |= set(_settle(tx, active, start, records))
        scope |= set(_let_go(tx, active, records))
        scope |= set(enter_late(tx, active, records))
    ids = sorted(scope)
    return advance(tx, ids) if len(ids) <= INLINE else Advanced()


def _belonging(tx: Tx, active: Active, ended: dict[str, list[int]]) -> list[int]:
    """Records of the process whose holds these were, and that are free now."""
    process = active.process
    forms_held = versions.forms_held(tx, process)
    tests: list[str] = []
    params: dict[str, object] = {}
    for form, column in [(process.form, "r.rid"), *((form, f"r.hold_{at}") for at, form in enumerate(forms_held))]:
        if form in ended:
            tests.append(f"{column} = ANY(%(of_{form})s::bigint[])")
            params[f"of_{form}"] = ended[form]
    if not tests:
        return []
    query = rendered(tx, process.form, holds(process))
    return (
        tx.value(
            f"SELECT array_agg(r.rid ORDER BY r.rid) FROM ({query.text}) r"
            f" WHERE ({' OR '.join(tests)}) AND NOT ({held(process, forms_held)})",
            {**query.params, **params, "zone": tx.zone.key},
        )
        or []
    )


def _settle(tx: Tx, active: Active, start: Start, records: list[int]) -> list[int]:
    """Decisions that were held are settled in their rows: late, or skipped with a reason."""
    process, version = active.process, active.version
    trigger = active.triggers[start.key]
    occurring = occurrences(tx, process, start, only="AND r.rid = ANY(%(records)s::bigint[])")
    reason = skip_reason(process, start, arrival=False)
    if start.late == "skip":
        reason = f"coalesce({reason}, 'arrived_late')"
    row = tx.one(
        f"""
        WITH due AS MATERIALIZED (
            SELECT d.id, d.record_id AS of_record, o.*, i.id AS open_id, i.basis AS open_basis,
                   EXISTS (SELECT FROM processes.decision p
                            WHERE p.trigger_id = %(trigger)s AND p.record_id = o.record_id AND p.instance_id IS NOT NULL
                              AND p.basis <> o.basis AND abs(p.basis - o.basis) < {process.same_term_days}) AS same_term
              FROM processes.decision d
              LEFT JOIN ({occurring.text}) o ON o.record_id = d.record_id AND o.basis = d.basis
              LEFT JOIN processes.instance i ON i.process_id = %(process)s AND i.record_id = d.record_id
                                            AND i.state IN ('open', 'suspended')
             WHERE d.trigger_id = %(trigger)s AND d.outcome = 'held' AND d.record_id = ANY(%(records)s::bigint[])
        ), judged AS (
            SELECT d.*, CASE WHEN d.record_id IS NULL THEN 'moved' ELSE {reason} END AS reason FROM due d
        ), settled AS (
            UPDATE processes.decision d
               SET outcome = CASE WHEN j.reason IS NULL THEN 'late' ELSE 'skipped' END, reason = j.reason,
                   decided_at = %(now)s,
                   instance_id = CASE WHEN j.reason IS NULL THEN nextval('processes.instance_id_seq') END
              FROM judged j WHERE d.id = j.id
            RETURNING d.instance_id, d.record_id
        )
        SELECT (SELECT array_agg(instance_id) FROM settled WHERE instance_id IS NOT NULL) AS fired,
               (SELECT array_agg(j.open_id) FROM judged j JOIN settled s ON s.record_id = j.of_record
                 WHERE s.instance_id IS NOT NULL AND j.open_id IS NOT NULL) AS older
        """,
        {
            **occurring.params, "trigger": trigger, "process": version.process_id, "records": records,
            "zone": tx.zone.key,
        },
    )  # fmt: skip
    assert row is not None
    return fire(tx, version, row["fired"], row["older"] or []) if row["fired"] else []


def _let_go(tx: Tx, active: Active, records: list[int]) -> list[int]:
    """What was held goes on, and waits for a condition or an event look again: it may have happened in the hold."""
    return (
        tx.value(
            """
            WITH free AS (
                UPDATE processes.token t SET state = 'ready', wake_at = %(now)s FROM processes.instance i
                 WHERE i.id = t.instance_id AND i.process_id = %(process)s AND i.record_id = ANY(%(records)s::bigint[])
                   AND i.state = 'open' AND (t.state = 'held' OR t.state = 'waiting' AND t.node_id IN (
                       SELECT n.id FROM processes.version v
                        CROSS JOIN LATERAL jsonb_array_elements(v.definition -> 'nodes') AS d (node)
                         JOIN processes.node n ON n.version_id = v.id AND n.key = d.node ->> 'key'
                        WHERE v.process_id = %(process)s AND n.kind = 'wait'
                          AND d.node ?| ARRAY['met', 'arrives', 'hook'])) RETURNING i.id
            )
            SELECT array_agg(DISTINCT id) FROM free
            """,
            {"process": active.version.process_id, "records": records},
        )
        or []
    )
