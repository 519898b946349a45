"""Nobody is forgotten: every live record that a process covers has an open instance, or stands under 未覆盖 with who,
when and why.

A covered record without an instance is a late entry: it walks from the start, tasks are due from now, dates that have
passed go through at once. Not one are: a record whose start lies ahead in the plan, one on hold, one left out by
somebody, and one whose instance ended by itself in this term (it is listed, or it would begin for ever).
"""

import json
from collections.abc import Mapping

from perennial.kernel import Query, Tx
from perennial.processes import versions
from perennial.processes.ending import resume_set
from perennial.processes.nodes.common import held, holds
from perennial.processes.occurrences import moment
from perennial.processes.start import start_set
from perennial.processes.versions import Active
from perennial.rules import Wanted, rendered

# columns: rid, basis, due_at (of the first date start), held, pending, open_id, listed, prior, prior_state
_COVERED = """
SELECT c.*, p.id AS prior, p.state AS prior_state
  FROM (
    SELECT r.rid, r.basis, {due} AS due_at, ({held}) AS held,
           (SELECT i.id FROM processes.instance i WHERE i.process_id = %(process)s AND i.record_id = r.rid
               AND i.state IN ('open', 'suspended')) AS open_id,
           EXISTS (SELECT FROM processes.uncovered u WHERE u.process_id = %(process)s AND u.record_id = r.rid
                      AND (u.basis IS NULL OR abs(u.basis - r.basis) < {term})) AS listed,
           ({due} > %(watermark)s AND NOT EXISTS (
               SELECT FROM processes.decision d WHERE d.trigger_id = %(trigger)s AND d.record_id = r.rid
                  AND d.basis = r.basis)) AS pending
      FROM ({record}) r
     WHERE r.covers {only}) c
  LEFT JOIN LATERAL (
       SELECT i.id, i.state FROM processes.instance i
        WHERE i.process_id = %(process)s AND i.record_id = c.rid AND abs(i.basis - c.basis) < {term}
        ORDER BY i.id DESC LIMIT 1) p ON true
"""


def covered(tx: Tx, active: Active, records: list[int] | None = None) -> Query:
    """What a process covers, with everything that decides about it."""
    process = active.process
    start = next(start for start in process.starts if start.on == "date")
    columns = {"covers": Wanted(process.covers, "condition"), "basis": Wanted(process.basis, "date"), **holds(process)}
    if process.not_before:
        columns["not_before"] = Wanted(process.not_before, "date")
    query = rendered(tx, process.form, columns)
    trigger = active.triggers[start.key]
    text = _COVERED.format(
        due=moment(process, start),
        held=held(process, versions.forms_held(tx, process)),
        record=query.text,
        term=process.same_term_days,
        only="" if records is None else "AND r.rid = ANY(%(records)s::bigint[])",
    )
    watermark = tx.value("SELECT watermark FROM processes.trigger WHERE id = %(id)s", {"id": trigger})
    params = {**query.params, "process": active.version.process_id, "trigger": trigger, "watermark": watermark}
    return Query(text, {**params, "records": records, "zone": tx.zone.key})


