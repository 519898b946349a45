"""The plan, a query: what will fall due, for whom and when; nothing of it is stored.

owed      occurrences of date triggers that are not decided yet, and dates that tokens wait for
expected  (预计) date waits that can be reached from where an open instance stands, or a planned one will begin
"""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from perennial import access
from perennial.kernel import Query, Row, Tx, render
from perennial.processes import versions
from perennial.processes.definition import Process, Start, Wait, targets
from perennial.processes.nodes.common import held, holds
from perennial.processes.nodes.wait import columns as wait_columns
from perennial.processes.nodes.wait import moment
from perennial.processes.occurrences import occurrences, window
from perennial.rules import rendered

MOST = 1000


def plan(
    tx: Tx, until: dt.datetime, *, since: dt.datetime | None = None, process: str | None = None, form: str | None =
    None,
    record_id: int | None = None, limit: int = 200, everybody: bool = False, owner: int | None = None,
) -> list[Row]:  # fmt: skip
    """What falls due in (since or now, until], earliest first, of records that the actor may read.

    owner    only of records that are this person's

    returns  rows: due_at, kind (start, wait), certain (False: 预计), held, wanted (False: by the present values the
             condition would skip it), process, key, label, label_en, form, record_id, basis
    """
    after = max(since or tx.now, tx.now)
    coming = planned(tx, after, until, process=process, form=form, everybody=everybody, owner=owner)
    if coming is None:
        return []
    return tx.rows(
        f"SELECT x.* FROM ({coming.text}) x WHERE %(record)s::bigint IS NULL OR x.record_id = %(record)s"
        " ORDER BY x.due_at, x.record_id, x.key LIMIT %(limit)s",
        {**coming.params, "record": record_id, "limit": min(limit, MOST)},
    )


def planned(
    tx: Tx, after: dt.datetime, until: dt.datetime, *, process: str | None = None, form: str | None = None,
    everybody: bool = False, owner: int | None = None,
) -> Query | None:  # fmt: skip
    """The rows of `plan`, as a select without order; None: no process has any."""
    parts: list[Query] = []
    for active in versions.active(tx):
        if form in (None, active.process.form) and process in (None, active.process.key):
            parts += _of(tx, active, after, until)
    if not parts:
        return None
    text = "\nUNION ALL\n".join(f"({marked(part, at).text})" for at, part in enumerate(parts))
    params = {name: value for at, part in enumerate(parts) for name, value in marked(part, at).params.items()}
    test, more = ("true", dict[str, Any]()) if everybody else readable(tx, owner)
    return Query(
        f"SELECT x.* FROM ({text}) x WHERE x.due_at > %(after)s AND x.due_at <= %(until)s AND ({test})",
        {**params, **more, "after": after, "until": until, "zone": tx.zone.key},
    )


_SHARED = ("today", "now", "me", "zone", "after", "until", "record", "limit")


def marked(query: Query, at: int) -> Query:
    """The query with parameters of its own."""
    text, params = query.text, dict[str, Any]()
    for name in sorted(query.params, key=len, reverse=True):
        if name not in _SHARED:
            text = text.replace(f"%({name})s", f"%(q{at}_{name})s")
            params[f"q{at}_{name}"] = query.params[name]
    return Query(text, params)


def readable(tx: Tx, owner: int | None = None) -> tuple[str, dict[str, Any]]:
    """SQL over `x` (form, record_id): the record is one that the actor may read. The system reads everything.

    owner    and that is this person's
    """
    if tx.actor.kind == "system" and owner is None:
        return "true", {}
    tests: list[str] = []
    params: dict[str, Any] = {}
    for at, form in enumerate(sorted({active.process.form for active in versions.active(tx)})):
        if access.may(tx, "read", form):
            rows = access.readable(tx, form)
            select = rows.select()
            if owner is not None:
                field = access.owner_field(rows.catalog.form(form))
                select = select.where(rows.source.field(field) == owner if field else sa.false())
            query = marked(render(select), 1000 + at)
            tests.append(f"x.form = '{form}' AND x.record_id IN (SELECT id FROM ({query.text}) readable)")
            params |= query.params
    return " OR ".join(tests) or "false", params


def _of(tx: Tx, active: versions.Active, after: dt.datetime, until: dt.datetime) -> list[Query]:
    process = active.process
    parts: list[Query] = []
    for start in process.starts:
        if start.on == "date" and start.key in active.triggers:
            parts.append(_starts(tx, active, start, after, until))
            parts += [_from_start(tx, active, start, wait) for wait in _date_waits(process)]
    for version_id in _open_versions(tx, active.version.process_id):
        published = versions.version(tx, version_id)
        for wait in _date_waits(published.process):
            parts.append(_from_tokens(tx, published, wait))
    return parts


def _open_versions(tx: Tx, process_id: int) -> list[int]:
    rows = tx.rows(
        "SELECT v.id FROM processes.version v WHERE v.process_id = %(process)s"
        "   AND EXISTS (SELECT FROM processes.instance i WHERE i.version_id = v.id AND i.state = 'open')",
        {"process": process_id},
    )
    return [row["id"] for row in rows]


