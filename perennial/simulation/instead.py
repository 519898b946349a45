"""What a run puts in place of a process in force: its draft, or one of its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perennial import apps, processes
from perennial.kernel import SYSTEM, Database, Invalid, Missing, Reason, Row, Tx, statements

_SQL = statements(__file__, "run.sql")


@dataclass(frozen=True, slots=True)
class Instead:
    """`version`: its number; None: the draft. `migrate`: what runs comes along, where it needs a choice to the step
    that is proposed; else it stays on its version."""

    process: str
    version: int | None = None
    migrate: bool = True


def drawn(tx: Tx, instead: Instead) -> Row:
    """The definition with what a reader of the result has to know: process, label, label_en, version, draft, number (of
    the version in force; None: a new process), migrate, tree.

    errors  Missing apps.no_draft, simulation.no_version · Conflict apps.draft_conflict · what `apps.refuse` says of
            it · Invalid simulation.same: it is in force already
    """
    force = tx.one(_SQL["in_force"], {"process": instead.process})
    if instead.version is None:
        (change,) = apps.changes_of([apps.read(tx, "process", instead.process)])
    else:
        row = tx.one(_SQL["version"], {"process": instead.process, "number": instead.version})
        if row is None:
            raise Missing("simulation.no_version", process=instead.process, number=instead.version)
        change = apps.Change("process", instead.process, row["definition"])
    plan = apps.propose(tx, [change])
    apps.refuse(plan)
    if plan.empty or change.tree is None:
        raise Invalid("simulation.same", path="instead", process=instead.process)
    return {
        "process": instead.process, "label": change.tree.get("label") or instead.process,
        "label_en": change.tree.get("label_en") or "", "version": instead.version, "draft": instead.version is None,
        "number": force["number"] if force else None, "migrate": instead.migrate and force is not None,
        "tree": dict(change.tree),
    }  # fmt: skip


def put(copy: Database, told: Mapping[str, Any]) -> Row:
    """It is in force in the copy. Returns {moved, stayed} of what was under way there."""
    key = told["process"]
    with copy.begin(SYSTEM, Reason("simulation", {"process": key})) as tx:
        apps.locked(tx)
        apps.publish(tx, apps.propose(tx, [apps.Change("process", key, told["tree"])]))
    with copy.begin(SYSTEM, Reason("simulation", {"process": key})) as tx:
        found = processes.foresee(tx, key)
        if not told["migrate"] or not found["open"]:
            return {"moved": 0, "stayed": found["open"]}
        choices = {one["key"]: one["proposed"] for one in found["nodes"] if one["verdict"] == "choose"}
        done = processes.migrate(tx, key, found["to"], choices)
    return {"moved": done.moved, "stayed": done.stayed}


def definition(told: Mapping[str, Any] | None) -> processes.Process | None:
    return processes.load(dict(told["tree"])) if told else None


def outdated(tx: Tx, told: Mapping[str, Any]) -> bool:
    """The draft has been changed, published or discarded since."""
    if not told["draft"]:
        return False
    try:
        return apps.read(tx, "process", told["process"]).merged != told["tree"]
    except Missing:
        return True
