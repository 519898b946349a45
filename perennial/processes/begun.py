"""A person begins a process for a record before its date comes: a customer wants to talk about the renewal now.

What can be begun so waits for its date by itself (a date start, or one by hand) and asks somebody for something at
once. The date start finds the instance and skips, as for any that runs.
"""

from dataclasses import dataclass

from perennial.kernel import Invalid, Missing, Tx
from perennial.processes import versions
from perennial.processes.advance import advance
from perennial.processes.definition import Parallel, Process, Task
from perennial.processes.start import start_by_hand
from perennial.rules import Wanted, rendered

OPEN = "('open', 'suspended')"  # the states of the index instance_one_open


@dataclass(frozen=True, slots=True)
class Startable:
    """A process that may begin for this record now; `running`: it has begun already."""

    process: str
    label: str
    label_en: str
    record_id: int
    running: bool


def startable(tx: Tx, form: str, records: list[int]) -> list[Startable]:
    """What may begin for these records, by process, and what runs of it: one statement per process. Who may begin it is
    the caller's question."""
    return [one for active in versions.active(tx) for one in _of(tx, active, form, records)] if records else []


def begin(tx: Tx, process: str, form: str, record_id: int, reason: str) -> bool:
    """The process has begun for this record, with who, when and why; False: it was running, and runs on.

    errors  Invalid processes.begun_without_reason, processes.not_startable · Missing processes.no_such_process
    """
    reason = reason.strip()
    if not reason:
        raise Invalid("processes.begun_without_reason", path="reason")
    active = next((one for one in versions.active(tx) if one.process.key == process), None)
    if active is None or active.process.form != form:
        raise Missing("processes.no_such_process", process=process)
    found = _of(tx, active, form, [record_id])
    if not found:
        raise Invalid("processes.not_startable", path="process", process=active.process.label)
    # of two clicks at once the index lets one begin; the other has waited for it and begins nothing
    began = [] if found[0].running else start_by_hand(tx, active.version, [record_id])
    if not began:
        return False
    tx.run(
        "INSERT INTO processes.begun (instance_id, person_id, at, reason)"
        " SELECT unnest(%(began)s::bigint[]), %(me)s, %(now)s, %(reason)s",
        {"began": began, "reason": reason},
    )
    advance(tx, began)
    return True


def _of(tx: Tx, active: versions.Active, form: str, records: list[int]) -> list[Startable]:
    process = active.process
    if process.form != form or not _asks_at_once(process):
        return []
    ways = [start.when for start in process.starts if start.on in ("date", "hand")]
    if not ways:
        return []
    tests = [] if "" in ways else [f"OR({', '.join(ways)})" if len(ways) > 1 else ways[0]]
    tests += [f"NOT({process.cancel_when})"] if process.cancel_when else []
    tests += [f"{process.not_before} <= TODAY()"] if process.not_before else []
    query = rendered(tx, form, {"fits": Wanted(f"AND({', '.join(['TRUE', *tests])})", "yes_no")})
    rows = tx.rows(
        f"SELECT r.rid, i.id IS NOT NULL AS running FROM ({query.text}) r"
        f"  LEFT JOIN processes.instance i ON i.record_id = r.rid AND i.process_id = %(process)s AND i.state IN {OPEN}"
        " WHERE r.rid IN (SELECT unnest(%(records)s::bigint[])) AND (r.fits OR i.id IS NOT NULL) ORDER BY r.rid",
        {**query.params, "process": active.version.process_id, "records": records, "zone": tx.zone.key},
    )
    return [Startable(process.key, process.label, process.label_en, row["rid"], row["running"]) for row in rows]


def _asks_at_once(process: Process) -> bool:
    first = process.node(process.first)
    keys = first.branches if isinstance(first, Parallel) else (first.key,)
    return any(isinstance(process.node(key), Task) for key in keys)
