"""The assumption about people: what each kind of task takes, and how it ends.

`nobody`: no task is done. `median`: every task is done after the median time that tasks of its kind took, by their most
frequent outcome; a kind without history takes three days, and its first outcome. `script`: after the days and by the
outcome that the script names; a kind that it does not name is not done. In each case a field that must be filled in
gets the most frequent value of the records whose task was done. A signer decides; `returned` and `straight` send each
instance back once, to the nearest step before, over again or straight; then it is approved. Besides, a script may say
that records are changed on a day (`Edit`).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from perennial import access, forms, processes
from perennial.kernel import SYSTEM, Database, Invalid, Reason, Row, Tx, statements

UNKNOWN_DAYS = 3.0  # a kind that nobody has done yet
MOST_DAYS = 366
RETURNED = ("returned", "straight")
_SQL = statements(__file__, "people.sql")
_WAYS_BACK = (
    {"key": "returned", "label": "退回一次，重走", "label_en": "Sent back once, over again", "fill": []},
    {"key": "straight", "label": "退回一次，直达", "label_en": "Sent back once, straight", "fill": []},
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A way to end a task."""

    key: str
    label: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Habit:
    """How tasks of one kind are done. `seen`: how many of them the median comes from. `approval`: they are votes."""

    form: str
    key: str
    label: str
    label_en: str
    approval: bool
    days: float
    outcome: str | None
    seen: int
    outcomes: tuple[Outcome, ...]
    values: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        chosen = next((one for one in self.outcomes if one.key == self.outcome), None)
        told = {name: value for name, value in asdict(self).items() if name not in ("values", "outcomes")}
        return {
            **told,
            "outcome_label": chosen.label if chosen else None,
            "outcome_label_en": (chosen.label_en or chosen.label) if chosen else None,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a script: tasks of this kind are done after so many days, by this outcome (None: the first)."""

    form: str
    key: str
    days: float
    outcome: str | None = None


def habits(tx: Tx, drawn: processes.Process | None = None) -> list[Habit]:
    """One per kind of task that a published process has: its history.

    drawn  a definition that is not published here: what it asks of people beside that
    """
    return [_habit(tx, row) for row in _rows(tx, drawn)]


def scripted(tx: Tx, script: Sequence[Line], drawn: processes.Process | None = None) -> list[Habit]:
    """What the script says, and how often each kind was seen.

    errors  Invalid simulation.no_kind · simulation.no_outcome · simulation.days · simulation.twice, each with its line
    """
    rows = {(row["form"], row["key"]): row for row in _rows(tx, drawn)}
    found: dict[tuple[str, str], Habit] = {}
    for at, line in enumerate(script):
        path, row = f"script[{at}]", rows.get((line.form, line.key))
        if row is None:
            raise Invalid("simulation.no_kind", path=f"{path}.key", kind=line.key, form=line.form)
        if (line.form, line.key) in found:
            raise Invalid("simulation.twice", path=path, kind=row["label"])
        outcomes = [one["key"] for one in row["outcomes"]]
        if line.outcome is not None and line.outcome not in outcomes:
            known = "、".join(one["label"] for one in row["outcomes"])
            raise Invalid(
                "simulation.no_outcome", path=f"{path}.outcome", outcome=line.outcome, kind=row["label"], known=known
            )
        if not 0 <= line.days <= MOST_DAYS:
            raise Invalid("simulation.days", path=f"{path}.days", days=line.days, kind=row["label"], most=MOST_DAYS)
        wanted = line.outcome or (outcomes[0] if outcomes else None)
        found[line.form, line.key] = replace(_habit(tx, row, wanted), days=line.days)
    return list(found.values())


def _rows(tx: Tx, drawn: processes.Process | None) -> list[Row]:
    known = tx.rows(_SQL["habits"])
    for row in known:
        row["outcomes"] = [*row["outcomes"], *(_WAYS_BACK if row["approval"] else ())]
    if drawn is None:
        return known
    asked = {(drawn.form, one["key"]): one for one in processes.asks(drawn)}
    for row in known:  # what the draft asks there counts, with the history of the kind
        row |= _drawn(drawn.form, asked.pop((row["form"], row["key"]), {}))
    none: Row = {"seen": 0, "days": 0, "outcome": None}
    return known + [{**none, **_drawn(drawn.form, one)} for one in asked.values()]


def _drawn(form: str, one: Row) -> Row:
    return {} if not one else {
        **one, "form": form, "outcomes": [*one["outcomes"], *(_WAYS_BACK if one["approval"] else ())],
    }  # fmt: skip


def _habit(tx: Tx, row: dict[str, Any], wanted: str | None = None) -> Habit:
    outcomes = tuple(Outcome(one["key"], one["label"], one.get("label_en", "")) for one in row["outcomes"])
    usual = wanted or (row["outcome"] if row["seen"] else None)
    outcome = usual if usual in {one.key for one in outcomes} else (outcomes[0].key if outcomes else None)
    chosen = next((one for one in row["outcomes"] if one["key"] == outcome), {"fill": []})
    fields = [one["field"] for one in [*row["fill"], *chosen["fill"]]]
    values = {field: value for field in fields if (value := _usual(tx, row, field)) is not None}
    days = float(row["days"]) if row["seen"] else UNKNOWN_DAYS
    return Habit(
        row["form"], row["key"], row["label"], row["label_en"], row["approval"], round(days, 1), outcome, row["seen"],
        outcomes, values,
    )  # fmt: skip


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


def act(database: Database, known: Sequence[Habit]) -> int:
    """Every task whose time has come is done, a set per kind; how many."""
    done = 0
    for habit in known:
        with database.begin(SYSTEM, Reason("simulation", {"task": habit.key})) as tx:
            before = tx.now - dt.timedelta(days=habit.days)
            ids = [row["id"] for row in tx.rows(_SQL["ripe"], {"form": habit.form, "key": habit.key, "before": before})]
            outcome = habit.outcome
            if ids and outcome in RETURNED:
                votes = [row["vote"] for row in tx.rows(_SQL["to_send_back"], {"tasks": ids})]
                done += processes.approving.send_back_each(tx, votes, "redo" if outcome == "returned" else outcome)
                outcome = "approved"
            if ids:
                values = {field: tx.today if value == "today" else value for field, value in habit.values.items()}
                done += processes.finish_set(tx, ids, outcome, values)
    return done
