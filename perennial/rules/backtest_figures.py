"""A backtest as one reader sees it: figures, weeks, records, each counted over the records that they may read.

firing      a row that would have acted (`fired`, `late`); held, skipped and gap rows are counted apart
lost        records that were lost 1 to `horizon_days` days after one of their firings
precision   lost / records that fired
caught      records lost between the first and the last day with a firing 1 to `horizon_days` days before
recall      caught / records lost between the first and the last day
lead_days   median over `lost`: days from the first firing that a loss followed in time to the first loss after it
waiting     fired, not lost, and the last firing is less than `horizon_days` days ago: it may still come
tasks       new tasks, one per firing and task action; a week is seven days from the first day on
A share of nothing is None, shown as a dash. Records that are gone, and losses told by records that the reader may not
read, do not count.
"""

import datetime as dt
from typing import Any, Literal

import sqlalchemy as sa

from perennial import access, forms, formula, records
from perennial.kernel import Invalid, Query, Row, Tx, render, statements
from perennial.rules.board import both
from perennial.rules.load import load
from perennial.rules.selects import renamed

What = Literal["all", "lost", "renewed", "active", "gaps"]
MOST = 200
_SQL = statements(__file__, "backtest_figures.sql")
COMPARED = ("firings", "records", "lost", "precision", "lost_in_period", "caught", "recall", "lead_days", "tasks",
            "tasks_per_week", "tasks_per_person_week", "gaps")  # fmt: skip


def readable(tx: Tx, form: str, mark: str) -> Query:
    """The ids that the actor may read."""
    rows = access.readable(tx, form)
    key, where = rows.source.field("id").label("id"), rows.where
    return renamed(render(sa.select(key).select_from(rows.from_).where(where)), mark)


def _base(tx: Tx, run: Row, variant: int) -> tuple[str, dict[str, Any]]:
    """The statement's first CTEs: `seen`, `fate`, `firing` (every row of the variant), `fired`, `hit`."""
    params: dict[str, Any] = {
        "id": run["id"], "variant": variant, "horizon": run["horizon_days"], "since": run["since_on"],
        "until": run["until_on"], "asked": run["asked_at"].astimezone(tx.zone).date(),
    }  # fmt: skip
    nobody = Query("SELECT 0::bigint AS id", {})
    seen = readable(tx, run["form"], "seen") if access.may(tx, "read", run["form"]) else nobody
    told: list[str] = []
    for at, outcome in enumerate(run["outcome"]):
        if _tells(tx, outcome):
            theirs = readable(tx, outcome["form"], f"told{at}")
            params |= theirs.params
            reason = "f.reason" if _may(tx, outcome["form"], outcome["reason"]) else "NULL"
            told.append(
                f"SELECT f.record_id, f.kind, f.day, {reason}::text AS reason, f.source FROM rules.backtest_fate f"
                f" WHERE f.backtest_id = %(id)s AND f.source = {at} AND f.source_id IN ({theirs.text})"
            )
    none = (
        "SELECT NULL::bigint AS record_id, ''::text AS kind, NULL::date AS day, ''::text AS reason, 0 AS source"
        " WHERE false"
    )
    text = _SQL["base"].rstrip("; \n").replace("{seen}", seen.text).replace("{told}", " UNION ALL ".join(told) or none)
    return text, {**seen.params, **params}


def _tells(tx: Tx, outcome: Row) -> bool:
    """The reader may read what says that something was lost."""
    return all(_may(tx, outcome["form"], outcome[name]) for name in ("lost", "lost_on"))


def _may(tx: Tx, form: str, text: str) -> bool:
    if not access.may(tx, "read", form):
        return False
    try:
        if text:
            formula.check(text, access.readable(tx, form).scope)
    except Invalid:
        return False
    return True


def known(tx: Tx, run: Row) -> list[Row]:
    """The outcomes that the reader may see."""
    return [one for one in run["outcome"] if _tells(tx, one)]


