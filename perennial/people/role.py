"""Roles: a key, names, system rights, and who holds them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from perennial.kernel import Invalid, Row, Tx
from perennial.people.administration import administered
from perennial.people.session import forget_standing

SYSTEM_RIGHTS = ("design", "import", "release", "people")


@dataclass(frozen=True, slots=True)
class Role:
    """`may`: system rights; `menu`: navigation entries beside those that its rights open."""

    key: str
    label: str
    label_en: str | None = None
    may: Sequence[str] = field(default=())
    menu: Sequence[str] = field(default=())
    landing: str | None = None
    id: int | None = None


def roles(tx: Tx) -> list[Role]:
    """Every role of the workspace, oldest first."""
    rows = tx.rows("SELECT id, key, label, label_en, may, menu, landing FROM people.role ORDER BY id")
    return [Role(**row) for row in rows]


def save_role(tx: Tx, role: Role) -> int:
    """The role with this key is as given; its holders stay. Returns its id."""
    wrong = [right for right in role.may if right not in SYSTEM_RIGHTS]
    if wrong:
        raise Invalid("people.unknown_right", path="may", right=wrong[0])
    values = {
        "key": role.key, "label": role.label, "label_en": role.label_en, "may": list(role.may),
        "menu": list(role.menu), "landing": role.landing,
    }  # fmt: skip
    forget_standing(tx)
    return int(
        tx.value(
            "INSERT INTO people.role (key, label, label_en, may, menu, landing)"
            " VALUES (%(key)s, %(label)s, %(label_en)s, %(may)s, %(menu)s, %(landing)s)"
            " ON CONFLICT (key) DO UPDATE SET label = excluded.label, label_en = excluded.label_en,"
            " may = excluded.may, menu = excluded.menu, landing = excluded.landing RETURNING id",
            values,
        )
    )


def remove_roles(tx: Tx, keys: Sequence[str]) -> None:
    """The roles are gone, from their holders too."""
    tx.run("DELETE FROM people.role WHERE key = ANY(%(keys)s)", {"keys": list(keys)})
    forget_standing(tx)


def assign(tx: Tx, person_id: int, keys: Iterable[str]) -> None:
    """The person holds exactly these roles."""
    wanted = sorted(set(keys))
    known = {row["key"] for row in tx.rows("SELECT key FROM people.role WHERE key = ANY(%(keys)s)", {"keys": wanted})}
    for key in wanted:
        if key not in known:
            raise Invalid("people.unknown_role", path="roles", role=key)
    with administered(tx):
        tx.run(
            "DELETE FROM people.membership m USING people.role r"
            " WHERE r.id = m.role_id AND m.person_id = %(person)s AND r.key <> ALL(%(keys)s)",
            {"person": person_id, "keys": wanted},
        )
        tx.run(
            "INSERT INTO people.membership (person_id, role_id) SELECT %(person)s, id FROM people.role"
            " WHERE key = ANY(%(keys)s) ON CONFLICT DO NOTHING",
            {"person": person_id, "keys": wanted},
        )


def holders(tx: Tx, key: str) -> list[int]:
    """Ids of the active persons who hold a role."""
    rows = tx.rows(
        "SELECT p.id FROM people.membership m JOIN people.role r ON r.id = m.role_id"
        " JOIN people.person p ON p.id = m.person_id WHERE r.key = %(key)s AND p.active ORDER BY p.id",
        {"key": key},
    )
    return [row["id"] for row in rows]


def held(tx: Tx) -> list[Row]:
    """Of each role that active persons hold: `key` and how many, `n`."""
    return tx.rows(
        "SELECT r.key, count(*) AS n FROM people.membership m JOIN people.role r ON r.id = m.role_id"
        " JOIN people.person p ON p.id = m.person_id WHERE p.active GROUP BY r.key ORDER BY r.key"
    )
