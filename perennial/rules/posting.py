"""Calls of somebody else's server that firings ask for: what is to be posted, written down as it is now. Rules are
below processes, which have the sender, its attempts and its log: a posting is a row that the tick takes up."""

from dataclasses import dataclass

from perennial import forms, formula
from perennial.actions import private_url, wrong_url
from perennial.kernel import Invalid, Query, Tx, settings
from perennial.rules.definition import Post
from perennial.rules.opened import Owed
from perennial.rules.refusals import typed_at
from perennial.rules.selects import Wanted, rendered

_NUMBERS = ("number", "money", "percent")
_THIS = "this"


@dataclass(frozen=True, slots=True)
class Posting:
    id: int
    rule: str
    form: str
    record_id: int
    url: str
    body: str
    tries: int


def post(tx: Tx, owed: Owed, at: int, action: Post) -> None:
    """One for each firing, once."""
    form = owed.one.rule.form
    query = rendered(
        tx, form, {f"value_{n}": Wanted(text) for n, (_, text) in enumerate(action.values) if text != _THIS}
    )
    pairs = [f"({n}, %(key_{n})s::text, {_value(tx, form, n, text)})" for n, (_, text) in enumerate(action.values)]
    values = f"SELECT json_object_agg(p.k, p.v ORDER BY p.n)::text FROM (VALUES {', '.join(pairs)}) AS p (n, k, v)"
    body = f"({values})" if pairs else "'{}'"
    given = {f"key_{n}": key for n, (key, _) in enumerate(action.values)}
    tx.run(
        Query(
            "INSERT INTO rules.posting (firing_id, act, url, body, tries, asked_at)"
            f" SELECT f.id, %(act)s, %(url)s, {body}, %(tries)s, %(now)s"
            f"   FROM rules.firing f JOIN ({query.text}) r ON r.rid = f.record_id"
            "  WHERE f.id IN (SELECT unnest(%(ids)s::bigint[])) ORDER BY f.id ON CONFLICT DO NOTHING",
            {**query.params, **given, "act": f"{owed.key}.{at}", "url": action.url, "tries": action.tries,
             "ids": owed.ids},
        )
    )  # fmt: skip


def _value(tx: Tx, form: str, at: int, text: str) -> str:
    """SQL: a value as JSON; numbers as text, so that no reader rounds them."""
    if text == _THIS:
        return "to_json(f.record_id)"
    kind = formula.check(text, forms.catalog(tx).scope(form)).type.kind
    return f"to_json(trim_scale(r.value_{at})::text)" if kind in _NUMBERS else f"to_json(r.value_{at})"


def wrong(tx: Tx, form: str, action: Post, path: str) -> None:
    """Raises what keeps such an action from being published."""
    if wrong_url(action.url):
        raise Invalid("rules.url", path=f"{path}.url", url=action.url)
    if private_url(action.url) and not settings().webhook_private:
        raise Invalid("rules.private_url", path=f"{path}.url", url=action.url)
    for key, text in action.values:
        if text != _THIS:
            typed_at(tx, form, text, None, f"{path}.set.{key}")


def postings(tx: Tx, limit: int = 5000) -> list[Posting]:
    """Those nobody has taken up, locked; what another worker holds is skipped."""
    rows = tx.rows(
        "SELECT p.id, u.key AS rule, u.form, f.record_id, p.url, p.body, p.tries FROM rules.posting p"
        "  JOIN rules.firing f ON f.id = p.firing_id JOIN rules.rule u ON u.id = f.rule_id"
        " WHERE p.taken_at IS NULL ORDER BY p.id LIMIT %(limit)s FOR UPDATE OF p SKIP LOCKED",
        {"limit": limit},
    )
    return [Posting(**row) for row in rows]


def taken(tx: Tx, ids: list[int]) -> None:
    tx.run("UPDATE rules.posting SET taken_at = %(now)s WHERE id = ANY(%(ids)s::bigint[])", {"ids": ids})
