"""What firings of several rules set off at once: their alerts, tasks, messages and wishes, few statements for all.

Firings whose statements have the same text go together; what differs from rule to rule (its kind of task, the name of
its message) stands beside each firing. No record of a rule is twice among them.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from perennial import actions, tasks
from perennial.kernel import Query, Tx
from perennial.rules.common import people, whose
from perennial.rules.definition import CUSTOMER_LIMIT_DAYS, Begin, Notify, Step, Task
from perennial.rules.turns import alike
from perennial.rules.versions import Published
from perennial.rules.who import role_of

DONE_BY = "18:00"
OPEN = "('open', 'acknowledged')"
_PRIORITY = {"low": -1, "normal": 0, "high": 1}


@dataclass(frozen=True, slots=True)
class Owed:
    """Firings of one step whose actions are still to come."""

    one: Published
    key: str
    ids: list[int]
    trail: tuple[str, ...] = ()

    @property
    def step(self) -> Step:
        return self.one.rule.step(self.key)


def _ids(owed: Iterable[Owed]) -> list[int]:
    return [id_ for one in owed for id_ in one.ids]


def alerts(tx: Tx, owed: list[Owed]) -> None:
    """Each of these firings stands in an alert. A graver one opens what was acknowledged again."""

    def text(one: Owed) -> Hashable:
        query, *rest = whose(tx, one.one)
        return query.text, repr(query.params), *rest, one.one.rule.escalate_workdays

    for same in alike(owed, text):
        _alerts(tx, same[0].one, _ids(same))


def _alerts(tx: Tx, one: Published, ids: list[int]) -> None:
    query, asked, person = whose(tx, one)
    days = one.rule.escalate_workdays
    after = (
        f"(SELECT (kernel.workday_offset(%(today)s::date, {days}) + time '18:00') AT TIME ZONE %(zone)s)"
        if days
        else "NULL::timestamptz"
    )
    tx.run(
        f"""
        WITH wanted AS MATERIALIZED (
            SELECT f.rule_id, f.record_id, f.id, f.severity, {asked}
              FROM rules.firing f JOIN ({query.text}) r ON r.rid = f.record_id
             WHERE f.id IN (SELECT unnest(%(ids)s::bigint[]))
        ), persons AS MATERIALIZED (
            SELECT x.named_id, x.owner_id, {person} AS person_id
              FROM (SELECT DISTINCT named_id, owner_id FROM wanted) x
        )
        INSERT INTO rules.alert AS a (rule_id, record_id, firing_id, severity, owner_id, opened_at, escalate_at)
        SELECT w.rule_id, w.record_id, w.id, w.severity, p.person_id, %(now)s, {after}
          FROM wanted w JOIN persons p ON coalesce(p.named_id, 0) = coalesce(w.named_id, 0)
                                      AND coalesce(p.owner_id, 0) = coalesce(w.owner_id, 0)
         ORDER BY w.rule_id, w.record_id
        ON CONFLICT (rule_id, record_id) WHERE state IN {OPEN} DO UPDATE
           SET firing_id = excluded.firing_id, severity = greatest(a.severity, excluded.severity),
               state = CASE WHEN excluded.severity > a.severity THEN 'open' ELSE a.state END,
               escalate_at = CASE WHEN excluded.severity > a.severity THEN excluded.escalate_at ELSE a.escalate_at END,
               escalated_at = CASE WHEN excluded.severity > a.severity THEN NULL ELSE a.escalated_at END
        """,
        {**query.params, "ids": ids, "zone": tx.zone.key},
    )


def begin(tx: Tx, owed: list[tuple[Owed, Begin]]) -> None:
    """Wishes for processes: the room above takes them up."""
    pairs = [(id_, action.process) for one, action in owed for id_ in one.ids]
    tx.run(
        "INSERT INTO rules.wish (firing_id, process, record_id, asked_at)"
        " SELECT f.id, x.process, f.record_id, %(now)s"
        "   FROM unnest(%(ids)s::bigint[], %(processes)s::text[]) AS x (id, process)"
        "   JOIN rules.firing f ON f.id = x.id ORDER BY f.id ON CONFLICT DO NOTHING",
        {"ids": [id_ for id_, _ in pairs], "processes": [process for _, process in pairs]},
    )


def notify(tx: Tx, at: int, owed: list[tuple[Owed, Notify]]) -> None:
    """Messages of the action at this place of each step. `rule:<firing>:<step>.<place>` is one's name in the outbox."""

    def text(given: tuple[Owed, Notify]) -> Hashable:
        one, action = given
        if action.who.kind == "audience":
            return action
        query, *rest = people(tx, one.one, action.who)
        return action, query.text, repr(query.params), *rest

    for same in alike(owed, text):
        _notify(tx, at, same[0][0].one, same[0][1], _ids(one for one, _ in same))


def _notify(tx: Tx, at: int, one: Published, action: Notify, ids: list[int]) -> None:
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
        f"SELECT 'rule:' || f.id || ':' || f.step || '.{at}' AS decision, f.record_id, NULL::bigint AS instance_id,"
        f" NULL::text AS node, %(now)s::timestamptz AS due_at, {after} AS not_after{person}"
        f" FROM rules.firing f{join} WHERE f.id = ANY(%(ids)s::bigint[]){quiet}{text}",
        {**given, "ids": ids},
    )
    actions.notify(
        tx, items, template=action.template, audience=action.who.name if customer else None,
        channels=action.channels or None,
    )  # fmt: skip


def task(tx: Tx, at: int, owed: list[tuple[Owed, Task]]) -> None:
    """A task for each alert that has none of its kind open."""

    def text(given: tuple[Owed, Task]) -> Hashable:
        one, action = given
        query, *rest = people(tx, one.one, action.who)
        return action.who, action.due_workdays, action.priority, query.text, repr(query.params), *rest

    for same in alike(owed, text):
        first, action = same[0]
        kinds = [one.one.kinds[f"{one.key}.{at}"] for one, _ in same for _ in one.ids]
        _task(tx, first.one, action, _ids(one for one, _ in same), kinds)


def _task(tx: Tx, one: Published, action: Task, ids: list[int], kinds: list[int]) -> None:
    query, who, behind = people(tx, one, action.who)
    wanted = Query(
        f"""SELECT x.kind_id, f.record_id, NULL::bigint AS instance_id, NULL::bigint AS token_id,
       NULL::text AS title, {who} AS named_id, {role_of(action.who)} AS role_key, {behind} AS owner_id,
       (SELECT (kernel.workday_offset(%(today)s::date, {action.due_workdays}) + time '{DONE_BY}') AT TIME ZONE %(zone)s)
           AS due_at,
       {_PRIORITY[action.priority]}::smallint AS priority, NULL::jsonb AS proposal, a.id AS alert_id
  FROM unnest(%(ids)s::bigint[], %(kinds)s::int[]) AS x (id, kind_id)
  JOIN rules.firing f ON f.id = x.id
  JOIN rules.alert a ON a.rule_id = f.rule_id AND a.record_id = f.record_id AND a.state IN {OPEN} AND a.firing_id = f.id
  JOIN ({query.text}) r ON r.rid = f.record_id
 WHERE NOT EXISTS (SELECT FROM tasks.task t WHERE t.alert_id = a.id AND t.kind_id = x.kind_id AND t.state = 'open')""",
        {**query.params, "ids": ids, "kinds": kinds, "zone": tx.zone.key},
    )
    tx.value(tasks.opening(wanted, alert=True))
