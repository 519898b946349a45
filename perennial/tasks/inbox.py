"""Pages of tasks: one's own, those put off, a team's, those that one gave to others.

A page begins behind the key of the last row of the one before, so it costs the same at any depth. Where names of
records are asked (a search, customers in order), these come from access, for the records of these tasks alone.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from perennial import access
from perennial.kernel import Invalid, Query, Row, Tx, render
from perennial.tasks.acts import team
from perennial.tasks.mine import COLUMNS, FROM, MINE, SNOOZED

View = Literal["mine", "later", "team"]
Due = Literal["overdue", "today", "week", "later", "undated"]
Sort = Literal["due", "priority", "customer", "new"]
MOST = 200
SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked. `kinds`: numbers of tasks.kind; `person`: of a team, whose (0: nobody's yet); `each`: of a team,
    at most so many of each person; `after`: of the page before."""

    view: View = "mine"
    due: Due | None = None
    kinds: Sequence[int] | None = None
    kind: str = ""
    form: str = ""
    priority: int | None = None
    claimable: bool = False
    search: str = ""
    person: int | None = None
    each: int | None = None
    sort: Sort = "due"
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    next: str | None


TEAM = "(t.assignee_id = ANY(%(team)s::bigint[]) OR t.assignee_id IS NULL AND t.candidates && %(team)s::bigint[])"
_DUE = "coalesce(t.due_at, 'infinity'::timestamptz)"
_BOUNDS: dict[str, str] = {
    "overdue": "t.due_at < %(now)s",
    "today": "t.due_at >= %(now)s AND t.due_at < %(tomorrow)s",
    "week": "t.due_at >= %(tomorrow)s AND t.due_at < %(beyond)s",
    "later": "t.due_at >= %(beyond)s",
    "undated": "t.due_at IS NULL",
}
# key expressions over t (the task) and n (its names), with their types
_KEYS: dict[str, list[tuple[str, str]]] = {
    "due": [(_DUE, "timestamptz"), ("t.id", "bigint")],
    "priority": [("-t.priority::int", "int"), (_DUE, "timestamptz"), ("t.id", "bigint")],
    "customer": [
        ("coalesce(encode(convert_to(n.customer, 'GB18030'), 'hex'), '~')", 'text COLLATE "C"'),
        (_DUE, "timestamptz"), ("t.id", "bigint"),
    ],
    "new": [("-t.id", "bigint")],
}  # fmt: skip


def moments(tx: Tx) -> dict[str, dt.datetime]:
    """When the day after today begins, and when the seven days after it are over; the end of this week, too."""
    midnight = dt.datetime.combine(tx.today, dt.time(), tx.zone)
    day = dt.timedelta(days=1)
    return {
        "tomorrow": midnight + day, "beyond": midnight + (SOON_DAYS + 1) * day,
        "monday": midnight + (7 - tx.today.weekday()) * day,
    }  # fmt: skip


def page(tx: Tx, wanted: Wanted) -> Page:
    """Open tasks as asked, each as `mine` gives it; `next` is None at the end.

    errors   Invalid tasks.after
    """
    tests, params = _tests(tx, wanted)
    named, keys = bool(wanted.search.strip()) or wanted.sort == "customer", _KEYS[wanted.sort]
    names = _names(tx, " AND ".join(tests), params) if named else Query("")
    join = "LEFT JOIN named n ON n.form = k.form AND n.id = t.record_id" if named else ""
    if wanted.search.strip():
        tests.append(
            "concat_ws(' ', n.title, n.customer, CASE WHEN n.id IS NOT NULL OR t.assignee_id = %(me)s THEN t.title END,"
            " k.label, k.label_en) ILIKE %(like)s"
        )
        words = wanted.search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        params["like"] = f"%{words}%"
    order = ", ".join(key for key, _ in keys)
    if wanted.after:
        params |= {f"after_{at}": one for at, one in enumerate(_after(wanted.after, keys))}
        given = ", ".join(f"%(after_{at})s::{kind}" for at, (_, kind) in enumerate(keys))
        tests.append(f"({order}) > ({given})")
    mark = ", ".join(f"({key})::text" for key, _ in keys)
    each = f", row_number() OVER (PARTITION BY t.assignee_id ORDER BY {order}) AS nth" if wanted.each else ""
    text = (
        f"{names.text} SELECT {COLUMNS}, jsonb_build_array({mark}) AS key{each} {FROM} {join}"
        f" WHERE {' AND '.join(tests)} ORDER BY {order}"
    )
    limit = max(1, min(wanted.limit, MOST))
    if wanted.each:
        text = f"SELECT * FROM ({text}) x WHERE nth <= %(each)s"
        params |= {"each": wanted.each}
        rows = tx.rows(text, {**params, **names.params})
    else:
        rows = tx.rows(text + " LIMIT %(limit)s", {**params, **names.params, "limit": limit + 1})
    more = not wanted.each and len(rows) > limit
    rows = rows[:limit] if more else rows
    last = json.dumps(rows[-1]["key"]) if more else None
    return Page([{name: value for name, value in row.items() if name not in ("key", "nth")} for row in rows], last)


