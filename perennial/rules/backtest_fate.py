"""What became of records: lost, kept, or open until a day, as the records themselves say today.

In:   the form of a rule
Out:  rows of `rules.backtest_fate`: of the record itself, of those that point to it, or of those that point where it
      points (the other contracts of its customer)
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from perennial import forms, formula
from perennial.kernel import Invalid, Tx
from perennial.rules.selects import Wanted, renamed, rendered

_FIELDS = (("lost", "yes_no"), ("lost_on", "date"), ("kept", "yes_no"), ("kept_on", "date"), ("open", "yes_no"),
           ("until", "date"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a loss stands: formulas over `form`. `lost_on`, `kept_on` '': the day of the last change that says it."""

    form: str
    lost: str
    lost_on: str = ""
    reason: str = ""
    kept: str = ""
    kept_on: str = ""
    open: str = ""
    until: str = ""


USUAL = (
    Outcome("contract", 'status = "lost"', "lost_on", "churn_reason", 'status = "renewed"', "renewed_on",
            'AND(status <> "renewed", status <> "lost")', "end_date"),
    Outcome("customer", 'status = "gone"'),
)  # fmt: skip


def usual(tx: Tx, form: str) -> list[Outcome]:
    """What counts as lost for records of this form: those of `USUAL` that have these fields and belong to it."""
    return [one for one in USUAL if _known(tx, one) and _tie(tx, one.form, form) is not None]


def _known(tx: Tx, one: Outcome) -> bool:
    catalog = forms.catalog(tx)
    if one.form not in catalog:
        return False
    try:
        for name, kind in _FIELDS:
            if text := getattr(one, name):
                formula.check(text, catalog.scope(one.form), kind)  # type: ignore[arg-type]
        if one.reason:
            formula.check(one.reason, catalog.scope(one.form))
    except Invalid:
        return False
    return True


def _tie(tx: Tx, form: str, of: str) -> tuple[str, str] | None:
    """(the path from `form`, the path from `of`) that lead to the same record; '' is the record itself."""
    catalog = forms.catalog(tx)
    if form == of:
        return "", ""
    relations = {key: [one for one in catalog.form(key).fields if one.kind == "relation"] for key in (form, of)}
    for one in relations[form]:
        if one.to == of:
            return one.key, ""
    for two in relations[of]:
        if two.to == form:
            return "", two.key
    pairs = ((one, two) for two in relations[of] for one in relations[form] if one.to == two.to)
    return next(((one.key, two.key) for one, two in pairs), None)


def keep(tx: Tx, backtest: int, form: str, outcomes: Sequence[Outcome]) -> None:
    """Everything that became of records of this form since the first day of the backtest."""
    for at, one in enumerate(outcomes):
        _keep(tx, backtest, form, at, one)


def _keep(tx: Tx, backtest: int, form: str, at: int, one: Outcome) -> None:
    tie = _tie(tx, one.form, form)
    assert tie is not None
    columns = {name: Wanted(text, kind) for name, kind in _FIELDS if (text := getattr(one, name))}
    columns |= {"reason": Wanted(one.reason)} if one.reason else {}
    columns |= {"tie": Wanted(tie[0])} if tie[0] else {}
    theirs = rendered(tx, one.form, columns)
    ours = renamed(rendered(tx, form, {"tie": Wanted(tie[1])} if tie[1] else {}), "ours")
    reason = "r.reason" if one.reason else "NULL"
    kinds = [f"('lost', r.lost, {_day(tx, one, one.lost_on and 'r.lost_on', one.lost)}, {reason}::text)"]
    if one.kept:
        kinds.append(f"('kept', r.kept, {_day(tx, one, one.kept_on and 'r.kept_on', one.kept)}, NULL)")
    if one.open and one.until:
        kinds.append("('open', r.open, r.until, NULL)")
    tx.run(
        "INSERT INTO rules.backtest_fate (backtest_id, record_id, source, source_id, kind, day, reason)"
        " SELECT b.id, o.rid, %(at)s, r.rid, k.kind, k.day, k.reason"
        f" FROM rules.backtest b CROSS JOIN ({theirs.text}) r"
        f" JOIN ({ours.text}) o ON {'o.tie' if tie[1] else 'o.rid'} = {'r.tie' if tie[0] else 'r.rid'}"
        f" CROSS JOIN LATERAL (VALUES {', '.join(kinds)}) k (kind, so, day, reason)"
        " WHERE b.id = %(backtest)s AND k.so AND k.day IS NOT NULL AND (k.kind = 'open' OR k.day >= b.since_on)",
        {**theirs.params, **ours.params, "at": at, "backtest": backtest},
    )


def _day(tx: Tx, one: Outcome, column: str, text: str) -> str:
    """SQL: the day that the record says, else that of the last change of the fields that say it."""
    catalog = forms.catalog(tx)
    fields = sorted({path for path in formula.check(text, catalog.scope(one.form)).reads if "." not in path})
    listed = ", ".join(f"'{field}'" for field in fields)
    changed = (
        "(SELECT max(t.day) FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id"
        f" WHERE c.form_id = {catalog.id(one.form)} AND c.record_id = r.rid"
        f" AND (c.op = 'I' OR c.fields && ARRAY[{listed}]::text[]))"
    )
    return f"coalesce({column}, {changed})" if column else changed


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    return [asdict(one) for one in outcomes]
