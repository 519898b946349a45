"""The plan is a query: every occurrence of a date trigger with its moment, without the condition.

In:   a date start of a process
Out:  SQL text with columns record_id, basis, due_at, wanted (the condition, as it would be decided now), held, facts
"""

import datetime as dt

from perennial.kernel import Query, Tx
from perennial.processes import versions
from perennial.processes.definition import Process, Start
from perennial.processes.nodes.common import held, holds
from perennial.rules import Wanted, offsets, reads, rendered


def columns(tx: Tx, process: Process, start: Start) -> dict[str, Wanted]:
    own = {"basis": Wanted(start.date, "date")}
    if process.not_before:
        own["not_before"] = Wanted(process.not_before, "date")
    if start.when:
        own["wanted"] = Wanted(start.when, "yes_no")
        own |= {f"value_{at}": Wanted(path) for at, path in enumerate(values_read(tx, process, start))}
    return {**own, **holds(process)}


def values_read(tx: Tx, process: Process, start: Start) -> list[str]:
    """The record's own fields that the condition reads: they are kept with the decision."""
    return sorted(path for path in reads(tx, process.form, start.when) if "." not in path)[:12]


def moment(process: Process, start: Start, r: str = "r") -> str:
    """SQL: when the occurrence of this row is due; one before its not-before date moves to that date."""
    day = offsets.moment(f"{r}.basis", start.offset, start.unit)
    if process.not_before:
        day = f"greatest({day}, {r}.not_before)"
    return f"((({day}) + time '{start.at:%H:%M}') AT TIME ZONE %(zone)s)"


def occurrences(tx: Tx, process: Process, start: Start, *, only: str = "") -> Query:
    """`only`: a condition over `r`, inside, where indexes serve it."""
    query = rendered(tx, process.form, columns(tx, process, start))
    forms_held = versions.forms_held(tx, process)
    pairs = ", ".join(
        f"'{path}', r.value_{at}" for at, path in enumerate(values_read(tx, process, start) if start.when else [])
    )
    text = f"""
    SELECT r.rid AS record_id, r.basis, {moment(process, start)} AS due_at,
           {"r.wanted" if start.when else "true"} AS wanted, ({held(process, forms_held)}) AS held,
           {f"jsonb_build_object({pairs})" if pairs else "NULL::jsonb"} AS facts
      FROM ({query.text}) r
     WHERE r.basis IS NOT NULL {only}"""
    return Query(text, dict(query.params))


def window(
    tx: Tx, process: Process, start: Start, after: dt.datetime, until: dt.datetime
) -> tuple[str, dict[str, dt.date]]:
    """A range of basis dates that holds everything due in (after, until], for an index; the moment decides exactly."""
    first, last = after.astimezone(tx.zone).date(), until.astimezone(tx.zone).date()
    near, far = offsets.reach(start.offset, start.unit)
    bounds = {"basis_from": offsets.shifted(first, -far - 1), "basis_to": offsets.shifted(last, -near + 1)}
    test = "r.basis BETWEEN %(basis_from)s AND %(basis_to)s"
    if process.not_before:
        bounds |= {"start_from": offsets.shifted(first, -1), "start_to": offsets.shifted(last, 1)}
        test = f"({test} OR r.not_before BETWEEN %(start_from)s AND %(start_to)s)"
    return f"AND {test}", bounds
