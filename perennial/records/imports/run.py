"""Check an import, run it, tell how far it is. A run is one transaction: it happened as a whole or not at all.

The reason of its change-log transaction is `import` with facts import, answer and file; `processes` reads the answer.
"""

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from perennial import forms
from perennial.kernel import (
    SYSTEM,
    Actor,
    Broken,
    Conflict,
    Database,
    Invalid,
    Reason,
    Row,
    Tx,
    defer,
    fail_point,
)
from perennial.records.errands import Errands
from perennial.records.imports.examine import Examined, Note, examine, report
from perennial.records.imports.remembered import remember
from perennial.records.imports.similar import similar
from perennial.records.imports.stage import lock
from perennial.records.sets import create_set, update_set

T = TypeVar("T")
MOST_REHEARSED = 20_000  # rows
CREATED = """SELECT form_id, array_agg(record_id ORDER BY record_id) AS ids FROM changes.change
 WHERE transaction_id = %(transaction)s AND op = 'I' GROUP BY form_id ORDER BY form_id"""
ANSWERS = ("tasks", "latest", "all", "none")
_ERRANDS = Errands("imports.import", "imports.broken", person="run_by", label="run_label")


def check(tx: Tx, import_id: int) -> dict[str, Any]:
    """The dry run: nothing is written, every wrong cell is named. The report is kept with the import."""
    row = lock(tx, import_id, ("mapping", "checked", "failed"))
    began = time.monotonic()
    found = examine(tx, row, dry=True)
    counts: dict[int, dict[str, int]] = {}
    for i, target in enumerate(found.mapping.targets):
        found.writes.differing(i)
        similar(tx, found.match, found.problems, i)
        if target.mode != "find":
            counts[i] = found.writes.counts(i)
    found.problems.keep()
    told = report(tx, row, found, counts, time.monotonic() - began)
    tx.run(
        "UPDATE imports.import SET state = 'checked', checked = %(told)s::jsonb, error = NULL WHERE id = %(id)s",
        {"id": import_id, "told": json.dumps(told, ensure_ascii=False)},
    )
    return told


def rehearse(tx: Tx, import_id: int, ask: Callable[[str, list[int]], T]) -> dict[str, T] | None:
    """What `ask(form, ids)` says of the records as they would stand after the run; everything is rolled back.

    None when the file is too long to be tried out while somebody waits.
    """
    row = lock(tx, import_id, ("checked",))
    if row["about"]["rows"] > MOST_REHEARSED:
        return None
    kept: dict[str, T] = {}
    try:
        with tx.savepoint(), tx.because(Reason("import", {"import": import_id, "rehearsal": True})):
            found = examine(tx, row, dry=False)
            _write_targets(tx, found, lambda label, rows: None)
            catalog = forms.catalog(tx)
            transaction = tx.value("SELECT nullif(current_setting('perennial.tx', true), '')::bigint AS id")
            for one in tx.rows(CREATED, {"transaction": transaction}):
                form = catalog.by_id(one["form_id"])
                if form is not None:
                    kept[form.key] = ask(form.key, one["ids"])
            raise _Undo
    except _Undo:
        return kept


class _Undo(Exception):
    """Leaves a savepoint that must not stay."""


def start(tx: Tx, import_id: int, *, skip_errors: bool = False, answer: str = "tasks") -> None:
    """Have a worker run the import. Rows with errors are left out only when the person says so.

    answer  what the new records set off now: tasks but no message, latest (the latest passed message of each too), all,
            none (they are left out, and listed so)
    errors  Invalid imports.not_checked · imports.errors with the number of rows
    """
    row = lock(tx, import_id, ("mapping", "checked", "failed"))
    if row["state"] != "checked":
        raise Invalid("imports.not_checked")
    if answer not in ANSWERS:
        raise Invalid("imports.answer", path="answer", answer=answer)
    if row["checked"]["bad"] and not skip_errors:
        raise Invalid("imports.errors", count=row["checked"]["bad"])
    tx.run(
        "UPDATE imports.import SET state = 'queued', skip_errors = %(skip)s, answer = %(answer)s, run_by = %(me)s,"
        " run_label = %(label)s, error = NULL WHERE id = %(id)s",
        {"id": import_id, "skip": skip_errors, "answer": answer, "label": tx.actor.label},
    )
    tx.run("DELETE FROM imports.progress WHERE import_id = %(id)s", {"id": import_id})
    defer(tx, "imports.run", import_id=import_id)


