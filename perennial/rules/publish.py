"""Publish a rule: an immutable version in force; everything in it checked first."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from perennial import forms, formula, tasks
from perennial.kernel import Invalid, Tx
from perennial.rules import posting, versions
from perennial.rules.definition import Create, Notify, Post, Rule, Task, Update
from perennial.rules.load import dump, load
from perennial.rules.reader import Tree
from perennial.rules.refusals import said, typed_at
from perennial.rules.selects import Wanted, rendered


def wrong(tx: Tx, rule: Rule) -> Iterator[Invalid]:
    """Everything that keeps the rule from being published, each with its path."""
    catalog = forms.catalog(tx)
    if rule.form not in catalog:
        yield Invalid("rules.no_such_form", path="form", form=rule.form)
        return
    for path, text, kind in _formulas(rule):
        yield from said(lambda path=path, text=text, kind=kind: typed_at(tx, rule.form, text, kind, path))
    if rule.when.kind == "changed":
        yield from said(lambda: _edge(tx, rule))
    elif not rule.dated and not rule.condition:
        yield Invalid("rules.no_condition", path="condition", rule=rule.label)
    for path, action in actions(rule):
        match action:
            case Update():
                form = rule.form
                if action.record:
                    typed = formula.check(action.record, catalog.scope(rule.form))
                    form = typed.type.form or ""
                yield from _values(tx, rule.form, form, action.values, f"{path}.set")
            case Create():
                if action.form not in catalog:
                    yield Invalid("rules.no_such_form", path=f"{path}.form", form=action.form)
                else:
                    yield from _values(tx, rule.form, action.form, action.values, f"{path}.set")
                for key in action.match:
                    if key not in dict(action.values):
                        yield Invalid("rules.match_without_value", path=f"{path}.match", field=key)
            case Post():
                yield from said(lambda action=action, path=path: posting.wrong(tx, rule.form, action, path))
            case _:
                pass


def problems(tx: Tx, tree: Tree) -> Iterator[Invalid]:
    """The same of a draft, which perhaps cannot even be read."""
    try:
        rule = load(tree)
    except Invalid as problem:
        yield problem
        return
    yield from wrong(tx, rule)


def actions(rule: Rule) -> Iterator[tuple[str, Any]]:
    """Every action with its path in the tree."""
    for at, step in enumerate(rule.steps):
        within = f"steps[{at}]." if rule.dated else ""
        yield from ((f"{within}actions[{n}]", action) for n, action in enumerate(step.actions))


def _formulas(rule: Rule) -> Iterator[tuple[str, str, str | None]]:
    yield "condition", rule.condition, "yes_no"
    yield "when.date", rule.when.date, "date"
    yield "when.not_before", rule.when.not_before, "date"
    yield "cycle", rule.cycle, "date"
    for at, path in enumerate(rule.hold_by):
        yield f"hold_by[{at}]", path, "relation"
    for at, step in enumerate(rule.steps):
        yield f"steps[{at}].condition", step.condition, "yes_no"
    if rule.owner is not None and versions.read_field(rule.owner):
        yield "owner", rule.owner.name, None
    for path, action in actions(rule):
        match action:
            case Notify() | Task() if versions.read_field(action.who):
                yield f"{path}.{'to' if isinstance(action, Notify) else 'who'}", action.who.name, None
            case Update():
                yield f"{path}.record", action.record, "relation"
            case _:
                pass


def _edge(tx: Tx, rule: Rule) -> None:
    """What the clock alone makes true is no change: a date rule finds it."""
    typed = typed_at(tx, rule.form, rule.condition, "yes_no", "condition")
    if typed is not None and typed.volatile:
        raise Invalid("rules.changed_today", path="condition", rule=rule.label)


def _values(tx: Tx, form: str, target: str, values: tuple[tuple[str, str], ...], path: str) -> Iterator[Invalid]:
    scope = forms.catalog(tx).scope(target)
    for key, text in values:
        found = scope.field(key)
        if found is None or found.key != key:
            label = forms.catalog(tx).form(target).label
            yield Invalid("rules.no_such_field", path=f"{path}.{key}", field=key, form=label)
            continue
        if text != "this":
            try:
                formula.check(text, forms.catalog(tx).scope(form), found.type)
            except Invalid as error:
                yield Invalid(error.code, path=f"{path}.{key}", **error.facts)


def publish(tx: Tx, rule: Rule) -> None:
    """The rule is in force from here on; an unchanged one publishes nothing. What was due before is not owed, and
    records for which a rule over changes holds now did not change to match."""
    for problem in wrong(tx, rule):
        raise problem
    versions.lock(tx, rule.key)
    row = tx.one(
        "INSERT INTO rules.rule (key, form, published_at, watermark, checked_on)"
        " VALUES (%(key)s, %(form)s, %(now)s, %(now)s, %(today)s)"
        " ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id, version_id, form",
        {"key": rule.key, "form": rule.form},
    )
    assert row is not None
    if row["form"] != rule.form:
        raise Invalid("rules.other_form", path="form", form=row["form"])
    old = versions.version(tx, row["version_id"]) if row["version_id"] else None
    if old is not None and old.rule == rule:
        return
    same = old is not None and old.rule.active and _clock(old.rule) == _clock(rule)
    tx.run(
        "WITH made AS (INSERT INTO rules.version (rule_id, number, definition, kinds, published_at, published_by)"
        " SELECT %(rule)s, coalesce(max(number), 0) + 1, %(tree)s::jsonb, %(kinds)s::jsonb, %(now)s, %(by)s::jsonb"
        "   FROM rules.version WHERE rule_id = %(rule)s RETURNING id)"
        " UPDATE rules.rule SET version_id = made.id, paused_at = NULL,"
        "   published_at = CASE WHEN %(same)s THEN published_at ELSE %(now)s END,"
        "   watermark = CASE WHEN %(same)s THEN watermark ELSE greatest(watermark, %(now)s) END"
        "  FROM made WHERE rule.id = %(rule)s",
        {
            "rule": row["id"], "tree": json.dumps(dump(rule), ensure_ascii=False),
            "kinds": json.dumps(_kinds(tx, rule)), "by": tx.actor.as_json(), "same": same,
        },
    )  # fmt: skip
    tx.run("DELETE FROM rules.stopped WHERE rule_id = %(rule)s", {"rule": row["id"]})
    tx.memo.pop("rules.active", None)
    if rule.when.kind == "changed" and (old is None or (old.rule.condition, old.rule.active) != (rule.condition, True)):
        _matching(tx, rule, row["id"])


def _clock(rule: Rule) -> tuple[Any, ...]:
    return (rule.when, tuple((step.key, step.offset, step.unit, step.at) for step in rule.steps))


def _kinds(tx: Tx, rule: Rule) -> dict[str, int]:
    """ "step.action" -> the number of the kind of task that it opens."""
    return {
        f"{step.key}.{at}": tasks.standing_kind(
            tx, rule.form, f"rule:{rule.key}:{step.key}:{at}", action.label, action.label_en
        )
        for step in rule.steps
        for at, action in enumerate(step.actions)
        if isinstance(action, Task)
    }


def _matching(tx: Tx, rule: Rule, rule_id: int) -> None:
    """For whom it holds now, it did not begin to hold."""
    tx.run("DELETE FROM rules.matching WHERE rule_id = %(rule)s", {"rule": rule_id})
    if not rule.active or versions.of_event(tx, rule):
        return
    query = rendered(tx, rule.form, {"matches": Wanted(rule.condition or "TRUE", "condition")})
    tx.run(
        f"INSERT INTO rules.matching (rule_id, record_id) SELECT %(rule)s, r.rid FROM ({query.text}) r WHERE r.matches",
        {**query.params, "rule": rule_id},
    )


def remove(tx: Tx, keys: Sequence[str]) -> None:
    """Nothing is set off by them any more; what they found stays, their open alerts are settled."""
    from perennial.rules.alerts import settle_rules

    rows = tx.rows(
        "UPDATE rules.rule SET version_id = NULL WHERE key = ANY(%(keys)s) RETURNING id", {"keys": list(keys)}
    )
    tx.memo.pop("rules.active", None)
    settle_rules(tx, [row["id"] for row in rows], "rule_gone")


def current(tx: Tx) -> list[Rule]:
    """The rules in force and those switched off, as they were published."""
    rows = tx.rows("SELECT v.definition FROM rules.rule r JOIN rules.version v ON v.id = r.version_id ORDER BY r.key")
    return [load(row["definition"]) for row in rows]
