"""Records for which a rule holds already when it is switched on: nothing happened to them, so nothing follows.

They are shown before, and may be taken up once afterwards.
"""

import datetime as dt

from perennial import access
from perennial.kernel import Missing, Query, Row, Tx
from perennial.rules import dated, edges, schedule, versions
from perennial.rules.act import Owed, pay
from perennial.rules.backtest_figures import readable, titles
from perennial.rules.common import LOCK, held
from perennial.rules.definition import Rule
from perennial.rules.load import load
from perennial.rules.publish import wrong
from perennial.rules.reader import Tree
from perennial.rules.selects import Wanted, rendered
from perennial.rules.versions import Published

SHOWN = 50
_LONG_AGO = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)


def backlog(tx: Tx, tree: Tree) -> tuple[int, list[Row], dt.datetime | None]:
    """How many records that the actor may read, the first of them with their titles, and when a schedule takes them up
    by itself; None: nothing will.

    errors   what loading and publishing the definition says
    """
    rule = load(tree)
    for problem in wrong(tx, rule):
        raise problem
    found = waiting(tx, rule)
    if found is None or not access.may(tx, "read", rule.form):
        return 0, [], None
    seen = readable(tx, rule.form, "seen")
    rows = tx.rows(
        f"SELECT w.rid AS record_id, count(*) OVER () AS n FROM ({found.text}) w WHERE w.rid IN ({seen.text})"
        f" ORDER BY w.rid LIMIT {SHOWN}",
        {**found.params, **seen.params},
    )
    known = titles(tx, rule.form, [row["record_id"] for row in rows])
    listed = [{"record_id": row["record_id"], "title": known.get(row["record_id"])} for row in rows]
    return rows[0]["n"] if rows else 0, listed, schedule.following(rule.when, tx.now) if rule.scheduled else None


def waiting(tx: Tx, rule: Rule) -> Query | None:
    """The select of `rid`: it holds now, no alert of this rule is open, and of a date the latest offset that passed has
    not been decided; None: the condition asks how a change was."""
    if versions.of_event(tx, rule):
        return None
    params = {"key": rule.key, "zone": tx.zone.key}
    apart = (
        "NOT EXISTS (SELECT FROM rules.alert a JOIN rules.rule u ON u.id = a.rule_id WHERE u.key = %(key)s"
        " AND a.record_id = r.rid AND a.state IN ('open', 'acknowledged'))"
    )
    if rule.dated:
        every = dated.occurrences(tx, rule)
        decided = (
            "SELECT FROM rules.firing f JOIN rules.rule u ON u.id = f.rule_id WHERE u.key = %(key)s"
            " AND f.record_id = r.rid AND f.occasion = 'date:' || r.basis || ':' || r.step"
        )
        return Query(
            "SELECT r.rid FROM (SELECT o.*, max(o.due_at) OVER (PARTITION BY o.rid) AS latest"
            f" FROM ({every.text}) o WHERE o.due_at <= %(now)s) r WHERE r.due_at = r.latest AND r.wanted AND NOT r.held"
            " AND r.basis >= %(today)s AND NOT coalesce((r.due_at AT TIME ZONE %(zone)s)::date < r.not_before, false)"
            f" AND {apart} AND NOT EXISTS ({decided}) GROUP BY r.rid",
            {**every.params, **params},
        )
    query = rendered(tx, rule.form, {"matches": Wanted(rule.condition or "TRUE", "yes_no"), **_holds(rule)})
    return Query(
        f"SELECT r.rid FROM ({query.text}) r WHERE r.matches AND NOT ({held(tx, rule)}) AND {apart}",
        {**query.params, **params},
    )


def _holds(rule: Rule) -> dict[str, Wanted]:
    return {f"hold_{at}": Wanted(path) for at, path in enumerate(rule.hold_by)}


def catch_up(tx: Tx, key: str) -> int:
    """What waits is taken up, once: the rule fires for it as if it had begun to hold now; how many firings. For all
    records, as the rule itself.

    errors   Missing rules.no_such_rule (none of that key is switched on)
    """
    one = next((one for one in versions.active(tx) if one.rule.key == key), None)
    if one is None:
        raise Missing("rules.no_such_rule", rule=key)
    found = waiting(tx, one.rule)
    if found is None:
        return 0
    before = _fired(tx, one)
    ids: list[int] = tx.value(f"SELECT array_agg(w.rid ORDER BY w.rid) FROM ({found.text}) w", found.params) or []
    if not ids:
        return 0
    if one.rule.scheduled:
        tx.run("UPDATE rules.rule SET watermark = %(long_ago)s WHERE id = %(id)s",
               {"id": one.rule_id, "long_ago": _LONG_AGO})  # fmt: skip
        schedule.decide(tx, one)
    elif one.rule.dated:
        _dates(tx, one, ids)
    else:
        _edges(tx, one, ids)
    return _fired(tx, one) - before


def _fired(tx: Tx, one: Published) -> int:
    return tx.value(
        "SELECT count(*) FROM rules.firing WHERE rule_id = %(id)s AND outcome IN ('fired', 'late')", {"id": one.rule_id}
    )


def _edges(tx: Tx, one: Published, ids: list[int]) -> None:
    tx.run("SELECT pg_advisory_xact_lock(%(class)s, %(id)s)", {"class": LOCK, "id": one.rule_id})
    tx.run(
        "DELETE FROM rules.matching WHERE rule_id = %(rule)s AND record_id IN (SELECT unnest(%(ids)s::bigint[]))",
        {"rule": one.rule_id, "ids": ids},
    )
    owed: list[Owed] = []
    number = -int(tx.now.timestamp())  # no change has this one
    edges.follow(tx, [(one, (), edges.Lot(ids={*ids}, own={*ids}, transactions={number}))], owed)
    pay(tx, owed)


def _dates(tx: Tx, one: Published, ids: list[int]) -> None:
    """What was due before it was published is owed for once."""
    tx.run("SELECT pg_advisory_xact_lock(%(class)s, %(id)s)", {"class": LOCK, "id": one.rule_id})
    since = tx.value("SELECT published_at FROM rules.rule WHERE id = %(id)s", {"id": one.rule_id})
    was = "UPDATE rules.rule SET published_at = %(at)s WHERE id = %(id)s"
    tx.run(was, {"at": _LONG_AGO, "id": one.rule_id})
    while dated.settle(tx, one, ids):
        pass
    tx.run(was, {"at": since, "id": one.rule_id})
