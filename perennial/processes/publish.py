"""Publish a definition: an immutable version, its nodes and triggers; everything in it checked first."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from perennial import forms, formula, tasks
from perennial.kernel import Invalid, Tx
from perennial.processes import calls, nodes, outside, versions
from perennial.processes.definition import (
    Approval,
    Create,
    Fill,
    Node,
    Process,
    Start,
    Task,
    Update,
    Wait,
)
from perennial.processes.dump import dump
from perennial.processes.graph import graph_problems
from perennial.processes.load import load
from perennial.processes.load_nodes import kind_of
from perennial.processes.nodes import find
from perennial.processes.nodes.common import Published
from perennial.processes.required import of_people
from perennial.rules import Wanted, rendered, said, typed_at

RELATIVE = ("person", "department")
# what the task of a vote ends with
DECISIONS = [
    {"key": "approved", "label": "同意", "label_en": "Approve", "fill": []},
    {"key": "rejected", "label": "拒绝", "label_en": "Reject", "fill": []},
]
WHOLE = ("owner_id", "not_before")


def check(tx: Tx, process: Process) -> None:
    """`Invalid` with a path for the first thing wrong: the graph, an unknown field, a formula that does not type."""
    for problem in wrong(tx, process):
        raise problem


def wrong(tx: Tx, process: Process) -> Iterator[Invalid]:
    """Everything that keeps the process from being published, each with its path."""
    yield from graph_problems(process)
    catalog = forms.catalog(tx)
    if process.form not in catalog:
        yield Invalid("processes.no_such_form", path="form", form=process.form)
        return
    form = process.form
    yield from said(lambda: typed_at(tx, form, process.covers, "yes_no", "covers"))
    yield from said(lambda: typed_at(tx, form, process.cancel_when, "yes_no", "cancel_when"))
    yield from said(lambda: typed_at(tx, form, process.not_before, "date", "not_before"))
    yield from said(lambda: typed_at(tx, form, process.owner, None, "owner"))
    for at, path in enumerate(process.hold_by):
        yield from said(lambda at=at, path=path: _held_by(tx, form, path, f"hold_by[{at}]"))
    for at, start in enumerate(process.starts):
        yield from _of_start(tx, process, start, f"start[{at}]")
    for at, node in enumerate(process.nodes):
        yield from _of_node(tx, process, node, f"nodes[{at}]")


def _held_by(tx: Tx, form: str, text: str, path: str) -> None:
    typed = typed_at(tx, form, text, None, path)
    if typed is None or typed.type.kind != "relation" or typed.type.form in RELATIVE:
        raise Invalid("processes.hold_by", path=path, field=text)


def _of_start(tx: Tx, process: Process, start: Start, path: str) -> Iterator[Invalid]:
    yield from said(lambda: typed_at(tx, process.form, start.date, "date", f"{path}.date"))

    def when() -> None:
        typed = typed_at(tx, process.form, start.when, "yes_no", f"{path}.when")
        if start.on == "matched" and typed is not None and typed.volatile:
            raise Invalid("processes.matched_today", path=f"{path}.when", start=start.label or start.key)

    yield from said(when)


def _of_node(tx: Tx, process: Process, node: Node, path: str) -> Iterator[Invalid]:
    """Each formula and field of a node is looked at, whatever is wrong with the others."""
    for name, one in nodes.columns(process, node).items():
        if name not in WHOLE:  # those of the process are said once
            yield from said(lambda name=name, one=one: typed_at(tx, process.form, one.text, one.kind, f"{path}.{name}"))
    for what in nodes.finds(node).values():
        if what.form not in forms.catalog(tx):
            yield Invalid("processes.no_such_form", path=path, form=what.form)
            continue
        for name, one in find.other_columns(what).items():
            yield from said(
                lambda what=what, name=name, one=one: typed_at(tx, what.form, one.text, one.kind, f"{path}.{name}")
            )
    yield from outside.wrong(tx, process, node, path)
    yield from calls.wrong(tx, process, node, path)
    match node:
        case Task() | Approval():
            for at, asked in of_people(node):
                yield from said(lambda at=at, asked=asked: _field(tx, process.form, asked.field, f"{path}.{at}"))
                yield from said(
                    lambda at=at, asked=asked: typed_at(tx, process.form, asked.when, "yes_no", f"{path}.{at}.when")
                )
            if isinstance(node, Task) and node.seal:
                yield from said(lambda: _seal(tx, process.form, node.seal, f"{path}.seal"))
        case Update():
            form = process.form
            if node.record:
                try:
                    form = _target(tx, process, node, path)
                except Invalid as problem:
                    yield problem
                    return
            yield from _values(tx, process.form, form, node.values, f"{path}.set")
        case Create():
            if node.form not in forms.catalog(tx):
                yield Invalid("processes.no_such_form", path=f"{path}.form", form=node.form)
                return
            yield from _values(tx, process.form, node.form, node.values, f"{path}.set")
            for key in node.match:
                if key not in dict(node.values):
                    yield Invalid("processes.match_without_value", path=f"{path}.match", field=key)
        case Wait() if node.met:
            try:
                typed = formula.check(node.met, forms.catalog(tx).scope(process.form), "yes_no")
            except Invalid:
                return  # it was said of its column
            if typed.volatile:
                yield Invalid("processes.met_today", path=f"{path}.met", node=node.label or node.key)
        case _:
            pass


def _target(tx: Tx, process: Process, node: Update, path: str) -> str:
    """The form of the record that an update leads to."""
    typed = typed_at(tx, process.form, node.record, None, f"{path}.record")
    if typed is None or typed.type.kind != "relation" or not typed.type.form:
        raise Invalid("processes.not_relation", path=f"{path}.record", field=node.record)
    return typed.type.form


def _field(tx: Tx, form: str, key: str, path: str) -> formula.FieldInfo:
    found = forms.catalog(tx).scope(form).field(key)
    if found is None or found.key != key:
        raise Invalid("processes.no_such_field", path=path, field=key, form=forms.catalog(tx).form(form).label)
    return found


def _seal(tx: Tx, form: str, key: str, path: str) -> None:
    """The sealed file needs a field of files."""
    _field(tx, form, key, path)
    field = forms.catalog(tx).field(form, key)
    if field.kind != "attachment":
        raise Invalid("processes.seal_not_files", path=path, field=field.label)


def _values(tx: Tx, form: str, target: str, values: tuple[tuple[str, str], ...], path: str) -> Iterator[Invalid]:
    for key, text in values:
        try:
            field = _field(tx, target, key, f"{path}.{key}")
            if text != "this":
                formula.check(text, forms.catalog(tx).scope(form), field.type)
        except Invalid as error:
            yield Invalid(error.code, path=f"{path}.{key}", **error.facts)


def publish(tx: Tx, given: Process | Mapping[str, Any]) -> Published:
    """A new version of the process is in force; instances stay on theirs. An unchanged definition publishes nothing;
    one that differs in notes and places alone is shown so from now on and stays the version that it is.

    Date triggers begin at the clock: what was due before is backlog and starts by `covers` or by hand. A key that was
    there keeps its watermark and its decisions. Records that match a "changed to match" start now are not an edge.
    """
    plain = given if isinstance(given, Process) else load(given)
    process = with_owner(tx, plain)
    check(tx, process)
    versions.lock(tx, process.key)
    row = tx.one(
        "INSERT INTO processes.process (key, form) VALUES (%(key)s, %(form)s)"
        " ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id, version_id, form",
        {"key": process.key, "form": process.form},
    )
    assert row is not None
    if row["form"] != process.form:
        raise Invalid("processes.other_form", path="form", form=process.form)
    old = versions.version(tx, row["version_id"]) if row["version_id"] else None
    if old is not None and old.process == process:
        tx.run(
            "UPDATE processes.version SET definition = %(tree)s::jsonb"
            " WHERE id = %(id)s AND definition <> %(tree)s::jsonb",
            {"id": old.id, "tree": _text(dump(plain))},
        )
        return old
    published = _store(tx, row["id"], process, dump(plain))
    _triggers(tx, published, old)
    # every definition's coverage is looked at again in full
    tx.run("UPDATE processes.process SET version_id = %(v)s, covered_on = NULL WHERE id = %(id)s",
           {"v": published.id, "id": row["id"]})  # fmt: skip
    tx.memo.pop("processes.active", None)
    return published


def publish_set(tx: Tx, definitions: Sequence[Process]) -> None:
    """These definitions are in force, checked as they are together."""
    together = {one.key: one for one in (*current(tx), *definitions)}
    with calls.supposing(tx, together):
        for one in definitions:
            publish(tx, one)


def with_owner(tx: Tx, process: Process) -> Process:
    """`owner` defaults to the owner of the record that holds it (the customer's), else of the form itself."""
    if process.owner or process.form not in forms.catalog(tx):
        return process
    catalog = forms.catalog(tx)
    form = catalog.form(process.form)
    if process.hold_by:
        field = form.field(process.hold_by[0])
        above = catalog.form(field.to).owner if field is not None and field.to else None
        if above:
            return replace(process, owner=f"{process.hold_by[0]}.{above}")
    return replace(process, owner=form.owner or "")


def _text(tree: Mapping[str, Any]) -> str:
    return json.dumps(tree, ensure_ascii=False, default=str)


def _store(tx: Tx, process_id: int, process: Process, tree: dict[str, Any]) -> Published:
    row = tx.one(
        "INSERT INTO processes.version (process_id, number, definition, published_at, published_by)"
        " SELECT %(process)s, coalesce(max(number), 0) + 1, %(tree)s::jsonb, %(now)s, %(by)s::jsonb"
        "   FROM processes.version WHERE process_id = %(process)s RETURNING id, number",
        {"process": process_id, "tree": _text(tree), "by": tx.actor.as_json()},
    )
    assert row is not None
    rows = tx.rows(
        "INSERT INTO processes.node (version_id, key, kind, label, label_en, critical)"
        " SELECT %(version)s, key, kind, label, en, nullif(critical, '')"
        "   FROM unnest(%(keys)s::text[], %(kinds)s::text[], %(labels)s::text[], %(en)s::text[], %(critical)s::text[])"
        "     AS n (key, kind, label, en, critical)"
        " RETURNING key, id",
        {
            "version": row["id"], "keys": [node.key for node in process.nodes],
            "kinds": [kind_of(node) for node in process.nodes],
            "labels": [node.label or node.key for node in process.nodes],
            "en": [node.label_en for node in process.nodes],
            "critical": [node.critical if isinstance(node, Task) else "" for node in process.nodes],
        },
    )  # fmt: skip
    ids = {one["key"]: one["id"] for one in rows}
    kinds = tasks.kinds(
        tx,
        [
            tasks.Kind(
                ids[one["key"]], process.form, one["key"], one["label"], one["label_en"], one["fill"], one["outcomes"]
            )
            for one in asks(process)
        ],
    )
    return Published(row["id"], process_id, row["number"], process, ids, kinds)


def asks(process: Process) -> list[dict[str, Any]]:
    """What it asks of people, a kind of task each: key, label, label_en, fill, outcomes, approval."""
    return [
        {"key": node.key, "label": node.label or node.key, "label_en": node.label_en,
         "fill": _fill(node.fill, node.seal), "approval": False,
         "outcomes": [{"key": one.key, "label": one.label, "label_en": one.label_en, "fill": _fill(one.fill)}
                      for one in node.outcomes]}
        for node in process.nodes if isinstance(node, Task)
    ] + [
        {"key": node.key, "label": node.label or node.key, "label_en": node.label_en, "fill": [],
         "outcomes": DECISIONS, "approval": True}
        for node in process.nodes if isinstance(node, Approval)
    ]  # fmt: skip


def _fill(fill: tuple[Fill, ...], seal: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"field": one.field, "required": one.required, **({"when": one.when} if one.when else {})}
        for one in fill
        if one.field != seal
    ]
    return [*found, {"field": seal, "required": True, "seal": True}] if seal else found


