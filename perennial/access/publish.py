"""Roles with their grants: read all, publish some, remove some."""

from collections.abc import Iterable

from psycopg.types.json import Jsonb

from perennial import people
from perennial.access.grant import Grant, Role, verify, verify_rows
from perennial.forms import catalog
from perennial.kernel import Invalid, Tx


def roles(tx: Tx) -> tuple[Role, ...]:
    """Every role of the workspace with its grants, oldest first."""
    grants: dict[int, list[Grant]] = {}
    for row in tx.rows("SELECT role_id, form, rows, rights, fields FROM access.form_grant ORDER BY role_id, form"):
        grant = Grant(row["form"], row["rows"], tuple(row["rights"]), row["fields"])
        grants.setdefault(row["role_id"], []).append(grant)
    return tuple(Role(head, tuple(grants.get(head.id or 0, []))) for head in people.roles(tx))


def publish(tx: Tx, changed: Iterable[Role], *, removed: Iterable[str] = ()) -> None:
    """The roles are as given and those in `removed` are gone, for everybody from the next transaction on.

    errors   Invalid of `grant.verify` · access.own_administration when the actor would lose the right to design
    """
    found = catalog(tx)
    with people.administered(tx):
        for role in changed:
            verify(role, found)
            role_id = people.save_role(tx, role.head)
            tx.run("DELETE FROM access.form_grant WHERE role_id = %(role)s", {"role": role_id})
            for grant in role.grants:
                tx.run(
                    "INSERT INTO access.form_grant (role_id, form, rows, rights, fields)"
                    " VALUES (%(role)s, %(form)s, %(rows)s, %(rights)s, %(fields)s)",
                    {
                        "role": role_id, "form": grant.form, "rows": grant.rows, "rights": list(grant.rights),
                        "fields": Jsonb(dict(grant.fields)),
                    },
                )  # fmt: skip
        people.remove_roles(tx, list(removed))
        if tx.actor.kind == "person" and "design" not in people.standing(tx).may:
            raise Invalid("access.own_administration")
    _renew(tx)


def recheck(tx: Tx) -> None:
    """For whoever publishes forms, in the same transaction: Invalid when a role's row condition no longer types."""
    found = catalog(tx)
    for role in roles(tx):
        verify_rows(role, found)


def _renew(tx: Tx) -> None:
    """Compiled SQL of the old grants is used no more, in any process."""
    tx.catalog_version = tx.value(
        "UPDATE kernel.workspace SET catalog_version ="
        " greatest(catalog_version + 1, (extract(epoch FROM clock_timestamp()) * 1e6)::bigint)"
        " RETURNING catalog_version"
    )
