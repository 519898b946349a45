"""Drafts: a designer's tree per definition, kept with errors and all, until it is published or discarded.

A draft remembers what was in force when it began. When somebody publishes meanwhile, what both changed in different
places is merged; the rest is named and waits for a choice (`rebase`).
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Json

from perennial.apps.kinds import KINDS, kind_of
from perennial.apps.merge import Clash, merge
from perennial.apps.plan import Change
from perennial.kernel import Conflict, Missing, Row, Tx

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """`tree` None: the definition shall go; `base` None: there was none. `stale`: `base` is not in force any longer."""

    id: int
    kind: str
    key: str
    tree: Tree | None
    base: Tree | None
    by: Mapping[str, Any]
    at: dt.datetime
    version: int
    current: Tree | None
    clashes: Sequence[Clash]

    @property
    def stale(self) -> bool:
        return self.base != self.current

    @property
    def label(self) -> str:
        return str((self.tree or self.base or {}).get("label") or self.key)

    @property
    def merged(self) -> Tree | None:
        """What would be published: the draft together with what others published since it began."""
        return merge(self.base, self.tree, self.current)[0] if self.stale else self.tree


@dataclass(frozen=True, slots=True)
class Had:
    """The tree that a person began with; `insist`: where a colleague changed the same place, theirs gives way."""

    tree: Tree | None
    insist: bool = False


def save(tx: Tx, kind: str, key: str, tree: Tree | None, *, version: int | None, had: Had | None = None) -> Draft:
    """The draft is this tree, whatever is wrong with it.

    version  of the draft that was edited; None: there was none
    had      what was saved, published or discarded since is kept: what this person changed is put into it
    errors   Conflict apps.draft_stale when a colleague saved since, apps.draft_gone when it was published or discarded
    """
    now = in_force(tx, kind, key)
    if tree is None and now is None and version is None:
        raise Missing("apps.no_definition", kind=kind, key=key)
    values = {"kind": kind, "key": key, "tree": Json(tree), "version": version, "base": Json(now)}
    if version is None:
        saved = tx.value(
            "INSERT INTO apps.draft (kind, key, tree, base, by, at) VALUES (%(kind)s, %(key)s, %(tree)s, %(base)s,"
            " current_setting('perennial.actor')::jsonb, %(now)s) ON CONFLICT (kind, key) DO NOTHING RETURNING id",
            values,
        )
    else:
        saved = tx.value(
            "UPDATE apps.draft SET tree = %(tree)s, by = current_setting('perennial.actor')::jsonb, at = %(now)s,"
            " version = version + 1 WHERE kind = %(kind)s AND key = %(key)s AND version = %(version)s RETURNING id",
            values,
        )
    if saved is None and not (had is not None and _joined(tx, values, tree, had, now)):
        theirs = _row(tx, kind, key)
        if theirs is None:
            raise Conflict("apps.draft_gone", path=key, key=key)
        raise Conflict("apps.draft_stale", path=key, by=theirs["by"]["label"], version=theirs["version"])
    return read(tx, kind, key)


def _joined(tx: Tx, values: Row, tree: Tree | None, had: Had, now: Tree | None) -> bool:
    """True when the person's changes stand in the draft, or what is in force, as colleagues left it."""
    row = tx.one("SELECT tree FROM apps.draft WHERE kind = %(kind)s AND key = %(key)s FOR UPDATE", values)
    if row is None and now is None and not had.insist:
        return False
    whole, clashes = merge(had.tree, tree, now if row is None else row["tree"])
    if clashes and not had.insist:
        return False
    tx.run(
        "INSERT INTO apps.draft AS d (kind, key, tree, base, by, at) VALUES (%(kind)s, %(key)s, %(tree)s, %(base)s,"
        " current_setting('perennial.actor')::jsonb, %(now)s) ON CONFLICT (kind, key) DO UPDATE SET"
        " tree = excluded.tree, by = excluded.by, at = excluded.at, version = d.version + 1",
        {**values, "tree": Json(whole)},
    )
    return True


def in_force(tx: Tx, kind: str, key: str) -> dict[str, Any] | None:
    """The tree of a definition as it is; None when there is none."""
    known = kind_of(kind)
    trees = (known.dump(one) for one in known.current(tx))
    return next((tree for tree in trees if known.key(tree) == key), None)


