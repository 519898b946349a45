"""Holds: what nothing may be done about until a day."""

from collections.abc import Iterable, Sequence

from perennial.rules.selects import Wanted


def holds(paths: Sequence[str]) -> dict[str, Wanted]:
    """Columns of the records above, by these relations, whose hold counts as well."""
    return {f"hold_{at}": Wanted(path) for at, path in enumerate(paths)}


def held(places: Iterable[tuple[str, str]]) -> str:
    """SQL: a hold is active on one of these. `places`: form and the column with its record."""
    return " OR ".join(
        "EXISTS (SELECT FROM processes.hold h WHERE h.ended_at IS NULL"
        f" AND h.form = '{form}' AND h.record_id = {column})"
        for form, column in places
    )
