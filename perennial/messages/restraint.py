"""What the policy holds back: quiet hours, contacts who want no reminders, contacts who have had enough.

A message that is put off keeps its lateness limit: one that would come too late then is expired by the claim of then.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from perennial import access, forms
from perennial.kernel import SYSTEM, Row, Tx, statements
from perennial.messages.policy import Policy, allowed_at

_SQL = statements(__file__, "restraint.sql")
ALONE = ("webhook",)  # what a program reads is never merged


def hold_back(tx: Tx, rules: Policy, ids: Sequence[int]) -> int:
    """Of a claim, what contacts asked not to get is cancelled (how many) and their owners are told; in quiet hours the
    rest is put off."""
    refused = tx.rows(_SQL["opted_out"], {"ids": list(ids)})
    tell_owners(tx, refused, "opted_out")
    later = allowed_at(tx, rules.quiet)
    if later > tx.now:
        tx.run(_SQL["quiet"], {"ids": list(ids), "from": later})
    return len(refused)


def cap(tx: Tx, rules: Policy, ids: Sequence[int]) -> None:
    """Of a claim, what is more than a contact is to get in a day or a week is put off until the next one begins."""
    if rules.cap.day or rules.cap.week:
        tx.run(_SQL["cap"], {"ids": list(ids), **_spans(tx, rules)})


def one_at_a_time(tx: Tx, rules: Policy, id_: int) -> None:
    """Before an attempt: those of one contact are numbered in the order of their commits, on whatever channel."""
    if rules.cap.day or rules.cap.week:
        tx.run(_SQL["lock_contact"], {"id": id_})


def put_off_until(tx: Tx, rules: Policy, leaving: Row) -> tuple[dt.datetime, str] | None:
    """Until when, and why, a message whose attempt is committed must not leave after all."""
    if not leaving["outward"]:
        return None
    later = allowed_at(tx, rules.quiet)
    if later > tx.now:
        return later, "quiet"
    if not (rules.cap.day or rules.cap.week):
        return None
    spans = _spans(tx, rules)
    had = tx.one(_SQL["had"], {"id": leaving["id"], "attempt": leaving["attempt_id"], **spans})
    assert had is not None
    if rules.cap.week and had["of_week"] >= rules.cap.week:
        return spans["next_week"], "cap"
    if rules.cap.day and had["of_day"] >= rules.cap.day:
        return spans["next_day"], "cap"
    return None


def _spans(tx: Tx, rules: Policy) -> Mapping[str, Any]:
    """The day and week of now, when the next begin, and how much each may hold."""
    today = tx.now.astimezone(tx.zone).date()
    monday = today - dt.timedelta(days=today.weekday())

    def midnight(day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), tx.zone)

    return {
        "day": midnight(today), "next_day": midnight(today + dt.timedelta(days=1)), "most_day": rules.cap.day,
        "week": midnight(monday), "next_week": midnight(monday + dt.timedelta(days=7)), "most_week": rules.cap.week,
    }  # fmt: skip


def tell_owners(tx: Tx, about: Sequence[Row], what: str) -> None:
    """Whoever owns the records (rows: form, record_id, name of the contact) knows what was done or asked by whom."""
    for form in sorted({row["form"] for row in about}):
        owner = forms.catalog(tx).form(form).owner
        if owner is None:
            continue
        rows = access.readable(tx, form, actor=SYSTEM)
        of = [row for row in about if row["form"] == form]
        records = sa.bindparam("records", [row["record_id"] for row in of], sa.ARRAY(sa.BigInteger))
        names = sa.bindparam("names", [row["name"] or "" for row in of], sa.ARRAY(sa.Text))
        shape = sa.column("record", sa.BigInteger), sa.column("name", sa.Text)
        given = sa.func.unnest(records, names).table_valued(*shape).render_derived(name="given")
        whose = rows.source.field(owner)
        found = (
            sa.select(
                whose.label("person"),
                given.c.name,
                sa.func.count().label("number"),
                sa.case(
                    (sa.func.min(given.c.record) == sa.func.max(given.c.record), sa.func.min(given.c.record))
                ).label("record"),
            )
            .select_from(rows.from_.join(given, given.c.record == rows.source.table.c["id"]))
            .where(rows.where, whose.is_not(None))
            .group_by(whose, given.c.name)
        )
        told = tx.rows(found)
        tx.run(
            _SQL["tell"],
            {
                "what": what,
                "form": form,
                **{name: [row[name] for row in told] for name in ("person", "name", "number", "record")},
            },
        )