def read(tx: Tx, kind: str, key: str) -> Draft:
    """Missing when nobody has a draft of it."""
    row = _row(tx, kind_of(kind).name, key)
    if row is None:
        raise Missing("apps.no_draft", key=key)
    return _draft(row, in_force(tx, kind, key))


def drafts(tx: Tx, ids: Sequence[int] | None = None) -> list[Draft]:
    """All drafts, or those with these numbers, in the order of the kinds; Missing when one of them is not there."""
    rows = tx.rows(
        "SELECT * FROM apps.draft WHERE %(ids)s::bigint[] IS NULL OR id IN (SELECT unnest(%(ids)s::bigint[]))"
        " ORDER BY id",
        {"ids": None if ids is None else list(ids)},
    )
    for number in ids or ():
        if number not in {row["id"] for row in rows}:
            raise Missing("apps.no_draft", key=str(number))
    found: list[Draft] = []
    for kind in KINDS:
        mine = [row for row in rows if row["kind"] == kind.name]
        now = {kind.key(tree): tree for tree in map(kind.dump, kind.current(tx))} if mine else {}
        found += [_draft(row, now.get(row["key"])) for row in mine]
    return found


def discard(tx: Tx, kind: str, key: str) -> None:
    """Nothing is left of the draft; Missing when there was none."""
    if not tx.run("DELETE FROM apps.draft WHERE kind = %(kind)s AND key = %(key)s", {"kind": kind, "key": key}):
        raise Missing("apps.no_draft", key=key)


def rebase(tx: Tx, kind: str, key: str, take: Mapping[str, str]) -> Draft:
    """The draft begins anew at what is in force: merged, and where both changed one place, as `take` says of its path.

    errors  Conflict apps.draft_conflict while a place is undecided
    """
    draft = read(tx, kind, key)
    tree, clashes = merge(draft.base, draft.tree, draft.current, take)
    _agreed(draft, clashes)
    tx.run(
        "UPDATE apps.draft SET tree = %(tree)s, base = %(base)s, version = version + 1, at = %(now)s,"
        " by = current_setting('perennial.actor')::jsonb WHERE id = %(id)s",
        {"id": draft.id, "tree": Json(tree), "base": Json(draft.current)},
    )
    return read(tx, kind, key)


def changes_of(found: Sequence[Draft]) -> list[Change]:
    """What publishing these drafts would change; Conflict where one of them clashes with what others published."""
    for draft in found:
        _agreed(draft, draft.clashes)
    return [Change(draft.kind, draft.key, draft.merged) for draft in found]


def together(found: Sequence[Draft], draft: Draft) -> list[Draft]:
    """Of these drafts the one and those drawn with it: a form and the sub-tables that live in it, however deep."""
    above = {one.key: str((one.tree or one.base or {}).get("within")) for one in found if one.kind == "form"}

    def top(key: str) -> str:
        seen = {key}
        while (over := above.get(key)) in above and over not in seen:
            key = str(over)
            seen.add(key)
        return key

    if draft.kind != "form":
        return [draft]
    return [one for one in found if one.kind == "form" and top(one.key) == top(draft.key)]


def published(tx: Tx, found: Sequence[Draft]) -> None:
    """They are in force now; no draft is left."""
    tx.run("DELETE FROM apps.draft WHERE id IN (SELECT unnest(%(ids)s::bigint[]))", {"ids": [one.id for one in found]})


def _agreed(draft: Draft, clashes: Sequence[Clash]) -> None:
    if clashes:
        raise Conflict(
            "apps.draft_conflict", path=clashes[0].path, label=draft.label, count=len(clashes),
            conflicts=[as_json(one) for one in clashes],
        )  # fmt: skip


def as_json(clash: Clash) -> dict[str, Any]:
    return {"path": clash.path, "base": clash.base, "mine": clash.mine, "theirs": clash.theirs}


def _row(tx: Tx, kind: str, key: str) -> Row | None:
    return tx.one("SELECT * FROM apps.draft WHERE kind = %(kind)s AND key = %(key)s", {"kind": kind, "key": key})


def _draft(row: Row, now: Tree | None) -> Draft:
    clashes = merge(row["base"], row["tree"], now)[1] if row["base"] != now else []
    return Draft(**row, current=now, clashes=clashes)
