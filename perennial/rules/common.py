"""What the statements of rules share: the columns of a record, whether a hold keeps it, and the rows that they leave.

A statement of `fire` ends with `fired`: one firing per row of `wanted`, each occasion once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perennial import forms
from perennial.kernel import Query, Tx
from perennial.rules import holding, versions
from perennial.rules.definition import LATE_MINUTES, Rule
from perennial.rules.selects import Wanted, rendered
from perennial.rules.versions import Published
from perennial.rules.who import Who, named, role_of, who_columns

LOCK = 1886547822  # advisory class: one tick per rule; arrivals share it
LATE = f"interval '{LATE_MINUTES} minutes'"
MOST_IN_A_MINUTE = 20  # firings of one rule for one record; then something turns in a circle


def fired(rule: str = "%(rule)s", version: str = "%(version)s", trail: str = "%(trail)s::text[]") -> str:
    """The CTE `fired`. Of several rules, `w` says which."""
    return f"""fired AS (
    INSERT INTO rules.firing (rule_id, version_id, record_id, occasion, step, outcome, reason, severity, basis, due_at,
                              at, quiet, facts, trail)
    SELECT {rule}, {version}, w.record_id, w.occasion, w.step, w.outcome, w.reason, w.severity, w.basis, w.due_at,
           %(now)s, w.quiet, w.facts, {trail}
      FROM wanted w
     WHERE NOT EXISTS (SELECT FROM rules.stopped s WHERE s.rule_id = {rule} AND s.record_id = w.record_id)
    ON CONFLICT DO NOTHING RETURNING rule_id, id, step, outcome
)"""


FIRED = fired()
TOLD = "SELECT step, outcome, array_agg(id ORDER BY id) AS ids FROM fired GROUP BY step, outcome"


@dataclass(frozen=True, slots=True)
class Found:
    """What one statement left. `ids`: step -> firings whose actions are owed."""

    ids: Mapping[str, list[int]]
    count: int


def told(rows: list[dict[str, Any]]) -> Found:
    ids: dict[str, list[int]] = {}
    for row in rows:
        if row["outcome"] in ("fired", "late"):
            ids[row["step"]] = [*ids.get(row["step"], []), *row["ids"]]
    return Found(ids, sum(len(row["ids"]) for row in rows if row["outcome"] is not None))


def params(tx: Tx, one: Published, query: Query, **given: Any) -> dict[str, Any]:
    return {**query.params, "rule": one.rule_id, "version": one.id, "zone": tx.zone.key, "trail": [], **given}


def facts(tx: Tx, rule: Rule, *more: str) -> tuple[dict[str, Wanted], str]:
    """Columns of what the conditions read, and SQL over `r` that keeps them: formula -> value."""
    texts = [text for one in (rule.condition, *more) for text in versions.parts(tx, rule.form, one).read]
    columns = {f"fact_{at}": Wanted(text) for at, text in enumerate(dict.fromkeys(texts))}
    pairs = ", ".join(f"'{_quoted(one.text)}', r.{name}" for name, one in columns.items())
    return columns, f"jsonb_build_object({pairs})" if pairs else "NULL::jsonb"


def _quoted(text: str) -> str:
    return text.replace("'", "''").replace("%", "%%")


def holds(rule: Rule) -> dict[str, Wanted]:
    """The records whose hold stops this rule, beside its own."""
    return holding.holds(rule.hold_by)


def held(tx: Tx, rule: Rule, r: str = "r") -> str:
    """SQL: a hold is active on the record or on one it belongs to."""
    tests = [(rule.form, f"{r}.rid")]
    for at, path in enumerate(rule.hold_by):
        scope = forms.catalog(tx).scope(rule.form)
        for name in path.split("."):
            scope = scope.relation(name) or scope
        tests.append((scope.form, f"{r}.hold_{at}"))
    return holding.held(tests)


def owner(tx: Tx, rule: Rule) -> str:
    """The person field behind a rule: the owner of the record that holds it (the customer's), else of the form; ''."""
    catalog = forms.catalog(tx)
    form = catalog.form(rule.form)
    if rule.hold_by:
        field = form.field(rule.hold_by[0])
        above = catalog.form(field.to).owner if field is not None and field.to else None
        if above:
            return f"{rule.hold_by[0]}.{above}"
    return form.owner or ""


def responsible(tx: Tx, rule: Rule) -> Who:
    """Whom an alert is for."""
    if rule.owner is not None:
        return rule.owner
    own = forms.catalog(tx).form(rule.form).owner or owner(tx, rule)
    return Who("field", own) if own else Who("role", "business_admin")


def people(tx: Tx, one: Published, who: Who) -> tuple[Query, str, str]:
    """The select that finds somebody, SQL over its row `r` for who is named, and for the owner behind them."""
    behind = owner(tx, one.rule)
    columns = {**who_columns(who), **({"owner_id": Wanted(behind)} if behind else {})}
    return rendered(tx, one.rule.form, columns), named(who, "r.named"), "r.owner_id" if behind else "NULL::bigint"


def whose(tx: Tx, one: Published) -> tuple[Query, str, str]:
    """Whom an alert of the rule is for: the select; SQL over its row `r` for `named_id` and `owner_id`; SQL over a row
    `x` of both for the person, which many rows share."""
    who = responsible(tx, one.rule)
    query, named_by, behind = people(tx, one, who)
    found = "(SELECT p.person_id FROM tasks.resolve(x.named_id, x.owner_id, %(today)s) p)"
    if who.kind == "role":
        found = f"(tasks.holders({role_of(who)}, x.owner_id))[1]"
    return query, f"{named_by} AS named_id, {behind} AS owner_id", found