def figures(tx: Tx, run: Row, variant: int) -> Row:
    """The figures above. What needs a loss is None where nobody knows of losses, or not this reader."""
    text, params = _base(tx, run, variant)
    row = tx.one(text + _SQL["figures"], params)
    assert row is not None
    weeks = ((run["until_on"] - run["since_on"]).days + 1) / 7
    told = bool(known(tx, run))
    found: Row = {**row, "tasks_per_week": round(row["tasks"] / weeks, 2),
                  "tasks_per_person_week": _share(row["tasks"], row["people"] * weeks, 2),
                  "precision": _share(row["lost"], row["records"]),
                  "recall": _share(row["caught"], row["lost_in_period"])}  # fmt: skip
    if not told:
        found |= dict.fromkeys(("lost", "precision", "lost_in_period", "caught", "recall", "lead_days", "waiting"))
    return found


def _share(part: int, whole: float, digits: int = 4) -> float | None:
    return round(part / whole, digits) if whole else None


def differences(first: Row, second: Row) -> Row:
    """The second minus the first; None where one of them is."""
    return {
        name: None if first[name] is None or second[name] is None else round(second[name] - first[name], 4)
        for name in COMPARED
    }


def weeks(tx: Tx, run: Row, variant: int) -> list[Row]:
    """Each week from the first day on: firings, and those of them that a loss followed in time."""
    text, params = _base(tx, run, variant)
    return tx.rows(text + _SQL["weeks"], params)


def counts(tx: Tx, run: Row, variant: int) -> Row:
    """How many records stand under each `What`."""
    text, params = _base(tx, run, variant)
    row = tx.one(text + _SQL["counts"], params)
    assert row is not None
    return row


def page(tx: Tx, run: Row, variant: int, what: What = "all", *, offset: int = 0, limit: int = 50) -> list[Row]:
    """Records that fired (of `gaps`: whose reading was missing), newest first: the first firing with what was read,
    whose it was, every firing, and what became of the record afterwards."""
    text, params = _base(tx, run, variant)
    rows = tx.rows(text + _SQL["page"], {**params, "what": what, "offset": offset, "limit": min(limit, MOST)})
    known_by = titles(tx, run["form"], [row["record_id"] for row in rows])
    shown: dict[str, bool] = {}
    for row in rows:
        row["title"] = known_by.get(row["record_id"])
        kept = {}
        for one, value in (row["facts"] or {}).items():
            if shown.setdefault(one, _may(tx, run["form"], one)):
                kept[one] = value
        row["facts"] = kept
        row["reason_label"], row["reason_label_en"] = _label(tx, run, row)
    return rows


def titles(tx: Tx, form: str, ids: list[int]) -> dict[int, str | None]:
    if not ids:
        return {}
    rows = access.readable(tx, form)
    key, title, where = rows.source.field("id").label("id"), rows.label().label("title"), rows.where
    found = tx.rows(sa.select(key, title).select_from(rows.from_).where(where, rows.source.field("id").in_(ids)))
    return {row["id"]: row["title"] for row in found}


def _label(tx: Tx, run: Row, row: Row) -> tuple[str | None, str | None]:
    """The words of a reason that is an option."""
    if row["reason"] is None:
        return None, None
    outcome = run["outcome"][row["source"]]
    field = forms.catalog(tx).form(outcome["form"]).field(outcome["reason"])
    option = next((one for one in field.options if one.key == row["reason"]), None) if field else None
    return (option.label, option.label_en) if option else (row["reason"], None)


def why(tx: Tx, run: Row, variant: int, record_id: int, at: dt.datetime) -> records.Why | None:
    """The condition with every value as it was when it fired; None where it reads what the reader may not, or asks how
    a change was, or nothing fired for the record then."""
    rule = load(run["definitions"][variant])
    row = tx.one(_SQL["fired"], {"id": run["id"], "variant": variant, "record": record_id, "at": at})
    if row is None:
        return None
    texts = [text for text in (rule.condition, rule.step(row["step"]).condition) if text]
    try:
        with forms.reading(tx, forms.past(tx, int(row["place"])), row["at"].astimezone(tx.zone)):
            return records.explain(tx, rule.form, record_id, both(texts))
    except Invalid:
        return None
