"""The two shipped rules over rows of the change log and readings, in Python, for comparison. Nothing of ours is used.

A record is a list of (moment, row after it or None); a reading is a number on a Sunday.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

Row = Mapping[str, Any]
States = list[tuple[dt.datetime, Row | None]]
Firing = tuple[int, dt.datetime, str, str]  # record, moment, step, outcome or why not
STEPS = (("t30", 30), ("t15", 15), ("t7", 7))
NINE = dt.time(9)


def states(now: Iterable[Row], changes: Iterable[Row], first: dt.datetime) -> dict[int, States]:
    """From the rows of today back, a transaction at a time. `changes`: record_id, transaction_id, op, before, at."""
    found: dict[int, States] = {row["id"]: [] for row in now}
    standing: dict[int, dict[str, Any] | None] = {row["id"]: dict(row) for row in now}
    by_record: dict[int, dict[int, list[Row]]] = {}
    for one in sorted(changes, key=lambda one: one["id"]):
        by_record.setdefault(one["record_id"], {}).setdefault(one["transaction_id"], []).append(one)
    for record, transactions in by_record.items():
        for changed in reversed(list(transactions.values())):
            after = standing[record]
            found[record].append((changed[0]["at"], None if after is None else dict(after)))
            for one in reversed(changed):
                standing[record] = None if one["op"] == "I" else {**(standing[record] or {}), **(one["before"] or {})}
    for record, row in standing.items():
        found[record].append((first, row))
        found[record].reverse()
    return found


def reminders(
    contracts: Mapping[int, States], paid: Mapping[int, list[tuple[dt.datetime, float]]], since: dt.datetime,
    until: dt.datetime,
) -> list[Firing]:  # fmt: skip
    """30, 15 and 7 days before the end while the customer has not confirmed."""
    return [
        one for record, told in contracts.items() for one in _of_one(record, told, paid.get(record, []), since, until)
    ]


def _of_one(
    record: int, told: States, paid: list[tuple[dt.datetime, float]], since: dt.datetime, until: dt.datetime
) -> Iterable[Firing]:
    ends = {day(row["end_date"]) for _, row in told if row is not None}
    moments = [(due(end, days, since), 0) for end in ends for _, days in STEPS] + [(at, 1) for at, _ in told]
    decided: set[tuple[dt.date, str]] = set()
    fired: list[tuple[str, dt.date]] = []
    for moment, kind in sorted({one for one in moments if since < one[0] <= until}):
        row = next((row for at, row in reversed(told) if at < moment or (kind and at == moment)), None)
        if row is None or row.get("deleted_at"):
            continue
        end, start = day(row["end_date"]), day(row["start_date"])
        passed = [(due(end, days, since), step) for step, days in STEPS if due(end, days, since) <= moment]
        for at, step in sorted(passed):
            if at <= since or (end, step) in decided:
                continue
            decided.add((end, step))
            money = sum(amount for when, amount in paid if when < moment or (kind and when == moment))
            if at < max(passed)[0]:
                said = "passed_over"
            elif end < moment.date():
                said = "date_passed"
            elif at.date() < start:
                said = "before_start"
            elif not wanted(row, money):
                said = "condition"
            elif any(key == step and other != end and abs((other - end).days) < 30 for key, other in fired):
                said = "same_term"
            else:
                said = "fired"
                fired.append((step, end))
            yield record, moment, step, said


def wanted(row: Row, paid: float) -> bool:
    return (
        row["status"] in (None, "pending") and row["renew_mode"] != "auto" and row["intent"] != "no"
        and not (row["amount"] is not None and float(row["amount"]) > 0 and paid >= float(row["amount"]))
    )  # fmt: skip


def due(end: dt.date, days: int, like: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(end - dt.timedelta(days=days), NINE, like.tzinfo)


def day(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


def low_twice(readings: Mapping[int, Mapping[dt.date, float]], since: dt.datetime, until: dt.datetime) -> list[Firing]:
    """Below 60 on two Sundays running; again after a Monday on which that was not so."""
    found: list[Firing] = []
    for record, values in readings.items():
        before = False
        monday = dt.datetime.combine(since.date() + dt.timedelta(days=-since.weekday() % 7), NINE, since.tzinfo)
        while monday <= until:
            sundays = [monday.date() - dt.timedelta(days=1 + 7 * back) for back in range(2)]
            low = all(one in values and values[one] < 60 for one in sundays)
            if low and not before and monday > since:
                found.append((record, monday, "", "fired"))
            before = low and monday > since
            monday += dt.timedelta(days=7)
    return found


def figures(
    fired: Iterable[Firing], lost: Mapping[int, list[dt.date]], first: dt.date, last: dt.date, horizon: int
) -> dict[str, Any]:
    """As the page shows them."""
    days: dict[int, list[dt.date]] = {}
    for record, at, _, said in fired:
        if said in ("fired", "late"):
            days.setdefault(record, []).append(at.date())
    leads = []
    for record, every in days.items():
        pairs = [(one, end) for one in sorted(every) for end in sorted(lost.get(record, []))
                 if 0 < (end - one).days <= horizon]  # fmt: skip
        if pairs:
            leads.append((pairs[0][1] - pairs[0][0]).days)
    gone = {record for record, ends in lost.items() if any(first <= end <= last for end in ends)}
    ended = [(record, end) for record in gone for end in lost[record] if first <= end <= last]
    caught = {record for record, end in ended if any(0 < (end - one).days <= horizon for one in days.get(record, []))}
    weeks = Counter((one - first).days // 7 for every in days.values() for one in every)
    return {
        "firings": sum(map(len, days.values())), "records": len(days), "lost": len(leads),
        "precision": round(len(leads) / len(days), 4) if days else None, "lost_in_period": len(gone),
        "caught": len(caught), "recall": round(len(caught) / len(gone), 4) if gone else None,
        "lead_days": float(median(leads)) if leads else None, "weeks": dict(weeks),
    }  # fmt: skip
