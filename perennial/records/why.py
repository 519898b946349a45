"""Why a formula gives what it gives for one record, told to one reader.

The values are those of the published formula, over all rows. A part that reads a field, a record or rows that this
reader may not see is left out and counted.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from perennial import formula
from perennial.access import Rows, everything, readable
from perennial.formula import Change, Explained
from perennial.kernel import Missing, Tx

Path = tuple[str, ...]


@dataclass(slots=True)
class Why:
    """One part: its text with keys, its value, and why it is blank. `label`: of a field, in the words of its form."""

    text: str
    kind: str
    value: Any
    parts: list["Why"]
    label: str | None = None
    path: Path = ()
    why: str | None = None
    hidden: int = 0
    flips: list[list[Change]] = field(default_factory=list[list[Change]])


def explain(tx: Tx, form: str, record_id: int, text: str) -> Why:
    """The tree of `text` (a formula, or the key of a computed field) with every value at this moment.

    errors   Missing when the actor may not see the record · Invalid formula.… for a formula they may not write
    """
    rows = readable(tx, form)
    formula.check(text, rows.scope)  # who may not name it may not ask about it
    typed = formula.check(text, rows.catalog.scope(form))
    if not 0 < record_id < 2**63 or tx.one(_one(readable(tx, form), record_id)) is None:
        raise Missing("records.missing")
    found = formula.explain(typed, everything(tx, form).source, tx, record_id)
    if found is None:
        raise Missing("records.missing")
    return _Reader(tx, form, record_id).told(found)


def _one(rows: Rows, record_id: int, *columns: Any) -> Any:
    where = rows.where
    chosen = columns or (rows.source.table.c.id,)
    return select(*chosen).select_from(rows.from_).where(where, rows.source.table.c.id == record_id)


class _Reader:
    """What this reader sees from one record: which paths, and through which relations."""

    def __init__(self, tx: Tx, form: str, record_id: int) -> None:
        self.tx, self.form, self.record_id = tx, form, record_id
        self.rows = readable(tx, form)
        self._there: dict[Path, bool] = {}

    def told(self, part: Explained) -> Why:
        shown = [one for one in part.parts if self._sees(one)]
        flips = [way for way in part.flips if all(self._sees_path(change.path) for change in way if change.path)]
        return Why(
            part.text, part.kind, part.value, [self.told(one) for one in shown], self._label(part.path), part.path,
            part.why, len(part.parts) - len(shown), flips,
        )  # fmt: skip

    def _sees(self, part: Explained) -> bool:
        if part.path:  # a field is a published fact with a grant of its own, whatever it reads
            return self._sees_path(part.path)
        return all(self._sees_path(tuple(read.split("."))) for read in part.reads)

    def _sees_path(self, path: Path) -> bool:
        rows, way = self.rows, ()
        for key in path[:-1]:
            collection = rows.scope.collection(key)
            relation = rows.scope.relation(key)
            way = (*way, key)
            if relation is not None and self._reaches(way):
                rows = readable(self.tx, relation.form)
            elif collection is not None and self._all_rows(collection.scope.form):
                rows = readable(self.tx, collection.scope.form)
            else:
                return False
        return rows.scope.field(path[-1]) is not None or rows.scope.collection(path[-1]) is not None

    def _all_rows(self, form: str) -> bool:
        """A count over rows of which some are hidden would tell of them."""
        view = self.rows.view
        return view.everything or any(grant.rows == "all" for grant in view.grants(form, "read"))

    def _reaches(self, way: Path) -> bool:
        """The related record at the end of `way` is one that the reader may see, or there is none."""
        if way not in self._there:
            rows = readable(self.tx, self.form)
            source, blank = rows.source, rows.source
            for key in way:
                blank, source = source, source.parent(key)
            statement = _one(
                rows, self.record_id, source.table.c.id.label("there"), blank.field(way[-1]).label("named")
            )
            row = self.tx.one(statement)
            self._there[way] = row is not None and (row["there"] is not None or row["named"] is None)
        return self._there[way]

    def _label(self, path: Path) -> str | None:
        if not path:
            return None
        scope = self.rows.catalog.scope(self.form)
        labels: list[str] = []
        for key in path:
            info = scope.field(key)
            collection = scope.collection(key)
            labels.append(info.label if info else collection.label if collection else key)
            scope = scope.relation(key) or (collection.scope if collection else scope)
        return " · ".join(labels)