def _tests(tx: Tx, wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    params: dict[str, Any] = {**moments(tx), "zone": tx.zone.key}
    tests = ["t.state = 'open'"]
    match wanted.view:
        case "mine":
            tests += [MINE, f"NOT {SNOOZED}"]
        case "later":
            tests += ["t.assignee_id = %(me)s", SNOOZED]
        case "team":
            tests.append(TEAM)
            params["team"] = team(tx)
    if wanted.person is not None:
        tests.append("t.assignee_id = %(person)s" if wanted.person else "t.assignee_id IS NULL")
        params["person"] = wanted.person
    if wanted.due:
        tests.append(_BOUNDS[wanted.due])
    if wanted.kinds is not None:
        tests.append("t.kind_id = ANY(%(kinds)s::int[])")
        params["kinds"] = list(wanted.kinds)
    for column in ("kind", "form"):
        if value := getattr(wanted, column):
            tests.append(f"k.{'key' if column == 'kind' else 'form'} = %({column})s")
            params[column] = value
    if wanted.priority is not None:
        tests.append("t.priority = %(priority)s")
        params["priority"] = wanted.priority
    if wanted.claimable:
        tests.append("t.assignee_id IS NULL")
    return tests, params


def _after(text: str, keys: list[tuple[str, str]]) -> list[str]:
    try:
        found = json.loads(text)
        assert isinstance(found, list) and len(found) == len(keys)  # pyright: ignore[reportUnknownArgumentType]
        return [_checked(str(one), kind) for one, (_, kind) in zip(found, keys, strict=True)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    except (ValueError, AssertionError) as error:
        raise Invalid("tasks.after", path="after") from error


def _checked(one: str, kind: str) -> str:
    if kind in ("bigint", "int") and not -(2**31 if kind == "int" else 2**63) <= int(one) < 2**63:
        raise ValueError(one)
    if kind == "timestamptz" and one != "infinity":
        dt.datetime.fromisoformat(one)
    if "\0" in one:
        raise ValueError(one)
    return one


def _names(tx: Tx, tests: str, params: dict[str, Any]) -> Query:
    """WITH named (form, id, title, customer): what the actor may read of these tasks' records, in one statement."""
    chosen = f"SELECT k.form, t.record_id {FROM} WHERE {tests}"
    forms = [row["form"] for row in tx.rows(f"SELECT DISTINCT form FROM ({chosen}) c ORDER BY form", params)]
    parts = [_of_form(tx, form) for form in forms if access.may(tx, "read", form)]
    if not parts:
        nothing = "SELECT NULL::text AS form, NULL::bigint AS id, NULL::text AS title, NULL::text AS customer LIMIT 0"
        return Query(f"WITH named AS ({nothing})")
    found = render(sa.union_all(*parts))
    return Query(f"WITH chosen AS MATERIALIZED ({chosen}), named AS MATERIALIZED ({found.text})", found.params)


def _of_form(tx: Tx, form: str) -> "sa.Select[Any]":
    rows = access.readable(tx, form)
    at = rows.source.table
    customer: Any = sa.cast(sa.null(), sa.Text)
    if form == "customer":
        customer = rows.label()
    elif "customer" in rows.readable_fields() and rows.catalog.field(form, "customer").kind == "relation":
        customer = rows.label(rows.source.parent("customer"))
    label, where = rows.label(), rows.where
    of = sa.table("chosen", sa.column("form", sa.Text), sa.column("record_id", sa.BigInteger))
    mine = sa.select(of.c.record_id).where(of.c.form == form)
    columns = [sa.literal(form, sa.Text).label("form"), at.c["id"].label("id"), label.label("title")]
    chosen = sa.select(*columns, sa.cast(customer, sa.Text).label("customer")).select_from(rows.from_)
    return chosen.where(where, at.c["id"].in_(mine))


_GIVEN = """
 WHERE h.by_id = %(me)s AND h.act = 'transfer' AND h.undone_at IS NULL
   AND NOT EXISTS (SELECT FROM tasks.history l WHERE l.task_id = h.task_id AND l.id > h.id AND l.by_id = %(me)s
                      AND l.act = 'transfer' AND l.undone_at IS NULL)
   AND t.assignee_id IS DISTINCT FROM %(me)s"""
_SENT = f"""
SELECT {COLUMNS}, h.id AS moved_id, h.at AS moved_at, h.note, q.name AS to_name
  {FROM.replace("FROM tasks.task t", "FROM tasks.history h JOIN tasks.task t ON t.id = h.task_id")}
  LEFT JOIN people.person q ON q.id = (h.became ->> 'assignee_id')::bigint
 {_GIVEN} AND (NOT %(open)s OR t.state = 'open') AND (%(after)s::bigint IS NULL OR h.id < %(after)s)
 ORDER BY h.id DESC LIMIT %(limit)s
"""


def sent(tx: Tx, *, open_only: bool = False, after: int | None = None, limit: int = 50) -> Page:
    """What the actor gave to others, latest first, however it went on: with moved_at, note, to_name (to whom then)."""
    limit = max(1, min(limit, MOST))
    params = {"open": open_only, "after": after, "limit": limit + 1, "zone": tx.zone.key}
    rows = tx.rows(_SENT, params)
    more = len(rows) > limit
    return Page(rows[:limit], str(rows[limit - 1]["moved_id"]) if more else None)


def sent_open(tx: Tx) -> int:
    """How many of those are still open."""
    text = f"SELECT count(*) FROM tasks.history h JOIN tasks.task t ON t.id = h.task_id {_GIVEN} AND t.state = 'open'"
    return int(tx.value(text))


_FIGURES = f"""
SELECT count(*) FILTER (WHERE here) AS open,
       count(*) FILTER (WHERE here AND {_BOUNDS["overdue"]}) AS overdue,
       count(*) FILTER (WHERE here AND {_BOUNDS["today"]}) AS today,
       count(*) FILTER (WHERE here AND {_BOUNDS["week"]}) AS week,
       count(*) FILTER (WHERE here AND {_BOUNDS["later"]}) AS later,
       count(*) FILTER (WHERE here AND {_BOUNDS["undated"]}) AS undated,
       count(*) FILTER (WHERE here AND t.assignee_id IS NULL) AS claimable,
       count(*) FILTER (WHERE NOT here) AS snoozed
  FROM (SELECT t.*, NOT {SNOOZED} AS here FROM tasks.task t WHERE t.state = 'open' AND {MINE}) t
"""


def figures(tx: Tx) -> Row:
    """How many of the actor's open tasks stand in each part; `snoozed` are in none of the others."""
    row = tx.one(_FIGURES, moments(tx))
    assert row is not None
    return row


def kinds_here(tx: Tx, view: View) -> list[Row]:
    """The kinds of the tasks in a view: kind_id, form, kind, label, label_en, n."""
    tests, params = _tests(tx, Wanted(view=view))
    return tx.rows(
        f"SELECT t.kind_id, k.form, k.key AS kind, k.label, k.label_en, count(*) AS n {FROM}"
        f" WHERE {' AND '.join(tests)} GROUP BY 1, 2, 3, 4, 5 ORDER BY n DESC, k.form, k.key LIMIT 200",
        params,
    )


def records_of(tx: Tx, ids: Sequence[int], *, seen: bool = False) -> list[Row]:
    """The records of these tasks: id, form, record_id, label. `seen`: only of the actor's and their team's."""
    return tx.rows(
        "SELECT t.id, k.form, t.record_id, k.label FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
        f" WHERE t.id IN (SELECT unnest(%(ids)s::bigint[])) AND (NOT %(seen)s OR {MINE} OR {TEAM})",
        {"ids": list(ids), "seen": seen, "team": team(tx)},
    )


def between(tx: Tx, person_id: int, since: dt.datetime, until: dt.datetime) -> tuple[dict[dt.date, int], list[Row]]:
    """A person's open tasks that are due in [since, until): how many on each day, and the first of them."""
    given = {"person": person_id, "since": since, "until": until, "zone": tx.zone.key, "limit": MOST}
    test = "t.state = 'open' AND t.assignee_id = %(person)s AND t.due_at >= %(since)s AND t.due_at < %(until)s"
    days = tx.rows(
        f"SELECT (t.due_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS n FROM tasks.task t WHERE {test}"
        " GROUP BY 1 ORDER BY 1",
        given,
    )
    rows = tx.rows(f"SELECT {COLUMNS} {FROM} WHERE {test} ORDER BY t.due_at, t.id LIMIT %(limit)s", given)
    return {row["day"]: row["n"] for row in days}, rows
