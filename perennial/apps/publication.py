"""Publish a plan in one transaction, keep what was before it, and undo it.

Undo publishes what was before as a plan of its own: fields that were added are hidden with their data, converted ones
return to the kept column, records written since are converted back. Running instances stay on the version they
stand on, in both directions.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg.types.json import Json, Jsonb

from perennial import access, changes, forms, processes, records
from perennial.apps.kinds import KINDS, kind_of, publish_forms
from perennial.apps.merge import merge
from perennial.apps.plan import Change, Found, Plan, propose
from perennial.apps.plan import plan as propose_app
from perennial.apps.tree import BUNDLED, current, load
from perennial.apps.uses import Fault, counted
from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Missing, Reason, Row, Tx

LEFT_BEHIND_MS = 600_000  # whoever was killed while publishing leaves a statement, and its locks, for a while
SHOWN = 50  # places named in one refusal


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published, by whom and why. `definitions`: kind, key, label, act of each."""

    id: int
    at: dt.datetime
    by: Mapping[str, Any]
    note: str
    definitions: Sequence[Mapping[str, Any]]
    undoes: int | None
    undone_by: int | None


def locked(tx: Tx) -> None:
    """Nobody else publishes until this transaction is done; it sees what was published last."""
    tx.lock("apps.publish")
    tx.catalog_version = tx.value("SELECT catalog_version FROM kernel.workspace")


def latest(tx: Tx) -> int:
    """The number of the last publication: what a plan was made against."""
    return int(tx.value("SELECT coalesce(max(id), 0) FROM apps.publication"))


def refuse(plan: Plan) -> None:
    """Invalid that names everything which stands against the plan."""
    if plan.faults:
        raise _in_use(plan)
    errors = [one for one in plan.problems if one.severity == "error"]
    if len(errors) == 1:
        raise errors[0].problem
    if errors:
        raise Invalid("apps.problems", count=len(errors), problems=[as_facts(one) for one in errors[:SHOWN]])


def as_facts(found: Found) -> dict[str, Any]:
    problem = found.problem
    return {
        "severity": found.severity, "kind": found.kind, "key": found.key, "code": problem.code, "path": found.path,
        "facts": dict(problem.facts),
    }  # fmt: skip


def _in_use(plan: Plan) -> Invalid:
    found: Sequence[Fault] = list({(one.kind, one.key, one.path, one.open): one for one in plan.faults}.values())
    return Invalid(
        "apps.in_use", **counted(found), fields=list(dict.fromkeys(plan.named.values()))[:SHOWN],
        uses=[
            {"kind": one.kind, "key": one.key, "label": one.label, "path": one.path, "place": one.place,
             "why": one.error.code, "open": one.open, "reads": [f"{form}.{key}".rstrip(".") for form, key in one.reads]}
            for one in found[:SHOWN]
        ],
    )  # fmt: skip


def publish(tx: Tx, plan: Plan, note: str = "", *, undoes: int | None = None) -> int:
    """Make the plan true in this transaction; the number of the publication.

    locks    one publication at a time, then the tables of the forms; the transaction's lock timeout applies
    errors   Invalid apps.in_use with every place that would break, apps.problems, or the only problem itself ·
             apps.nothing when there is nothing to do
    """
    refuse(plan)
    if plan.empty:
        raise Invalid("apps.nothing")
    touched = [step.key for step in plan.steps if step.kind == "process"]
    facts: dict[str, Any] = {"mark": changes.mark(tx), "marks": processes.marks(tx, touched)}
    with tx.because(Reason("publish", {"note": note} if note else {})):
        _apply(tx, plan)
    number: dict[str, int] = {}
    if plan.forms is not None:
        now = forms.catalog(tx)
        number = {form.key: now.stored(form.key).number for form in plan.forms.forms if form.key in now}
    identity = [{"kind": step.kind, "key": step.key} for step in plan.steps]
    facts["lost"] = [
        {"form": step.key, "field": one.field, "lost": one.facts.get("lost"), "first": [_lost(row) for row in one.lost]}
        for step in plan.steps
        for one in step.operations
        if one.lost
    ]
    published = tx.value(
        "INSERT INTO apps.publication (at, by, note, before, after, facts, undoes) VALUES (%(now)s,"
        " current_setting('perennial.actor')::jsonb, %(note)s, %(before)s, %(after)s, %(facts)s, %(undoes)s)"
        " RETURNING id",
        {
            "note": note, "undoes": undoes, "facts": Jsonb(facts),
            "before": Json([{**one, "tree": step.before} for one, step in zip(identity, plan.steps, strict=True)]),
            "after": Json([
                {**one, "label": step.label, "act": step.act, "tree": step.after, "number": number.get(step.key)
                 if step.kind == "form" else None}
                for one, step in zip(identity, plan.steps, strict=True)
            ]),
        },
    )  # fmt: skip
    return int(published)


def _lost(row: Any) -> dict[str, Any]:
    return {"id": row.id, "label": row.label, "value": row.value}


