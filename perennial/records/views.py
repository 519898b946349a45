"""Saved views of a list: what is shown of a form, how it is filtered, sorted and grouped, under a name.

A view grants nothing: who opens it sees what they may see. Its texts are checked in the scope of whoever saves it; what
a reader's role does not know is refused when their page is asked for. `tree` is {"kind", "filter", "search", "sort",
"group", "columns", "colours"}; see http/views.py for its shape.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from perennial import people
from perennial.access import Rows, readable
from perennial.kernel import Denied, Invalid, Missing, Tx
from perennial.records.names import column_of, condition, sort_key

KINDS = ("table", "board", "calendar", "gallery")
LONGEST = 60
_SEEN = (
    " FROM records.view v LEFT JOIN records.view_default d ON d.view = v.id AND d.person = %(me)s"
    " WHERE v.deleted_at IS NULL AND (v.owner = %(me)s OR v.roles IS NOT NULL AND (%(design)s OR v.roles = '{}'"
    " OR v.roles && (SELECT array_agg(key) FROM people.role WHERE id = ANY(%(roles)s::bigint[]))))"
)


@dataclass(frozen=True, slots=True)
class View:
    """`roles`: None, it is personal; empty, it is for everyone. `mine`: the actor may change it."""

    id: int
    form: str
    label: str
    tree: dict[str, Any]
    roles: list[str] | None
    mine: bool
    default: bool


def views(tx: Tx, form: str) -> list[View]:
    """The actor's views of a form, shared ones first, oldest first."""
    readable(tx, form)
    found = tx.rows(_columns() + _SEEN + " AND v.form = %(form)s ORDER BY v.roles IS NULL, v.id", _who(tx, form=form))
    return [View(**row) for row in found]


def save(tx: Tx, form: str, label: str, tree: Mapping[str, Any], roles: Sequence[str] | None = None) -> int:
    """A new view of the actor's own, or shared with these roles; its id."""
    rows = readable(tx, form)
    _verify(rows, label, tree)
    _may_share(tx, roles)
    return int(
        tx.value(
            "INSERT INTO records.view (form, label, owner, roles, tree)"
            " VALUES (%(form)s, %(label)s, %(me)s, %(roles)s::text[], %(tree)s) RETURNING id",
            {"form": form, "label": label.strip(), "me": tx.actor.id, "roles": _list(roles), "tree": Jsonb(dict(tree))},
        )
    )


def change(
    tx: Tx, form: str, view: int, label: str, tree: Mapping[str, Any], roles: Sequence[str] | None = None
) -> None:
    """The view is as given. Denied when it is somebody else's."""
    _mine(tx, form, view)
    _verify(readable(tx, form), label, tree)
    _may_share(tx, roles)
    tx.run(
        "UPDATE records.view SET label = %(label)s, roles = %(roles)s::text[], tree = %(tree)s WHERE id = %(view)s",
        {"label": label.strip(), "roles": _list(roles), "tree": Jsonb(dict(tree)), "view": view},
    )


def remove(tx: Tx, form: str, view: int) -> None:
    """The view is gone; `bring_back` returns it."""
    _mine(tx, form, view)
    tx.run("UPDATE records.view SET deleted_at = %(now)s WHERE id = %(view)s", {"view": view, "now": tx.now})


def bring_back(tx: Tx, form: str, view: int) -> None:
    """A removed view is there again, with whoever had it as their default."""
    readable(tx, form)
    back = tx.run(
        "UPDATE records.view SET deleted_at = NULL WHERE id = %(view)s AND form = %(form)s"
        " AND (owner = %(me)s OR roles IS NOT NULL AND %(design)s)",
        {"view": view, "form": form, "me": tx.actor.id, "design": _designs(tx)},
    )
    if not back:
        raise Missing("records.no_such_view")


def make_default(tx: Tx, form: str, view: int | None) -> None:
    """The actor's list of this form opens with the view; None: with all records."""
    if view is not None:
        _seen(tx, form, view)
    tx.run("DELETE FROM records.view_default WHERE person = %(me)s AND form = %(form)s", _me(tx, form))
    if view is not None:
        tx.run("INSERT INTO records.view_default VALUES (%(me)s, %(form)s, %(view)s)", {**_me(tx, form), "view": view})


def _verify(rows: Rows, label: str, tree: Mapping[str, Any]) -> None:
    """Everything that the view names is known to who saves it."""
    if not 0 < len(label.strip()) <= LONGEST:
        raise Invalid("records.view_label", path="label", most=LONGEST)
    kind, group = tree.get("kind", "table"), tree.get("group")
    if kind not in KINDS:
        raise Invalid("records.view_kind", path="kind", kind=kind)
    if tree.get("filter"):
        condition(rows, tree["filter"])
    for one in tree.get("sort") or ():
        sort_key(rows, one["field"], bool(one.get("descending")))
    for one in tree.get("columns") or ():
        column_of(rows, one["path"])
    for one in tree.get("colours") or ():
        condition(rows, one["when"], "colours")
        if one.get("field"):
            column_of(rows, one["field"])
    if group:
        column_of(rows, group)
    if kind in ("board", "calendar") and not group:
        raise Invalid("records.view_group", path="group")


def _may_share(tx: Tx, roles: Sequence[str] | None) -> None:
    if roles is None:
        return
    if not _designs(tx):
        raise Denied("people.may", right="design")
    known = {role.key for role in people.roles(tx)}
    for role in roles:
        if role not in known:
            raise Missing("records.no_such_view")


def _designs(tx: Tx) -> bool:
    return "design" in people.standing(tx).may


def _mine(tx: Tx, form: str, view: int) -> None:
    if not _seen(tx, form, view).mine:
        raise Denied("records.denied_view")


def _seen(tx: Tx, form: str, view: int) -> View:
    readable(tx, form)
    row = tx.one(
        _columns() + _SEEN + " AND v.id = %(view)s AND v.form = %(form)s", {**_who(tx, form=form), "view": view}
    )
    if row is None:
        raise Missing("records.no_such_view")
    return View(**row)


def _columns() -> str:
    return (
        "SELECT v.id, v.form, v.label, v.tree, v.roles, d.view IS NOT NULL AS default,"
        " CASE WHEN v.roles IS NULL THEN v.owner = %(me)s ELSE %(design)s END AS mine"
    )


def _who(tx: Tx, *, form: str) -> dict[str, Any]:
    return {**_me(tx, form), "design": _designs(tx), "roles": sorted(people.standing(tx).roles)}


def _me(tx: Tx, form: str) -> dict[str, Any]:
    return {"me": tx.actor.id, "form": form}


def _list(roles: Sequence[str] | None) -> list[str] | None:
    return None if roles is None else sorted(set(roles))