def _triggers(tx: Tx, published: Published, old: Published | None) -> None:
    process = published.process
    tx.run(
        "UPDATE processes.trigger SET active = false WHERE process_id = %(process)s AND NOT key = ANY(%(keys)s)",
        {"process": published.process_id, "keys": [start.key for start in process.starts]},
    )
    before = {start.key: start for start in old.process.starts} if old else {}
    for start in process.starts:
        was = before.get(start.key)
        same = was is not None and (was.date, was.offset, was.unit, was.at) == (
            start.date,
            start.offset,
            start.unit,
            start.at,
        )
        row = tx.one(
            "INSERT INTO processes.trigger AS t (process_id, key, kind, published_at, watermark)"
            " VALUES (%(process)s, %(key)s, %(kind)s, %(now)s, %(now)s)"
            " ON CONFLICT (process_id, key) DO UPDATE SET kind = excluded.kind, active = true,"
            "   published_at = CASE WHEN %(same)s AND t.active THEN t.published_at ELSE excluded.published_at END,"
            "   watermark = CASE WHEN %(same)s AND t.active THEN t.watermark ELSE greatest(t.watermark, "
            "excluded.watermark) END"
            " RETURNING id",
            {"process": published.process_id, "key": start.key, "kind": start.on, "same": same},
        )
        assert row is not None
        if start.on == "matched":
            _matching(tx, process, start, row["id"])


def _matching(tx: Tx, process: Process, start: Start, trigger_id: int) -> None:
    """Who matches now did not change to match."""
    query = rendered(tx, process.form, {"matches": Wanted(start.when, "condition")})
    tx.run("DELETE FROM processes.matching WHERE trigger_id = %(trigger)s", {"trigger": trigger_id})
    tx.run(
        "INSERT INTO processes.matching (trigger_id, record_id)"
        f" SELECT %(trigger)s, r.rid FROM ({query.text}) r WHERE r.matches",
        {**query.params, "trigger": trigger_id, "zone": tx.zone.key},
    )


def current(tx: Tx) -> list[Process]:
    """The definitions in force, as they were published."""
    rows = tx.rows(
        "SELECT v.definition FROM processes.process p JOIN processes.version v ON v.id = p.version_id ORDER BY p.key"
    )
    return [load(row["definition"]) for row in rows]