def _date_waits(process: Process) -> list[Wait]:
    return [node for node in process.nodes if isinstance(node, Wait) and node.until]


def _row(process: Process, kind: str, certain: bool, key: str, label: str, label_en: str) -> tuple[str, dict[str, Any]]:
    columns = (
        f"'{kind}'::text AS kind, {'true' if certain else 'false'} AS certain, '{process.key}'::text AS process,"
        f" '{key}'::text AS key, %(label)s::text AS label, %(label_en)s::text AS label_en, "
        f"'{process.form}'::text AS form"
    )
    return columns, {"label": label or key, "label_en": label_en}


def _starts(tx: Tx, active: versions.Active, start: Start, after: dt.datetime, until: dt.datetime) -> Query:
    process = active.process
    only, bounds = window(tx, process, start, after, until)
    query = occurrences(tx, process, start, only=only)
    columns, params = _row(process, "start", True, start.key, start.label, start.label_en)
    return Query(
        f"SELECT o.due_at, {columns}, o.held, o.wanted AND NOT {_runs(process)} AS wanted, o.record_id, o.basis"
        f"  FROM ({query.text}) o"
        f" WHERE NOT EXISTS (SELECT FROM processes.decision d WHERE d.trigger_id = %(trigger)s"
        f"                      AND d.record_id = o.record_id AND d.basis = o.basis)",
        {**query.params, **params, **bounds, "trigger": active.triggers[start.key], "of": active.version.process_id},
    )


def _runs(process: Process) -> str:
    """SQL over `o`: an instance of this term is open already, so the start will skip; a person may have begun it."""
    return (
        "EXISTS (SELECT FROM processes.instance n WHERE n.process_id = %(of)s AND n.record_id = o.record_id"
        "           AND n.state IN ('open', 'suspended')"
        f"          AND abs(n.basis - o.basis) < {process.same_term_days})"
    )


def _moment(process: Process, wait: Wait, r: str) -> str:
    return moment(process, wait).replace("a.", f"{r}.")


def _from_start(tx: Tx, active: versions.Active, start: Start, wait: Wait) -> Query:
    """A wait behind a start that is still to come."""
    process = active.process
    query = occurrences(tx, process, start)
    waiting = rendered(tx, process.form, wait_columns(process, wait))
    other = marked(waiting, 0)
    columns, params = _row(process, "wait", False, wait.key, wait.label, wait.label_en)
    return Query(
        f"SELECT {_moment(process, wait, 'w')} AS due_at, {columns}, o.held, true AS wanted, o.record_id, o.basis"
        f"  FROM ({query.text}) o JOIN ({other.text}) w ON w.rid = o.record_id"
        f" WHERE o.wanted AND NOT {_runs(process)} AND o.due_at > %(now)s AND {_moment(process, wait, 'w')} >= o.due_at"
        f"   AND NOT EXISTS (SELECT FROM processes.decision d WHERE d.trigger_id = %(trigger)s"
        f"                      AND d.record_id = o.record_id AND d.basis = o.basis)",
        {**query.params, **other.params, **params, "trigger": active.triggers[start.key],
         "of": active.version.process_id},
    )  # fmt: skip


def _from_tokens(tx: Tx, published: versions.Published, wait: Wait) -> Query:
    """Dates that tokens wait for, and those that lie before them on their way."""
    process = published.process
    query = rendered(tx, process.form, {**wait_columns(process, wait), **holds(process)})
    ahead = [published.nodes[key] for key in _leading_to(process, wait.key)]
    columns, params = _row(process, "wait", False, wait.key, wait.label, wait.label_en)
    columns = columns.replace("false AS certain", "t.certain")
    here = published.nodes[wait.key]
    return Query(
        f"SELECT coalesce(t.wake_at, {_moment(process, wait, 'r')}) AS due_at, {columns},"
        f"       ({held(process, versions.forms_held(tx, process))}) AS held, true AS wanted, i.record_id, i.basis"
        f"  FROM processes.instance i"
        f"  JOIN LATERAL (SELECT bool_or(t.node_id = %(here)s) AS certain, max(t.wake_at) FILTER (WHERE "
        f"t.node_id = %(here)s) AS wake_at"
        f"                  FROM processes.token t WHERE t.instance_id = i.id"
        f"                   AND (t.node_id = %(here)s AND t.state = 'waiting' OR t.node_id = ANY(%(ahead)s::int[]))"
        f"                HAVING count(*) > 0) t ON true"
        f"  JOIN ({query.text}) r ON r.rid = i.record_id"
        f" WHERE i.version_id = %(version)s AND i.state = 'open'",
        {**query.params, **params, "here": here, "ahead": ahead, "version": published.id},
    )


def _leading_to(process: Process, key: str) -> list[str]:
    """Nodes from which a branch can still reach this one."""
    before: set[str] = set()
    grown = True
    while grown:
        more = {
            node.key for node in process.nodes
            if node.key not in before and any(target == key or target in before for target in targets(node))
        }  # fmt: skip
        before |= more
        grown = bool(more)
    return sorted(before - {key})
