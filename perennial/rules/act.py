"""What follows from firings, in sets: the alerts, then the actions of their steps, the first of all steps first.

A failure is narrowed by halving, rules first and then records: the record whose data no action likes is stopped and
shown, the others go on.
"""

import json
from collections import Counter
from itertools import zip_longest
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from perennial import actions, forms, formula
from perennial.kernel import Invalid, Reason, Tx
from perennial.rules import opened, posting
from perennial.rules.definition import Begin, Create, Notify, Post, Task, Update
from perennial.rules.opened import Owed
from perennial.rules.selects import Wanted, record, values
from perennial.rules.turns import turns
from perennial.rules.versions import Published

MOST = 64  # records stopped in one batch; then the rule pauses until somebody looks
DATA = (psycopg.DataError, psycopg.IntegrityError, Invalid)
_THIS = "this"


def act(tx: Tx, one: Published, key: str, ids: list[int], trail: tuple[str, ...] = ()) -> None:
    """Everything that these firings of one step set off."""
    pay(tx, [Owed(one, key, ids, trail)])


def pay(tx: Tx, owed: list[Owed]) -> None:
    """Everything that these firings set off, those of all rules together; a rule that is owed twice takes turns."""
    for turn in turns(owed, lambda one: one.one.rule_id):
        _halve(tx, turn, Counter())


def _halve(tx: Tx, owed: list[Owed], stopped: Counter[int]) -> None:
    owed = [one for one in owed if one.ids and stopped[one.one.rule_id] < MOST]
    if not owed:
        return
    try:
        with tx.savepoint():
            _all(tx, owed)
            return
    except DATA as error:
        if len(owed) == 1 and len(owed[0].ids) == 1:
            _stop(tx, owed[0], error, stopped)
            return
    for half in _halves(owed):
        _halve(tx, half, stopped)


def _halves(owed: list[Owed]) -> tuple[list[Owed], list[Owed]]:
    if len(owed) > 1:
        middle = len(owed) // 2
        return owed[:middle], owed[middle:]
    (one,) = owed
    middle = len(one.ids) // 2
    return [Owed(one.one, one.key, one.ids[:middle], one.trail)], [Owed(one.one, one.key, one.ids[middle:], one.trail)]


def _stop(tx: Tx, owed: Owed, error: Exception, stopped: Counter[int]) -> None:
    rule = owed.one.rule_id
    code = error.code if isinstance(error, Invalid) else getattr(error, "sqlstate", None) or "22000"
    told = error.facts if isinstance(error, Invalid) else {"error": str(error).splitlines()[0][:300]}
    tx.run(
        "WITH f AS (UPDATE rules.firing SET outcome = 'stopped', reason = %(code)s WHERE id = %(id)s"
        "            RETURNING rule_id, record_id)"
        " INSERT INTO rules.stopped (rule_id, record_id, code, facts, at)"
        " SELECT rule_id, record_id, %(code)s, %(facts)s::jsonb, %(now)s FROM f"
        " ON CONFLICT (rule_id, record_id) DO UPDATE"
        "   SET code = excluded.code, facts = excluded.facts, at = excluded.at",
        {"id": owed.ids[0], "code": code, "facts": json.dumps(told, ensure_ascii=False, default=str)},
    )
    stopped[rule] += 1
    if stopped[rule] >= MOST:
        tx.run("UPDATE rules.rule SET paused_at = %(now)s WHERE id = %(rule)s", {"rule": rule})


def _all(tx: Tx, owed: list[Owed]) -> None:
    opened.alerts(tx, owed)
    for at, given in enumerate(zip_longest(*(one.step.actions for one in owed))):
        due = [(one, action) for one, action in zip(owed, given, strict=True) if action is not None]
        tell = [(one, action) for one, action in due if isinstance(action, Notify)]
        do = [(one, action) for one, action in due if isinstance(action, Task)]
        start = [(one, action) for one, action in due if isinstance(action, Begin)]
        if tell:
            opened.notify(tx, at, tell)
        if do:
            opened.task(tx, at, do)
        if start:
            opened.begin(tx, start)
        for one, action in due:
            match action:
                case Update():
                    with tx.because(_reason(one)):
                        _update(tx, one.one, action, one.ids)
                case Create():
                    with tx.because(_reason(one)):
                        _create(tx, one.one, action, one.ids)
                case Post():
                    posting.post(tx, one, at, action)
                case _:
                    assert isinstance(action, Notify | Task | Begin), action


def _reason(owed: Owed) -> Reason:
    one = owed.one
    return Reason("rule", {
        "rule": one.rule.key, "version": one.number, "trail": [*owed.trail, one.rule.key],
        "firing": owed.ids[0] if len(owed.ids) == 1 else None,
    })  # fmt: skip


def _numbers(ids: list[int]) -> Any:
    return sa.cast(ids, sa.ARRAY(sa.BigInteger))


_FIRING = sa.table("firing", sa.column("id"), sa.column("record_id"), schema="rules")


def _update(tx: Tx, one: Published, action: Update, ids: list[int]) -> None:
    form, target = one.rule.form, Wanted(action.record) if action.record else None
    if target is not None:
        form = formula.check(action.record, forms.catalog(tx).scope(form)).type.form or form
    new = values(tx, form, action.values)
    of = record(tx, one.rule.form, {**new, **({"target__": target} if target else {})}).subquery("of")
    key = of.c["target__"] if target else of.c.rid
    among = sa.select(_FIRING.c.record_id).where(_FIRING.c.id == sa.any_(_numbers(ids)))
    select = sa.select(key.label("id"), *(of.c[name].label(name) for name in new)).where(
        of.c.rid.in_(among), key.is_not(None)
    )
    actions.update(tx, form, select.ext(distinct_on(key)).order_by(key, of.c.rid))


def _create(tx: Tx, one: Published, action: Create, ids: list[int]) -> None:
    new = values(tx, action.form, ((field, text) for field, text in action.values if text != _THIS))
    of = record(tx, one.rule.form, new).subquery("of")
    columns = {field: of.c.rid if text == _THIS else of.c[field] for field, text in action.values}
    wanted = (
        sa.select(_FIRING.c.id.label("origin__"), *(column.label(field) for field, column in columns.items()))
        .select_from(_FIRING.join(of, of.c.rid == _FIRING.c.record_id))
        .where(_FIRING.c.id == sa.any_(_numbers(ids)))
    )
    actions.create(tx, action.form, cast("sa.Select[Any]", wanted), match=action.match)
