"""Somebody stays who can put right what goes wrong: who manages people, and who designs."""

from collections.abc import Generator
from contextlib import contextmanager

from perennial.kernel import Invalid, Tx
from perennial.people.session import forget_standing, standing

_KEPT = ("people", "design")


@contextmanager
def administered(tx: Tx) -> Generator[None]:
    """Inside, roles, their holders or who is active change; afterwards nobody has locked themselves out, nor everybody.

    One such change at a time: two administrators who take each other's rights away leave one of them.
    errors   Invalid people.own_rights · people.last_administrator
    """
    tx.lock("people.administration")
    held, mine = _held(tx), standing(tx).may
    yield
    forget_standing(tx)
    if "people" in mine and "people" not in standing(tx).may:
        raise Invalid("people.own_rights", path="roles")
    if held - _held(tx):
        raise Invalid("people.last_administrator", path="roles")


def _held(tx: Tx) -> set[str]:
    """Which of these rights any active person has."""
    rows = tx.rows(
        "SELECT DISTINCT unnest(r.may) AS may FROM people.role r JOIN people.membership m ON m.role_id = r.id"
        " JOIN people.person p ON p.id = m.person_id AND p.active"
    )
    return {row["may"] for row in rows} & set(_KEPT)
