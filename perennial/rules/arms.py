"""One rule over changes as an arm of the statement that reads many: made once per version, whatever stands beside it.

Out:  rule_id, rid, matches, event, held, occasion, severity, facts of the records of a lot. `event`: the condition is
      over the change and nothing is remembered
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perennial import forms, formula
from perennial.kernel import Query, Tx, render
from perennial.rules import versions
from perennial.rules.common import facts, held, holds
from perennial.rules.definition import Rule
from perennial.rules.selects import KEPT, Wanted, renamed, rendered
from perennial.rules.versions import Published


@dataclass(frozen=True, slots=True)
class Arm:
    text: str
    params: dict[str, Any]


_arms: dict[tuple[int, int, int, Rule, int], Arm] = {}


def arm(tx: Tx, one: Published, lot: int) -> Arm:
    """Its select over the lot of this number, whose parameters bear it: `ids own change transactions`. Its own
    parameters bear the number of its version."""
    key = (forms.catalog(tx).version, one.id, one.rule_id, one.rule, lot)
    if key not in _arms:
        if len(_arms) > KEPT:
            _arms.clear()
        _arms[key] = _event(tx, one, lot) if versions.of_event(tx, one.rule) else _edge(tx, one, lot)
    return _arms[key]


def _edge(tx: Tx, one: Published, lot: int) -> Arm:
    rule = one.rule
    kept, pairs = facts(tx, rule)
    columns = {"matches": Wanted(rule.condition or "TRUE", "yes_no"), **kept, **holds(rule)}
    if rule.again == "cycle" and rule.cycle:
        columns["cycle"] = Wanted(rule.cycle, "date")
    match rule.again:
        case "once":
            occasion = "'once'"
        case "cycle" if rule.cycle:
            occasion = "'cycle:' || r.cycle"
        case _:
            occasion = f"%(change_{lot})s::text"
    among = f"r.rid IN (SELECT unnest(%(ids_{lot})s::bigint[]))"
    return _arm(tx, one, rendered(tx, rule.form, columns), "r.matches", "false", occasion, pairs, among)


def _event(tx: Tx, one: Published, lot: int) -> Arm:
    """The condition over the claimed changes of the records themselves."""
    rule = one.rule
    catalog = forms.catalog(tx)
    source, scope = forms.claimed(catalog, rule.form), catalog.scope(rule.form)
    kept, pairs = facts(tx, rule)
    columns = [
        formula.compile(formula.check(wanted.text, scope), source).label(name)
        for name, wanted in {**kept, **holds(rule)}.items()
    ]
    condition = formula.compile_condition(formula.check(rule.condition, scope, "yes_no"), source)
    made = render(
        sa.select(source.field("id").label("rid"), *columns)
        .select_from(source.from_)
        .where(condition, source.field("deleted_at").is_(None))
    )
    text = made.text.replace("%(transactions)s", f"%(transactions_{lot})s")
    occasion = "'once'" if rule.again == "once" else f"%(change_{lot})s::text"
    among = f"r.rid = ANY(%(own_{lot})s::bigint[])"
    return _arm(tx, one, Query(text, made.params), "true", "true", occasion, pairs, among)


def _arm(
    tx: Tx, one: Published, query: Query, matches: str, event: str, occasion: str, pairs: str, among: str
) -> Arm:  # fmt: skip
    rule = one.rule
    own = renamed(query, f"v{one.id}")
    return Arm(
        f"SELECT {one.rule_id} AS rule_id, r.rid, {matches} AS matches, {event} AS event, ({held(tx, rule)}) AS held,"
        f" {occasion} AS occasion, {rule.rank(rule.steps[0])}::smallint AS severity, {pairs} AS facts"
        f" FROM ({own.text}) r WHERE {among}",
        own.params,
    )
