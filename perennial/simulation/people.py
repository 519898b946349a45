"""The assumption about people: what each kind of task takes, and how it ends.

`median`: every task is done after the median time that tasks of its kind took, by their most frequent outcome; a field
that it must fill in gets the most frequent value of the records whose task was done. A kind without history takes the
workdays until it is due, and its first outcome.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from perennial import access, forms, processes
from perennial.kernel import SYSTEM, Database, Reason, Tx, statements

_SQL = statements(__file__, "people.sql")


@dataclass(frozen=True, slots=True)
class Habit:
    """How tasks of one kind are done. `seen`: how many of them the median comes from."""

    form: str
    key: str
    label: str
    days: float
    outcome: str | None
    seen: int
    values: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "values"}


def habits(tx: Tx) -> list[Habit]:
    """One per kind of task that a published process has."""
    found: list[Habit] = []
    for row in tx.rows(_SQL["habits"]):
        outcomes = row["outcomes"]
        usual = row["outcome"] if row["seen"] else None
        outcome = usual if usual in {one["key"] for one in outcomes} else (outcomes[0]["key"] if outcomes else None)
        chosen = next((one for one in outcomes if one["key"] == outcome), {"fill": []})
        wanted = [one["field"] for one in [*row["fill"], *chosen["fill"]]]
        values = {field: value for field in wanted if (value := _usual(tx, row, field)) is not None}
        days = float(row["days"]) if row["seen"] else 3.0
        found.append(Habit(row["form"], row["key"], row["label"], round(days, 1), outcome, row["seen"], values))
    return found


def _usual(tx: Tx, row: dict[str, Any], key: str) -> Any:
    """The most frequent value of a select among the records whose task was done; dates and amounts are left to the
    process, which knows its defaults."""
    field = forms.catalog(tx).field(row["form"], key)
    if field.kind == "date":
        return "today"
    if field.kind != "select":
        return None
    source = access.everything(tx, row["form"]).source
    value = source.field(key)
    ids = (
        sa.text(_SQL["done_records"])
        .columns(sa.column("record_id", sa.BigInteger))
        .bindparams(form=row["form"], key=row["key"])
    )
    query = (
        sa.select(value.label("value"))
        .select_from(source.from_)
        .where(source.field("id").in_(sa.select(ids.subquery("d").c.record_id)), value.is_not(None))
        .group_by(value)
        .order_by(sa.func.count().desc(), value)
        .limit(1)
    )
    usual = tx.value(query)
    return usual if usual is not None else (field.options[0].key if field.options else None)


def act(database: Database, known: list[Habit]) -> int:
    """Every task whose time has come is done, a set per kind; how many."""
    done = 0
    for habit in known:
        with database.begin(SYSTEM, Reason("simulation", {"task": habit.key})) as tx:
            before = tx.now - dt.timedelta(days=habit.days)
            ids = [row["id"] for row in tx.rows(_SQL["ripe"], {"form": habit.form, "key": habit.key, "before": before})]
            if ids:
                values = {field: tx.today if value == "today" else value for field, value in habit.values.items()}
                done += processes.finish_set(tx, ids, habit.outcome, values)
    return done
