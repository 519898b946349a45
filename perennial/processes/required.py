"""What a task or a signer must have filled in, of the record as it is: always, or where a condition holds.

In:   a form, what is needed, one record or a set
Out:  a refusal that names all that is missing; or the fields that are required there, for any number of records at once
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from perennial import forms
from perennial.kernel import Invalid, Row, Tx
from perennial.processes.definition import Approval, Fill, Right, Task
from perennial.rules import Wanted, record
from perennial.tasks import Needed


def of_people(node: Task | Approval) -> Iterator[tuple[str, Fill | Right]]:
    """The fields that people fill in or see there, each with its place in the node."""
    if isinstance(node, Approval):
        yield from ((f"fields[{at}]", one) for at, one in enumerate(node.fields))
        return
    yield from ((f"fill[{at}]", one) for at, one in enumerate(node.fill))
    for nth, outcome in enumerate(node.outcomes):
        yield from ((f"outcomes[{nth}].fill[{at}]", one) for at, one in enumerate(outcome.fill))


def check(tx: Tx, form: str, record_id: int, needed: Sequence[Needed]) -> None:
    """All of it stands on the record, what was just written included; else Invalid tasks.required names what does not:
    `field` in words, `fields` the keys."""
    due = of_records(tx, form, [record_id], needed)[record_id]
    if not due:
        return
    keys = [key for key in dict.fromkeys(one.field for one in needed) if key in due]
    of = record(tx, form, {key: Wanted(key) for key in keys}).subquery("of")
    row = tx.one(of.select().where(of.c.rid == record_id), {"zone": tx.zone.key}) or {}
    missing = [key for key in keys if row.get(key) is None]
    if missing:
        labels = [forms.catalog(tx).field(form, key).label for key in missing]
        raise Invalid("tasks.required", path=f"values.{missing[0]}", field="、".join(labels), fields=missing)


def of_records(tx: Tx, form: str, ids: Collection[int], needed: Sequence[Needed]) -> dict[int, set[str]]:
    """record -> which of these fields are required of it now."""
    holds = _holding(tx, form, ids, {one.when for one in needed})
    return {id_: {one.field for one in needed if one.when in holds[id_]} for id_ in ids}


def told(tx: Tx, tasks: Sequence[Row], own: Collection[int]) -> None:
    """Into these rows of tasks (id, form, record_id, kind_id, fill, outcomes): what is required of their records now;
    of tasks beside `own` a condition says nothing, since it may read what the reader may not. A statement for each kind
    of task that has conditions."""
    for kind in sorted({task["kind_id"] for task in tasks}):
        alike = [task for task in tasks if task["kind_id"] == kind]
        whens = {one.get("when", "") for one in _asked(alike[0])}
        if whens <= {""}:
            continue
        ids = {task["record_id"] for task in alike if task["id"] in own}
        holds = _holding(tx, alike[0]["form"], ids, whens)
        for task in alike:
            for one in _asked(task):
                known = holds[task["record_id"]] if task["id"] in own else {""}
                one["required"] = one["required"] and one.pop("when", "") in known


def _asked(task: Row) -> list[dict[str, Any]]:
    return [*task["fill"], *(one for outcome in task["outcomes"] for one in outcome["fill"])]


def _holding(tx: Tx, form: str, ids: Collection[int], whens: Collection[str]) -> dict[int, set[str]]:
    """record -> those of these conditions that hold; '' always does."""
    texts = sorted({*whens} - {""})
    found: dict[int, set[str]] = {id_: {""} for id_ in ids}
    if texts and ids:
        of = record(tx, form, {f"when_{at}": Wanted(text, "yes_no") for at, text in enumerate(texts)}).subquery("of")
        for row in tx.rows(of.select().where(of.c.rid.in_(ids)), {"zone": tx.zone.key}):
            found[row["rid"]] |= {text for at, text in enumerate(texts) if row[f"when_{at}"]}
    return found