def enter_late(
    tx: Tx, active: Active, records: list[int] | None, *, answers: Mapping[str, list[int]] | None = None,
    undone: list[int] | None = None,
) -> list[int]:  # fmt: skip
    """Late entries of these records (None: of all); the instances that began or came back.

    answers  of an import, to "what shall be set off now": answer -> records
    undone   records whose last change was taken back: what that change had cancelled comes back
    """
    if not active.process.covers or records == []:
        return []
    answers = answers or {}
    query = covered(tx, active, records)
    left_out = answers.get("none", [])
    answer_ids = [one for ids in answers.values() for one in ids]
    answer_texts = [answer for answer, ids in answers.items() for _ in ids]
    rows = tx.rows(
        f"""
        SELECT array_agg(c.rid) FILTER (WHERE c.rid = ANY(%(left_out)s::bigint[])) AS left_out,
               array_agg(c.rid) FILTER (WHERE c.prior_state = 'finished') AS ended,
               array_agg(c.prior) FILTER (WHERE c.prior_state = 'superseded'
                                             OR c.prior_state = 'cancelled' AND c.rid = ANY(%(undone)s::bigint[])) AS
                                             back,
               array_agg(c.rid) AS all
          FROM ({query.text}) c
         WHERE c.open_id IS NULL AND NOT c.listed AND NOT c.held AND NOT c.pending
        """,
        {**query.params, "left_out": left_out, "undone": undone or []},
    )
    found = rows[0]
    if not found["all"]:
        return []
    begun: list[int] = []
    if found["left_out"]:
        leave_out(tx, active, found["left_out"], "import")
    if found["ended"]:
        leave_out(tx, active, found["ended"], "ended", by={"kind": "system"})
    if found["back"]:
        resume_set(tx, found["back"])
        begun += found["back"]
    # whoever is listed or open by now is not among them any more; a second entry in one term is silent about the past
    wanted = Query(
        f"""
        SELECT c.rid AS record_id, c.basis, least(c.due_at, %(now)s) AS base_at, NULL::bigint AS instance_id,
               coalesce(a.answer, CASE WHEN c.prior IS NOT NULL THEN 'tasks' END) AS quiet
          FROM ({query.text}) c
          LEFT JOIN unnest(%(answer_ids)s::bigint[], %(answer_texts)s::text[]) AS a (record_id, answer)
                 ON a.record_id = c.rid
         WHERE c.open_id IS NULL AND NOT c.listed AND NOT c.held AND NOT c.pending""",
        {**query.params, "answer_ids": answer_ids, "answer_texts": answer_texts},
    )
    return begun + start_set(tx, active.version, wanted, entry="late")


def leave_out(
    tx: Tx, active: Active, records: list[int], reason: str, *, by: Mapping[str, object] | None = None
) -> None:
    """These records stand under 未覆盖 for their present term, with who, when and why."""
    basis = rendered(tx, active.process.form, {"basis": Wanted(active.process.basis, "date")})
    tx.run(
        f"""
        INSERT INTO processes.uncovered (process_id, record_id, basis, reason, by, at)
        SELECT %(process)s, r.rid, r.basis, %(reason)s, %(by)s::jsonb, %(now)s
          FROM ({basis.text}) r WHERE r.rid = ANY(%(records)s::bigint[])
        ON CONFLICT (process_id, record_id) DO UPDATE
           SET basis = excluded.basis, reason = excluded.reason, by = excluded.by, at = excluded.at
        """,
        {
            **basis.params, "process": active.version.process_id, "records": records, "reason": reason,
            "by": json.dumps(by) if by else tx.actor.as_json(),
        },
    )  # fmt: skip


def take_in(tx: Tx, active: Active, records: list[int]) -> list[int]:
    """Records that were left out are covered again; the instances that began."""
    tx.run(
        "DELETE FROM processes.uncovered WHERE process_id = %(process)s AND record_id = ANY(%(records)s::bigint[])",
        {"process": active.version.process_id, "records": records},
    )
    return enter_late(tx, active, records)


def check_all(tx: Tx, active: Active) -> list[int]:
    """The complete look, once a day, since TODAY() makes records covered without a change; otherwise only at records
    whose instance ended since the last look. The instances that began."""
    if not active.process.covers:
        return []
    row = tx.one(
        "SELECT covered_on, covered_at FROM processes.process WHERE id = %(id)s FOR UPDATE SKIP LOCKED",
        {"id": active.version.process_id},
    )
    if row is None:
        return []
    records: list[int] | None = None
    if row["covered_on"] == tx.today:
        records = tx.value(
            "SELECT coalesce(array_agg(DISTINCT record_id), '{}') FROM processes.instance"
            " WHERE process_id = %(process)s AND ended_at >= %(since)s",
            {"process": active.version.process_id, "since": row["covered_at"]},
        )
    begun = enter_late(tx, active, records)
    if row["covered_on"] != tx.today or row["covered_at"] != tx.now:
        tx.run(
            "UPDATE processes.process SET covered_on = %(today)s, covered_at = %(now)s WHERE id = %(id)s",
            {"id": active.version.process_id},
        )
    return begun
