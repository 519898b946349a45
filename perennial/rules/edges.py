"""Rules over changes: a record was created so that it matches, or changed to match.

Matching is remembered as a set of records, so "did not match before, does now" is one comparison of two sets. A
condition that asks how the record was before (CHANGED, PREVIOUS) remembers nothing: it holds for a change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from perennial import forms, formula
from perennial.kernel import Query, Tx, render
from perennial.rules import alerts, versions
from perennial.rules.act import Owed
from perennial.rules.changed import Group, affected
from perennial.rules.common import FIRED, LOCK, MOST_IN_A_MINUTE, TOLD, facts, held, holds, params, told
from perennial.rules.definition import Rule
from perennial.rules.selects import Wanted, rendered
from perennial.rules.versions import Published


@dataclass(slots=True)
class Lot:
    """Records of one rule that changes with one trail concern. `silent`: they may match without being an edge."""

    ids: set[int] = field(default_factory=set[int])
    own: set[int] = field(default_factory=set[int])  # changed themselves
    silent: set[int] = field(default_factory=set[int])
    quiet: set[int] = field(default_factory=set[int])  # imported: tasks, but nothing to customers
    left_out: set[int] = field(default_factory=set[int])  # imported, to set off nothing
    transactions: set[int] = field(default_factory=set[int])


def lots(tx: Tx, rule: Rule, paths: Iterable[str], groups: Iterable[Group]) -> dict[tuple[str, ...], Lot]:
    """trail -> the records that it concerns, in the order of the changes."""
    found: dict[tuple[str, ...], Lot] = {}
    paths = list(paths)
    for group in sorted(groups, key=lambda one: max(one.transactions, default=0)):
        ids = set(affected(tx, rule.form, paths, group))
        own = group.form == rule.form
        if own and (group.created or group.deleted or group.restored):
            ids |= set(group.ids)
        if not ids:
            continue
        lot = found.setdefault(group.trail, Lot())
        lot.ids |= ids
        lot.own |= ids & set(group.ids) if own else set()
        lot.transactions |= {*group.transactions}
        imported = group.reason == "import" and group.answer != "all"
        if imported or group.reason == "undo" or group.restored:
            lot.silent |= ids
        if imported and group.answer != "latest":
            lot.quiet |= ids
        if imported and group.answer == "none":
            lot.left_out |= ids
    return found


def changed(tx: Tx, one: Published, groups: list[Group], owed: list[Owed]) -> int:
    """Firings of a rule over changes; what they set off is `owed`: no rule reads what another wrote just now."""
    rule, count = one.rule, 0
    event = versions.of_event(tx, rule)
    for trail, lot in lots(tx, rule, versions.watched(tx, rule), groups).items():
        if event:
            count += _event(tx, one, lot, trail, owed)
        else:
            last = max(lot.transactions, default=0)
            count += follow(tx, one, sorted(lot.ids), sorted(lot.silent), last, owed, trail)
    return count


def share(tx: Tx, rules: list[int]) -> None:
    """Nobody publishes or decides these rules until the transaction ends."""
    tx.run(
        "SELECT pg_advisory_xact_lock_shared(%(class)s, x.id) FROM (SELECT unnest(%(ids)s::int[]) AS id ORDER BY 1) x",
        {"class": LOCK, "ids": rules},
    )


def follow(
    tx: Tx,
    one: Published,
    ids: list[int],
    silent: list[int],
    transaction: int,
    owed: list[Owed],
    trail: tuple[str, ...] = (),
) -> int:
    """Those that match now and did not before fire; of those that match no more the alert is settled."""
    rule, step = one.rule, one.rule.steps[0]
    kept, pairs = facts(tx, rule)
    columns = {"matches": Wanted(rule.condition or "TRUE", "yes_no"), **kept, **holds(rule)}
    if rule.again == "cycle" and rule.cycle:
        columns["cycle"] = Wanted(rule.cycle, "date")
    query = rendered(tx, rule.form, columns)
    occasion = _occasion(rule)
    rows = tx.rows(
        f"""
        WITH here AS MATERIALIZED (
            SELECT r.*, ({held(tx, rule)}) AS held FROM ({query.text}) r
             WHERE r.rid IN (SELECT unnest(%(ids)s::bigint[]))
        ), left_it AS (
            DELETE FROM rules.matching m WHERE m.rule_id = %(rule)s AND m.record_id = ANY(%(ids)s::bigint[])
               AND NOT EXISTS (SELECT FROM here r WHERE r.rid = m.record_id AND r.matches)
            RETURNING m.record_id
        ), joined AS (
            INSERT INTO rules.matching (rule_id, record_id)
            SELECT %(rule)s, r.rid FROM here r WHERE r.matches ORDER BY r.rid ON CONFLICT DO NOTHING RETURNING record_id
        ), wanted AS (
            SELECT r.rid AS record_id, {occasion} AS occasion, ''::text AS step,
                   CASE WHEN %(cut)s OR {CIRCLE} THEN 'cut' WHEN r.held THEN 'held' ELSE 'fired' END AS outcome,
                   CASE WHEN %(cut)s OR {CIRCLE} THEN 'loop' END AS reason, {rule.rank(step)}::smallint AS severity,
                   NULL::date AS basis, %(now)s::timestamptz AS due_at, false AS quiet, {pairs} AS facts
              FROM here r JOIN joined j ON j.record_id = r.rid
             WHERE NOT r.rid = ANY(%(silent)s::bigint[]) AND {occasion} IS NOT NULL
        ), {FIRED}
        SELECT step, outcome, array_agg(id ORDER BY id) AS ids FROM fired GROUP BY step, outcome
        UNION ALL SELECT NULL, NULL, array_agg(record_id) FROM left_it HAVING count(*) > 0
        """,
        params(tx, one, query, ids=ids, silent=ids if not rule.in_force(tx.today) else silent, trail=[*trail],
               cut=rule.key in trail, occasion=f"change:{transaction}"),
    )  # fmt: skip
    for row in rows:
        if row["step"] is None:
            alerts.settle(tx, one.rule_id, row["ids"], "cleared")
    found = told([row for row in rows if row["step"] is not None])
    owed += [Owed(one, key, firings, trail) for key, firings in found.ids.items()]
    return found.count


CIRCLE = (
    "(SELECT count(*) FROM rules.firing o WHERE o.rule_id = %(rule)s AND o.record_id = r.rid"
    f" AND o.at > %(now)s::timestamptz - interval '1 minute') >= {MOST_IN_A_MINUTE}"
)


def _occasion(rule: Rule) -> str:
    """SQL over `r`."""
    match rule.again:
        case "once":
            return "'once'"
        case "cycle" if rule.cycle:
            return "'cycle:' || r.cycle"
        case _:
            return "%(occasion)s::text"


def _event(tx: Tx, one: Published, lot: Lot, trail: tuple[str, ...], owed: list[Owed]) -> int:
    """The condition over the claimed changes of the records themselves."""
    rule, step = one.rule, one.rule.steps[0]
    wanted = sorted(lot.own - lot.silent)
    if not wanted or not rule.in_force(tx.today):
        return 0
    catalog = forms.catalog(tx)
    source = forms.claimed(catalog, rule.form)
    scope = catalog.scope(rule.form)
    typed = formula.check(rule.condition, scope, "yes_no")
    shown = versions.parts(tx, rule.form, rule.condition).read
    columns = [formula.compile(formula.check(text, scope), source).label(f"fact_{at}") for at, text in enumerate(shown)]
    columns += [
        formula.compile(formula.check(one.text, scope), source).label(name) for name, one in holds(rule).items()
    ]
    condition = formula.compile_condition(typed, source)
    select = (
        sa.select(source.field("id").label("rid"), *columns)
        .select_from(source.from_)
        .where(condition, source.field("deleted_at").is_(None))
    )
    made = render(select)
    query = Query(made.text, made.params)
    pairs = ", ".join(
        "'" + text.replace("'", "''").replace("%", "%%") + f"', r.fact_{at}" for at, text in enumerate(shown)
    )
    occasion = "'once'" if rule.again == "once" else "%(occasion)s::text"
    stopped = held(tx, rule)
    rows = tx.rows(
        f"""
        WITH wanted AS (
            SELECT r.rid AS record_id, {occasion} AS occasion, ''::text AS step,
                   CASE WHEN %(cut)s OR {CIRCLE} THEN 'cut' WHEN {stopped} THEN 'skipped' ELSE 'fired' END AS outcome,
                   CASE WHEN %(cut)s OR {CIRCLE} THEN 'loop' WHEN {stopped} THEN 'hold' END AS reason,
                   {rule.rank(step)}::smallint AS severity,
                   NULL::date AS basis, %(now)s::timestamptz AS due_at, false AS quiet,
                   {f"jsonb_build_object({pairs})" if pairs else "NULL::jsonb"} AS facts
              FROM ({query.text}) r WHERE r.rid = ANY(%(ids)s::bigint[])
        ), {FIRED}
        {TOLD}
        """,
        params(tx, one, query, ids=wanted, trail=[*trail], cut=rule.key in trail,
               transactions=sorted(lot.transactions), occasion=f"change:{max(lot.transactions, default=0)}"),
    )  # fmt: skip
    found = told(rows)
    owed += [Owed(one, key, firings, trail) for key, firings in found.ids.items()]
    return found.count
