"""What was written, as sets: which records changed how, and which records of a definition that concerns.

In:   the claimed transactions of the change log
Out:  groups of records of one form with the same changed fields; ids of a form's records whose formulas read them
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from perennial import access, changes, forms
from perennial.kernel import SYSTEM, Tx, render

_BIG = sa.ARRAY(sa.BigInteger)


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one form that changed in the same way. `reason`: why, of their last transaction."""

    form: str
    ids: list[int]
    fields: frozenset[str]
    created: bool
    deleted: bool
    restored: bool
    reason: str
    answer: str | None = None
    cause: str | None = None  # of an import or undo: its number
    actor: str = "{}"
    transactions: tuple[int, ...] = ()
    trail: tuple[str, ...] = ()  # the rules whose changes led here, the last one last

    @property
    def appeared(self) -> bool:
        return self.created or self.restored


def groups(tx: Tx, claimed: changes.Claimed) -> list[Group]:
    """The claimed changes, one group per form and way; forms hidden meanwhile are left out."""
    catalog = forms.catalog(tx)
    found: list[Group] = []
    for form_id in sorted({event.form_id for event in claimed.events}):
        form = catalog.by_id(form_id)
        if form is not None:
            found += _of_form(tx, form.key, form_id, claimed.transactions)
    return found


def _of_form(tx: Tx, form: str, form_id: int, transactions: list[int]) -> list[Group]:
    query = render(changes.claimed_changes(form_id))
    rows = tx.rows(
        f"""
        SELECT array_agg(c.record_id ORDER BY c.record_id) AS ids, c.fields, c.created, c.deleted, c.restored,
               t.reason ->> 'kind' AS reason, t.reason ->> 'answer' AS answer,
               coalesce(t.reason ->> 'import', t.reason ->> 'of') AS cause, t.actor::text AS actor,
               t.reason -> 'trail' AS trail, array_agg(DISTINCT c.transaction_id) AS transactions
          FROM ({query.text}) c JOIN changes.transaction t ON t.id = c.transaction_id
         GROUP BY c.fields, c.created, c.deleted, c.restored, t.reason, t.actor
        """,
        {**query.params, "transactions": transactions},
    )
    return [Group(form, row["ids"], frozenset(row["fields"]), row["created"], row["deleted"], row["restored"],
                  row["reason"] or "", row["answer"], row["cause"], row["actor"], tuple(row["transactions"]),
                  tuple(row["trail"] or ())) for row in rows]  # fmt: skip


def affected(tx: Tx, form: str, paths: Iterable[str], group: Group) -> list[int]:
    """Records of `form` for which one of these formula paths reads what the group changed."""
    hits: set[tuple[str, ...]] = set()
    left: set[tuple[tuple[str, ...], str]] = set()
    own = False
    catalog = forms.catalog(tx)
    whole = group.created or group.deleted or group.restored
    for path in paths:
        parts, here = path.split("."), form
        for at, (owner, field) in enumerate(catalog.steps(form, path)):
            child = here in catalog and catalog.collections(here).get(parts[at]) == (owner, field)
            if owner == group.form and (whole or field in group.fields):
                if child:
                    hits.add(tuple(parts[: at + 1]))
                    left.add((tuple(parts[:at]), field))
                elif at:
                    hits.add(tuple(parts[:at]))
                else:
                    own = True
            known = None if child else catalog.form(owner).field(field)
            here = owner if child else known.to or known.kind if known else owner
    found = set(group.ids) if own and group.form == form else set[int]()
    for way in hits:
        found |= set(_back(tx, form, way, group.ids))
    if not whole:
        for way, field in left:
            found |= set(_back(tx, form, way, _before(tx, group, field)))
    return sorted(found)


def _before(tx: Tx, group: Group, field: str) -> list[int]:
    """The records that this relation led to before the changes: they have lost a row."""
    return tx.value(
        "SELECT array_agg(DISTINCT v.id::bigint) FROM changes.change c CROSS JOIN LATERAL jsonb_array_elements_text("
        " CASE jsonb_typeof(c.before -> %(field)s) WHEN 'array' THEN c.before -> %(field)s"
        "   WHEN 'number' THEN jsonb_build_array(c.before -> %(field)s) ELSE '[]' END) v (id)"
        " WHERE c.form_id = %(form)s AND c.transaction_id IN (SELECT unnest(%(transactions)s::bigint[]))"
        "   AND c.record_id IN (SELECT unnest(%(ids)s::bigint[]))",
        {"field": field, "form": forms.catalog(tx).id(group.form), "transactions": [*group.transactions],
         "ids": group.ids},
    ) or []  # fmt: skip


def _back(tx: Tx, form: str, way: tuple[str, ...], ids: list[int]) -> list[int]:
    """Records of `form` from which `way` (relations and collections) leads to one of `ids`."""
    catalog = forms.catalog(tx)
    hops: list[tuple[str, str, tuple[str, str] | None]] = []
    at = form
    for name in way:
        child = catalog.collections(at).get(name)
        hops.append((at, name, child))
        field = None if child else catalog.form(at).field(name)
        at = child[0] if child else (field.to or field.kind if field else at)
    for owner, name, child in reversed(hops):
        if not ids:
            return []
        # a child that is deleted still says whose it was
        rows = access.readable(tx, child[0] if child else owner, actor=SYSTEM, deleted=None if child else False)
        key = rows.source.field("id") if child else rows.source.field(name)
        wanted = rows.source.field(child[1]) if child else rows.source.field("id")
        select = sa.select(sa.func.array_agg(sa.distinct(wanted))).select_from(rows.from_)
        ids = [
            one
            for one in tx.value(select.where(rows.where, key == sa.any_(sa.cast(ids, _BIG)))) or []
            if one is not None
        ]
    return ids
