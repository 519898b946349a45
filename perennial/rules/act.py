"""What follows from firings, in sets: the alert, then the actions of their step.

A failure is narrowed by halving: the record whose data no action likes is stopped and shown, the others go on.
"""

import json
from dataclasses import dataclass
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from perennial import actions, forms, formula, tasks
from perennial.kernel import Invalid, Query, Reason, Tx
from perennial.rules import alerts
from perennial.rules.common import people
from perennial.rules.definition import CUSTOMER_LIMIT_DAYS, Begin, Create, Notify, Step, Task, Update
from perennial.rules.selects import Wanted, record, values
from perennial.rules.versions import Published
from perennial.rules.who import role_of


@dataclass(frozen=True, slots=True)
class Owed:
    """Firings of one step whose actions are still to come."""

    one: Published
    step: str
    ids: list[int]
    trail: tuple[str, ...] = ()

    def pay(self, tx: Tx) -> None:
        act(tx, self.one, self.step, self.ids, self.trail)


MOST = 64  # records stopped in one batch; then the rule pauses until somebody looks
DATA = (psycopg.DataError, psycopg.IntegrityError, Invalid)
DONE_BY = "18:00"
_PRIORITY = {"low": -1, "normal": 0, "high": 1}
_THIS = "this"


def act(tx: Tx, one: Published, key: str, ids: list[int], trail: tuple[str, ...] = ()) -> None:
    """Everything that these firings of one step set off."""
    step = one.rule.step(key)
    given = {"rule": one.rule.key, "version": one.number, "trail": [*trail, one.rule.key]}
    _halve(tx, one, step, ids, given, [])


def _halve(tx: Tx, one: Published, step: Step, ids: list[int], given: dict[str, Any], stopped: list[int]) -> None:
    if not ids or len(stopped) >= MOST:
        return
    try:
        with tx.savepoint():
            _all(tx, one, step, ids, Reason("rule", {**given, "firing": ids[0] if len(ids) == 1 else None}))
            return
    except DATA as error:
        if len(ids) == 1:
            _stop(tx, one, ids[0], error)
            stopped += ids
            if len(stopped) >= MOST:
                tx.run("UPDATE rules.rule SET paused_at = %(now)s WHERE id = %(rule)s", {"rule": one.rule_id})
            return
    middle = len(ids) // 2
    _halve(tx, one, step, ids[:middle], given, stopped)
    _halve(tx, one, step, ids[middle:], given, stopped)


def _stop(tx: Tx, one: Published, firing: int, error: Exception) -> None:
    code = error.code if isinstance(error, Invalid) else getattr(error, "sqlstate", None) or "22000"
    told = error.facts if isinstance(error, Invalid) else {"error": str(error).splitlines()[0][:300]}
    tx.run(
        "WITH f AS (UPDATE rules.firing SET outcome = 'stopped', reason = %(code)s WHERE id = %(id)s"
        "            RETURNING rule_id, record_id)"
        " INSERT INTO rules.stopped (rule_id, record_id, code, facts, at)"
        " SELECT rule_id, record_id, %(code)s, %(facts)s::jsonb, %(now)s FROM f"
        " ON CONFLICT (rule_id, record_id) DO UPDATE"
        "   SET code = excluded.code, facts = excluded.facts, at = excluded.at",
        {"id": firing, "code": code, "facts": json.dumps(told, ensure_ascii=False, default=str)},
    )


def _all(tx: Tx, one: Published, step: Step, ids: list[int], reason: Reason) -> None:
    alerts.open_set(tx, one, ids)
    for at, action in enumerate(step.actions):
        match action:
            case Notify():
                _notify(tx, one, step, at, action, ids)
            case Task():
                _task(tx, one, step, at, action, ids)
            case Begin():
                tx.run(
                    "INSERT INTO rules.wish (firing_id, process, record_id, asked_at)"
                    " SELECT f.id, %(process)s, f.record_id, %(now)s FROM rules.firing f"
                    "  WHERE f.id = ANY(%(ids)s::bigint[]) ON CONFLICT DO NOTHING",
                    {"process": action.process, "ids": ids},
                )
            case Update():
                with tx.because(reason):
                    _update(tx, one, action, ids)
            case Create():
                with tx.because(reason):
                    _create(tx, one, action, ids)
            case _:
                raise AssertionError(action)


def decision(step: Step, at: int) -> str:
    """SQL over `f`: the name under which a firing's message stands in the outbox."""
    return f"'rule:' || f.id || ':{step.key}.{at}'"


def _notify(tx: Tx, one: Published, step: Step, at: int, action: Notify, ids: list[int]) -> None:
    customer = action.who.kind == "audience"
    limit = action.limit_days if action.limit_days is not None else CUSTOMER_LIMIT_DAYS if customer else 0
    after = f"f.due_at + interval '{limit} days'" if limit else "NULL::timestamptz"
    person, join, text, given = "", "", "", dict[str, Any]()
    if not customer:
        query, who, behind = people(tx, one, action.who)
        given = dict(query.params)
        nobody = f"ARRAY(SELECT x.person_id FROM tasks.resolve({who}, {behind}, %(today)s) x)"
        everybody = f"coalesce(tasks.holders({role_of(action.who)}, {behind}), {nobody})"
        found = everybody if action.who.kind == "role" else nobody
        person = ", p.person_id"
        join = (
            f" JOIN ({query.text}) r ON r.rid = f.record_id"
            f" CROSS JOIN LATERAL (SELECT DISTINCT unnest({found}) AS person_id) p"
        )
        text = " AND p.person_id IS NOT NULL"
    quiet = f" AND NOT f.quiet AND {after} >= %(now)s" if customer and limit else " AND NOT f.quiet" if customer else ""
    items = Query(
        f"SELECT {decision(step, at)} AS decision, f.record_id, NULL::bigint AS instance_id, NULL::text AS node,"
        f" %(now)s::timestamptz AS due_at, {after} AS not_after{person}"
        f" FROM rules.firing f{join} WHERE f.id = ANY(%(ids)s::bigint[]){quiet}{text}",
        {**given, "ids": ids},
    )
    actions.notify(
        tx, items, template=action.template, audience=action.who.name if customer else None,
        channels=action.channels or None,
    )  # fmt: skip


def _task(tx: Tx, one: Published, step: Step, at: int, action: Task, ids: list[int]) -> None:
    query, who, behind = people(tx, one, action.who)
    wanted = Query(
        f"""SELECT %(kind)s::int AS kind_id, f.record_id, NULL::bigint AS instance_id, NULL::bigint AS token_id,
       NULL::text AS title, {who} AS named_id, {role_of(action.who)} AS role_key, {behind} AS owner_id,
       (SELECT (kernel.workday_offset(%(today)s::date, {action.due_workdays}) + time '{DONE_BY}') AT TIME ZONE %(zone)s)
           AS due_at,
       {_PRIORITY[action.priority]}::smallint AS priority, NULL::jsonb AS proposal, a.id AS alert_id
  FROM rules.firing f
  JOIN rules.alert a ON a.firing_id = f.id
  JOIN ({query.text}) r ON r.rid = f.record_id
 WHERE f.id = ANY(%(ids)s::bigint[])
   AND NOT EXISTS (SELECT FROM tasks.task t WHERE t.alert_id = a.id AND t.kind_id = %(kind)s AND t.state = 'open')""",
        {**query.params, "ids": ids, "kind": one.kinds[f"{step.key}.{at}"], "zone": tx.zone.key},
    )
    tx.value(tasks.opening(wanted, alert=True))


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
