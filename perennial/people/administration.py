"""Somebody stays who can put right what goes wrong: who manages people, and who designs. And nobody rises by it."""

from collections.abc import Collection, Generator
from contextlib import contextmanager

from perennial.kernel import Denied, Invalid, Tx, Words
from perennial.people.session import forget_standing, standing

_KEPT = ("people", "design")
_WORDS = {
    "design": Words("设计", "design"), "import": Words("导入", "import"), "release": Words("放行", "release"),
    "people": Words("人员", "people"),
}  # fmt: skip


@contextmanager
def administered(tx: Tx) -> Generator[None]:
    """Inside, roles, their holders or who is active change; afterwards nobody has locked themselves out, nor everybody,
    and nobody has a system right that the acting person has not. Who does not design gives themselves no role.

    One such change at a time: two administrators who take each other's rights away leave one of them.
    errors   Invalid people.own_rights · people.last_administrator · Denied people.beyond_own · people.own_raise
    """
    tx.lock("people.administration")
    before, mine, own = _rights(tx), standing(tx).may, standing(tx).roles
    try:
        yield
        forget_standing(tx)
        _judge(tx, before, mine, own)
    except BaseException:
        forget_standing(tx)  # what was read inside does not outlive a savepoint
        raise


def _judge(tx: Tx, before: dict[int, set[str]], mine: frozenset[str], own: frozenset[int]) -> None:
    after = _rights(tx)
    if "people" in mine and "people" not in standing(tx).may:
        raise Invalid("people.own_rights", path="roles")
    if (_kept(before) - _kept(after)) & set(_KEPT):
        raise Invalid("people.last_administrator", path="roles")
    given = {right for person, rights in after.items() for right in rights - before.get(person, set())}
    within(tx, given, mine)
    if "design" not in mine and standing(tx).roles - own:
        raise Denied("people.own_raise", path="roles")


def within(tx: Tx, rights: set[str], mine: frozenset[str] | None = None) -> None:
    """These system rights are all among those of the acting person (or `mine`, what they had before)."""
    beyond = sorted(rights - (standing(tx).may if mine is None else mine))
    if beyond:
        raise Denied("people.beyond_own", path="roles", rights=Words.joined(_WORDS[right] for right in beyond))


def rights_of(tx: Tx, person_id: int) -> set[str]:
    """The system rights of one person, active or not."""
    rows = tx.rows(f"{_RIGHTS} WHERE p.id = %(id)s GROUP BY p.id", {"id": person_id})
    return set(rows[0]["may"]) if rows else set()


def rights_of_all(tx: Tx, persons: Collection[int]) -> set[str]:
    """The system rights that any of these persons has."""
    rows = tx.rows(f"{_RIGHTS} WHERE p.id IN (SELECT unnest(%(ids)s::bigint[])) GROUP BY p.id", {"ids": list(persons)})
    return {right for row in rows for right in row["may"]}


_RIGHTS = (
    "SELECT p.id, array_agg(DISTINCT u.may) AS may FROM people.role r CROSS JOIN LATERAL unnest(r.may) AS u (may)"
    " JOIN people.membership m ON m.role_id = r.id JOIN people.person p ON p.id = m.person_id"
)


def _rights(tx: Tx) -> dict[int, set[str]]:
    """Of each active person who has any: their system rights."""
    return {row["id"]: set(row["may"]) for row in tx.rows(f"{_RIGHTS} AND p.active GROUP BY p.id")}


def _kept(rights: dict[int, set[str]]) -> set[str]:
    return {right for held in rights.values() for right in held}