def _apply(tx: Tx, plan: Plan) -> None:
    """Each kind at once, what comes in the order of the kinds, what goes in the opposite order."""
    tables = [plan.app.of(kind_of("decision"))[step.key] for step in plan.steps
              if step.kind == "decision" and step.act != "remove"]  # fmt: skip
    if tables:  # forms may ask them, so they are known first; what rests on both is computed when both are there
        forms.decisions.put(tx, tables)
    for kind in KINDS:
        if kind.name == "form":
            if plan.forms is not None:
                publish_forms(tx, replace(plan.forms, version=tx.catalog_version) if tables else plan.forms)
            if tables:
                forms.decisions.renew(tx, [table.key for table in tables])
            continue
        if kind.name == "decision":
            continue
        wanted = [plan.app.of(kind)[step.key] for step in plan.steps if step.kind == kind.name and step.act != "remove"]
        if wanted:
            kind.publish(tx, wanted)
    for kind in reversed(KINDS):
        gone = [step.key for step in plan.steps if step.kind == kind.name and step.act == "remove"]
        if gone and kind.name != "form":
            kind.remove(tx, gone)
    access.recheck(tx)


def publications(tx: Tx, *, before: int | None = None, limit: int = 50) -> list[Publication]:
    """The newest first."""
    rows = tx.rows(
        "SELECT id, at, by, note, after, undoes, undone_by FROM apps.publication"
        " WHERE %(before)s::bigint IS NULL OR id < %(before)s ORDER BY id DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )
    return [_publication(row) for row in rows]


def history(tx: Tx, kind: str) -> dict[str, list[Publication]]:
    """Key -> the publications of that definition, the newest first."""
    rows = tx.rows(
        "SELECT p.id, p.at, p.by, p.note, p.after, p.undoes, p.undone_by, d->>'key' AS key"
        "  FROM apps.publication p, json_array_elements(p.after) d WHERE d->>'kind' = %(kind)s ORDER BY p.id DESC",
        {"kind": kind},
    )
    found: dict[str, list[Publication]] = {}
    for row in rows:
        found.setdefault(row.pop("key"), []).append(_publication(row))
    return found


def publication(tx: Tx, id: int) -> Publication:
    return _publication(_row(tx, id))


def _publication(row: Row) -> Publication:
    shown = [{name: one[name] for name in ("kind", "key", "label", "act")} for one in row["after"]]
    return Publication(row["id"], row["at"], row["by"], row["note"], shown, row["undoes"], row["undone_by"])


def _row(tx: Tx, number: int) -> Row:
    row = tx.one("SELECT * FROM apps.publication WHERE id = %(id)s", {"id": number})
    if row is None:
        raise Missing("apps.no_publication", id=number)
    return row


def propose_undo(tx: Tx, id: int) -> Plan:
    """What undoing a publication would do. What others published since stays, where it touches other places.

    errors   Missing · Conflict apps.undone_already, apps.changed_since with the publication to undo first
    """
    row = _row(tx, id)
    if row["undone_by"]:
        raise Conflict("apps.undone_already", id=id, by=row["undone_by"])
    now = current(tx)
    wanted: list[Change] = []
    for old, new in zip(row["before"], row["after"], strict=True):
        kind = kind_of(new["kind"])
        here = now.of(kind).get(new["key"])
        tree, clashes = merge(new["tree"], old["tree"], None if here is None else kind.dump(here))
        if clashes:
            raise Conflict(
                "apps.changed_since", path=clashes[0].path, label=new["label"], id=_later(tx, id, new),
                places=[one.path for one in clashes],
            )  # fmt: skip
        wanted.append(Change(new["kind"], new["key"], tree))
    return propose(tx, wanted, back={one["key"]: one["number"] for one in row["after"] if one["number"]})


def _later(tx: Tx, number: int, one: Mapping[str, Any]) -> int | None:
    """The last publication that touched the definition: the one to undo first."""
    return tx.value(
        "SELECT max(p.id) FROM apps.publication p, json_array_elements(p.after) d"
        " WHERE p.id > %(id)s AND d->>'kind' = %(kind)s AND d->>'key' = %(key)s",
        {"id": number, "kind": one["kind"], "key": one["key"]},
    )


def _same_starts(row: Row, key: str, tree: Mapping[str, Any], stood: Mapping[str, Any]) -> dict[str, Any]:
    """Where the starts stood that are again what they were."""
    was = next(one["tree"] for one in row["before"] if (one["kind"], one["key"]) == ("process", key))
    before = {start["key"]: start for start in (was or {}).get("start", ())}
    return {start["key"]: stood[start["key"]] for start in tree.get("start", ())
            if start == before.get(start["key"]) and start["key"] in stood}  # fmt: skip


def undo(tx: Tx, id: int, note: str = "") -> int:
    """The publication is taken back by another one, whose number is returned; that one can be undone as well."""
    locked(tx)
    plan = propose_undo(tx, id)
    row = _row(tx, id)
    untouched = not changes.touched_since(tx, row["facts"]["mark"])
    done = publish(tx, plan, note, undoes=id)
    for step in plan.steps:
        if step.kind == "process" and step.after is not None:
            stood = row["facts"]["marks"].get(step.key, {})
            processes.resume(tx, step.key, _same_starts(row, step.key, step.after, stood), untouched=untouched)
    tx.run("UPDATE apps.publication SET undone_by = %(by)s WHERE id = %(id)s", {"by": done, "id": id})
    return done


def ensure(database: Database, name: str = "renewal") -> bool:
    """On a workspace without any form the bundled app is published; True when it was. An older workspace gets the
    indexes that this program searches with."""
    with database.begin(SYSTEM, Reason("publish", {"app": name}), lock_timeout_ms=LEFT_BEHIND_MS) as tx:
        tx.lock("apps.ensure")
        known = forms.catalog(tx).forms
        for form in known:
            records.ensure_indexes(tx, form.key)
        if known:
            return False
        publish(tx, propose_app(tx, load(BUNDLED / name)), name)
        return True
