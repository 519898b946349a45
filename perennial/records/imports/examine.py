"""From staged rows to what would be written: the same steps for the dry run and for the run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from perennial import forms
from perennial.kernel import Row, Tx
from perennial.records.imports.mapping import Mapping, load
from perennial.records.imports.match import Match
from perennial.records.imports.obey import obey
from perennial.records.imports.problems import Problems
from perennial.records.imports.stage import rows_table
from perennial.records.imports.values import take
from perennial.records.imports.write import Writes

Note = Callable[[str, int], None]  # step, rows


@dataclass
class Examined:
    """Temporary tables of this transaction, and what was found."""

    mapping: Mapping
    problems: Problems
    match: Match
    writes: Writes
    rows: int  # not skipped
    bad: int

    @property
    def good(self) -> int:
        return self.rows - self.bad


def examine(tx: Tx, row: Row, *, dry: bool, note: Note = lambda step, rows: None) -> Examined:
    """Values, problems and matches of an import, given its row of imports.import."""
    mapping = load(tx, row["mapping"], row["about"])
    note("check", 0)
    values = take(tx, row["id"], mapping)
    problems = Problems(tx, values)
    problems.cells()
    rows = tx.value("SELECT count(*)::int FROM imp_v")
    note("match", rows)
    match = Match(tx, values, problems, dry=dry)
    for i in range(len(mapping.targets)):
        match.target(i)
    writes = Writes(tx, match, problems)
    for i in range(len(mapping.targets)):
        writes.collide(i)
        obey(writes, i)
    problems.close_rows()
    bad = tx.value("SELECT count(*)::int FROM imp_bad")
    return Examined(mapping, problems, match, writes, rows, bad)


def report(tx: Tx, row: Row, found: Examined, counts: dict[int, dict[str, int]], seconds: float) -> dict[str, Any]:
    """Counts per form, totals of amounts, problems by kind: what the client shows of a dry run and of a run."""
    catalog = forms.catalog(tx)
    targets = found.mapping.targets
    main = next((i for i, target in enumerate(targets) if target.main and target.form == row["form"]), len(targets) - 1)
    shown = [
        {"form": t.form, "label": catalog.form(t.form).label, "main": i == main, **counts[i]}
        for i, t in enumerate(targets)
        if i in counts
    ]
    return {
        "rows": found.rows, "good": found.good, "bad": found.bad, "targets": shown,
        "skipped": tx.value(f"SELECT count(*)::int FROM {rows_table(row['id'])} WHERE skip"),
        "sums": found.writes.sums(main), "main": targets[main].form, "key": list(targets[main].key),
        "problems": found.problems.summary(), "seconds": round(seconds, 2),
    }  # fmt: skip
