"""What a decision table that is being drawn would have answered for the records of its form, beside what is in force.

In:   the draft; its form, and for every input where the value comes from
Out:  how often each rule is hit, how many answers change or are missing, with records to look at
Both tables answer by SQL, the draft by rows that are rolled back. Only records that the reader may read are counted,
those of a year; of very many the newest `MOST`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from psycopg import Rollback

from perennial import formula
from perennial.access import Rows, readable
from perennial.forms import decisions
from perennial.formula import Deciding, Scope
from perennial.kernel import Invalid, Tx, render

MOST = 20_000  # records
SHOWN, CASES = 5, 20  # of each kind; kinds


@dataclass(frozen=True, slots=True)
class Case:
    """Records that both tables treat alike: `now` and `drawn` are rules, from 1; (0,): the answer without a hit.
    `some`: the newest few, (number, name)."""

    count: int
    same: bool
    now: tuple[int, ...] | None
    drawn: tuple[int, ...]
    some: list[tuple[int, str]]


@dataclass(slots=True)
class Effect:
    """`hits`: rule, from 1 -> records. `missing`: no rule, and nothing said for that. `compared`: with one in force."""

    form: str
    total: int = 0
    whole: bool = True
    compared: bool = False
    hits: dict[int, int] = field(default_factory=dict[int, int])
    same: int = 0
    otherwise: int = 0
    missing: int = 0
    cases: list[Case] = field(default_factory=list[Case])


def effect(tx: Tx, decision: decisions.Decision) -> Effect:
    """errors: Invalid decisions.no_form, when it does not say whose records it is asked about and how · the first cell
    that cannot be read · Missing when the reader may not read the form"""
    if decision.form is None or not all(one.formula for one in decision.inputs):
        raise Invalid("decisions.no_form", path="form")
    rows = readable(tx, decision.form)
    now = rows.catalog.decisions.get(decision.key)
    found: list[dict[str, Any]] = []
    with tx.savepoint():
        draft = decisions.written(tx, decision)
        found += tx.rows(render(_grouped(rows, draft, now)), {"since": _a_year_ago(tx)})
        raise Rollback
    told = _told(decision, found, compared=now is not None)
    names = _names(tx, rows, [number for case in told.cases[:CASES] for number, _ in case.some])
    told.cases = [replace(one, some=[(at, names.get(at, str(at))) for at, _ in one.some]) for one in told.cases[:CASES]]
    return told


def _a_year_ago(tx: Tx) -> Any:
    return tx.value("SELECT %(now)s::timestamptz - interval '1 year'")


def _told(decision: decisions.Decision, found: Sequence[dict[str, Any]], *, compared: bool) -> Effect:
    told = Effect(decision.form or "", compared=compared)
    for row in found:
        drawn = tuple(row["drawn"] or ())
        case = Case(row["count"], row["same"], None if row["now"] is None else tuple(row["now"]), drawn,
                    [(one, "") for one in row["ids"][:SHOWN]])  # fmt: skip
        told.total += case.count
        told.same += case.count if case.same else 0
        told.missing += case.count if drawn == () else 0
        told.otherwise += case.count if drawn == (0,) else 0
        for rule in drawn:
            if rule:
                told.hits[rule] = told.hits.get(rule, 0) + case.count
        if not case.same or drawn == ():
            told.cases.append(case)
    told.cases.sort(key=lambda case: (case.drawn != (), -case.count))
    told.whole = told.total < MOST
    return told


def _grouped(rows: Rows, draft: Deciding, now: Deciding | None) -> sa.Select[Any]:
    """A row per pair of what both hit."""
    source = rows.source
    shared = [one.key for one in draft.outputs if now is not None and one.key in {other.key for other in now.outputs}]
    columns = [source.field("id").label("id"), *_asked(rows, draft, "drawn", shared)]
    if now is not None:
        columns += _asked(rows, now, "now", shared)
    since = source.field("created_at") >= sa.bindparam("since", type_=sa.DateTime(timezone=True))
    newest = (
        sa.select(*columns).select_from(rows.from_).where(rows.where, since)
        .order_by(source.field("id").desc()).limit(MOST).cte("asked").prefix_with("MATERIALIZED")
    )  # fmt: skip
    c = newest.c
    same = sa.literal_column("true") if now is None else c.answer_drawn.is_not_distinct_from(c.answer_now)
    was = (
        sa.cast(sa.null(), sa.ARRAY(sa.Integer()))
        if now is None
        else sa.func.coalesce(c.now, sa.literal_column("'{}'::int[]"))
    )
    ids = sa.func.array_agg(sa.text("asked.id ORDER BY asked.id DESC"), type_=sa.ARRAY(sa.BigInteger()))
    grouped = (
        sa.select(c.drawn, was.label("now"), same.label("same"), sa.func.count().label("count"), ids.label("ids"))
        .group_by(sa.text("1"), sa.text("2"), sa.text("3")).cte("grouped")
    )  # fmt: skip
    return sa.select(*grouped.c).order_by(grouped.c.count.desc())  # pyright: ignore[reportReturnType]


def _names(tx: Tx, rows: Rows, ids: Sequence[int]) -> dict[int, str]:
    """Of a few records what they are called."""
    number = rows.source.field("id")
    named = sa.select(number.label("id"), rows.label().label("label")).select_from(rows.from_)
    known = tx.rows(render(named.where(rows.where, number.in_(ids)))) if ids else []
    return {row["id"]: row["label"] for row in known}


def _asked(rows: Rows, table: Deciding, name: str, shared: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    """The rules that are hit, and the answers that both tables give, as text."""
    scope = _With(rows.scope, table)
    typed = [formula.check(f'DECIDE("{table.key}.{key}")', scope) for key in shared]
    first = typed[0] if typed else formula.check(f'DECIDE("{table.key}.{table.outputs[0].key}")', scope)
    answers = [sa.cast(formula.compile(one, rows.source), sa.Text()) for one in typed]
    return [
        formula.rules_hit(first, rows.source).label(name),
        sa.func.json_build_array(*answers).cast(sa.Text()).label(f"answer_{name}"),
    ]


class _With:
    """A scope in which one table is another version of itself."""

    def __init__(self, inner: Scope, table: Deciding) -> None:
        self._inner, self._table = inner, table

    @property
    def form(self) -> str:
        return self._inner.form

    def field(self, name: str) -> Any:
        return self._inner.field(name)

    def relation(self, name: str) -> Any:
        return self._inner.relation(name)

    def collection(self, name: str) -> Any:
        return self._inner.collection(name)

    def fields(self) -> Any:
        return self._inner.fields()

    def collections(self) -> Any:
        return self._inner.collections()

    def other(self, name: str) -> Any:
        return self._inner.other(name)

    def readings(self, key: str, period: str) -> Any:
        return self._inner.readings(key, period)

    def decision(self, name: str) -> Deciding | None:
        return self._table if name in (self._table.key, self._table.label) else self._inner.decision(name)
