"""From due to done: how far the records came whose start fell due, or that entered, in a period.

A process that writes a choice into a field of its record (续费状态: 已续费, 已流失) ends in that field: its stages are
due, begun, in touch with the customer or worked on, then the choices that lie between the first and those that it
writes. Another process has a stage for each task and approval that was done, and ends as its instances ended.
"""

from typing import Any

import sqlalchemy as sa

from perennial import access, forms
from perennial.kernel import Query, Row, Tx, render, statements
from perennial.processes import versions
from perennial.processes.definition import Approval, Notify, Process, Task, Update
from perennial.processes.plan import marked, readable
from perennial.processes.watch_ways import Period

_SQL = statements(__file__, "watch_funnel.sql")
FINAL, STATE, NODE = "end:", "value:", "node:"  # how keys of stages and ends begin
OPEN = "open"


def funnel(tx: Tx, key: str, period: Period, *, version: int | None = None) -> dict[str, Any]:
    """stages [{key, label, label_en, count}] in their order, ends the same; `due` counts records. `label` is empty
    where the key says it: due, started, acted, open, and the states of instances."""
    made = _made(tx, key, period, version)
    counts: dict[str, int] = {}
    for row in tx.rows(f"{made.text} {_SQL['counts']}", made.params):
        counts[row["key"]] = row["n"]
    process = versions.active_of(tx, key).process
    stages, ends = _stages(tx, process)
    known = {one["key"] for one in ends}
    ends += [{"key": at, "label": "", "label_en": ""} for at in sorted(counts) if at.startswith(FINAL) and at not in
             known]  # fmt: skip
    return {
        "stages": [{**one, "count": counts.get(one["key"], 0)} for one in stages],
        "ends": [{**one, "count": counts.get(one["key"], 0)} for one in ends],
        "not_meant": counts.get("not_meant", 0),
    }


def reached(tx: Tx, key: str, period: Period, stage: str, version: int | None, after: int, limit: int) -> Row:
    """count, ids (a page, ascending, behind `after`): the records of a stage or an end."""
    made = _made(tx, key, period, version)
    row = tx.one(f"{made.text} {_SQL['page']}", {**made.params, "stage": stage, "after": after, "limit": limit})
    assert row is not None
    return row


def _made(tx: Tx, key: str, period: Period, version: int | None) -> Query:
    """The select `reached` (record_id, stages), as the beginning of a statement."""
    active = versions.active_of(tx, key)
    process = active.process
    test, own = readable(tx)
    params: dict[str, Any] = {
        **own, **period.params, "process": active.version.process_id, "version": version, "zone": tx.zone.key,
        "field": None, "between": [], "final": [], "good": None, "form_id": forms.catalog(tx).id(process.form),
    }  # fmt: skip
    values = "SELECT NULL::bigint AS id, NULL::text AS value WHERE false"
    found = _result(tx, process)
    if found is not None:
        field, between, final = found
        rows = access.readable(tx, process.form)
        value = sa.cast(rows.column(field), sa.Text()).label("value")
        at = rows.source.table.c["id"]
        query = marked(render(sa.select(at, value).select_from(rows.from_).where(rows.where)), 2000)
        values = query.text
        params |= {**query.params, "field": field, "between": between, "final": final, "good": final[0]}
    return Query(_SQL["reached"].format(test=test, values=values), params)


def _result(tx: Tx, process: Process) -> tuple[str, list[str], list[str]] | None:
    """The choice of the record that this process writes as text: field, the choices between its first and those
    that are written, those that are written; None: it writes none, or the reader does not see it as it is."""
    catalog = forms.catalog(tx)
    form = catalog.form(process.form)
    written: dict[str, set[str]] = {}
    for node in process.nodes:
        if isinstance(node, Update) and not node.record:
            for key, text in node.values:
                field = form.field(key)
                literal = text.strip().removeprefix('"').removesuffix('"')
                if field and field.kind == "select" and text.strip() == f'"{literal}"' and field.option(literal):
                    written.setdefault(key, set()).add(literal)
    if not written or not access.may(tx, "read", process.form):
        return None
    key = max(written, key=lambda one: len(written[one]))
    rows = access.readable(tx, process.form)
    if tx.actor.kind != "system" and (rows.fields.get(key) not in ("read", "write") or rows.is_text(key)):
        return None
    order = [option.key for option in catalog.field(process.form, key).options]
    final = [one for one in order if one in written[key]]
    return key, [one for one in order[1:] if one not in written[key]], final


def _stages(tx: Tx, process: Process) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    dated = any(start.on == "date" for start in process.starts)
    stages = [_named("due")] if dated else []
    stages.append(_named("started"))
    acts = [node for node in process.nodes if isinstance(node, Task | Approval)]
    outward = any(isinstance(node, Notify) and node.who.kind == "audience" for node in process.nodes)
    result = _result(tx, process)
    if result is None:
        stages += [_named(f"{NODE}{node.key}", node.label or node.key, node.label_en) for node in acts]
        return stages, []
    if acts or outward:
        stages.append(_named("acted"))
    field, between, final = result
    options = {one.key: one for one in forms.catalog(tx).field(process.form, field).options}
    stages += [_named(f"{STATE}{at}", options[at].label, options[at].label_en or "") for at in between]
    ends = [_named(f"{FINAL}{at}", options[at].label, options[at].label_en or "") for at in final]
    return stages, [*ends, _named(f"{FINAL}{OPEN}")]


def _named(key: str, label: str = "", label_en: str = "") -> dict[str, Any]:
    return {"key": key, "label": label, "label_en": label_en}