def run(database: Database, import_id: int) -> dict[str, Any] | None:
    """Write the records of a started import; its result. None when it is done already or another worker is at it.

    Running it twice is harmless: the state changes in the transaction that writes. What goes wrong is kept with the
    import (state failed) and nothing is written.
    """

    def act(row: Row, actor: Actor) -> dict[str, Any] | None:
        facts = {"import": import_id, "answer": row["answer"], "file": row["file_name"]}
        return database.run(actor, lambda tx: _write(database, tx, import_id), Reason("import", facts))

    told = _ERRANDS.run(database, import_id, act)
    if told is not None:
        fail_point("imports.committed")
    return told


def unfinished(tx: Tx) -> list[int]:
    """Imports that somebody started and that are not done: each must have a job."""
    return _ERRANDS.unfinished(tx)


def _write(database: Database, tx: Tx, import_id: int) -> dict[str, Any] | None:
    row = tx.one("SELECT * FROM imports.import WHERE id = %(id)s FOR NO KEY UPDATE", {"id": import_id})
    if row is None or row["state"] != "running":
        return None
    progress = _Progress(database, import_id, 3 + len(row["mapping"]["targets"]), row["about"]["rows"])
    began = time.monotonic()
    for form in sorted({target["form"] for target in row["mapping"]["targets"]}):
        tx.lock(f"imports {form}")  # two runs at once would each create what neither finds
    found = examine(tx, row, dry=False, note=progress.step)
    if found.bad and not row["skip_errors"]:
        found.problems.keep()
        raise Conflict("imports.changed_since", count=found.bad)
    fail_point("imports.before_write")
    counts = _write_targets(tx, found, progress.step)
    fail_point("imports.before_commit")
    progress.step("finish", found.good)
    transaction = tx.value("SELECT nullif(current_setting('perennial.tx', true), '')::bigint AS id")
    found.problems.keep()
    told = report(tx, row, found, counts, time.monotonic() - began)
    tx.run(
        "UPDATE imports.import SET state = 'done', result = %(told)s::jsonb, transaction_id = %(transaction)s,"
        " finished_at = %(now)s WHERE id = %(id)s",
        {"id": import_id, "told": json.dumps(told, ensure_ascii=False), "transaction": transaction},
    )
    tx.run("DELETE FROM imports.file WHERE import_id = %(id)s", {"id": import_id})
    remember(tx, row)
    return told


def _write_targets(tx: Tx, found: Examined, note: Note) -> dict[int, dict[str, int]]:
    """Records of each target, those first that others point at. Nothing is written where nothing differs."""
    counts: dict[int, dict[str, int]] = {}
    for i, target in enumerate(found.mapping.targets):
        note(f"write:{target.form}", found.good)
        if target.mode == "find":
            continue
        table = f"imp_m{i}"
        there = tx.one(
            "SELECT count(DISTINCT m.id) FILTER (WHERE m.fresh) AS fresh,"
            " count(DISTINCT m.id) FILTER (WHERE NOT m.fresh) AS old"
            f" FROM {table} m WHERE m.id IS NOT NULL AND NOT EXISTS (SELECT FROM imp_bad b WHERE b.row = m.row)"
        )
        assert there is not None
        created = create_set(tx, target.form, found.writes.creates(i)).count if there["fresh"] else 0
        fail_point("imports.between_forms")
        changes_old = there["old"] and target.mode in ("upsert", "update")
        updated = update_set(tx, target.form, found.writes.updates(i)).count if changes_old else 0
        counts[i] = {"created": created, "updated": updated, "unchanged": there["old"] - updated}
    return counts


class _Progress:
    """Seen by others while the run's transaction is open: written by a connection of its own."""

    def __init__(self, database: Database, import_id: int, steps: int, total: int) -> None:
        self.database, self.import_id, self.steps, self.total, self.at = database, import_id, steps, total, 0

    def step(self, label: str, rows: int) -> None:
        self.at += 1
        with self.database.connection() as connection:
            connection.execute(
                "INSERT INTO imports.progress AS p (import_id, step, steps, label, rows, total)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (import_id) DO UPDATE SET step = excluded.step,"
                " steps = excluded.steps, label = excluded.label, rows = excluded.rows, total = excluded.total"
                " WHERE excluded.step > p.step",
                [self.import_id, self.at, max(self.steps, self.at), label, min(rows, self.total), self.total],
            )
            connection.commit()


def run_now(database: Database, import_id: int) -> dict[str, Any]:
    """`run`, for tests and programs: the result, or the error that stands with the import."""
    told = run(database, import_id)
    if told is not None:
        return told
    with database.begin(SYSTEM) as tx:
        row: Row = tx.one("SELECT state, error, result FROM imports.import WHERE id = %(id)s", {"id": import_id}) or {}
    if row.get("state") == "done":
        return row["result"]
    raise Broken("imports.not_done", state=row.get("state"), error=row.get("error"))


__all__ = ["ANSWERS", "check", "rehearse", "run", "run_now", "start", "unfinished"]
