"""The ids of one page, in order, found through an index.

Blanks stand last in both directions, the id breaks ties. PostgreSQL cannot serve `DESC NULLS LAST`, nor a resumption
`key > x OR key IS NULL`, from an ordinary index; so the rows with a first key and those without are two branches of a
UNION ALL, each in index order, and the second runs only when the first did not fill the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    cast,
    false,
    func,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import Text as SqlText

LIMIT = bindparam("limit", type_=BigInteger)
SKIP = bindparam("skip", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key. `nullable`: some rows may have no value. `related`: it stands in another form, whose index can lead
    only when rows without it are asked for apart."""

    expression: ColumnElement[Any]
    descending: bool
    nullable: bool
    related: bool = False


def page_of_ids(
    source: FromClause,
    where: Sequence[ColumnElement[bool]],
    record_id: ColumnElement[int],
    keys: Sequence[Key],
    blanks: Sequence[bool] | None,
    *,
    skips: bool = False,
) -> Select[Any]:
    """A select of id, k0, k1, … and n (1, 2, …), at most `limit` rows.

    blanks  None for the first page, else which of the cursor's values are blank; binds after_0, …, after_id
    skips   the first `skip` rows are left out; they are walked over in the index
    """
    first = keys[0] if keys else None
    reach = LIMIT + SKIP if skips else LIMIT
    if first is None or not first.nullable or (blanks is None and not first.descending and not first.related):
        found = _branch(source, where, record_id, keys, blanks, reach=reach).subquery("found")
    else:
        rest = blanks[1:] if blanks is not None else None
        with_value = _branch(
            source, [*where, first.expression.is_not(None)], record_id,
            [Key(first.expression, first.descending, False), *keys[1:]], blanks, reach=reach,
        )  # fmt: skip
        without = _branch(
            source,
            [*where, first.expression.is_(None)],
            record_id,
            keys,
            rest if blanks and blanks[0] else None,
            skip=1,
            reach=reach,
        )
        parts = [without] if blanks and blanks[0] else [with_value, without]
        wrapped = [select(part.subquery(f"part_{at}")) for at, part in enumerate(parts)]
        found = (union_all(*wrapped) if len(wrapped) > 1 else wrapped[0]).subquery("found")
    number = func.row_number().over()
    if not skips:
        return select(*found.c, number.label("n")).limit(LIMIT)
    return select(*found.c, (number - SKIP).label("n")).limit(LIMIT).offset(SKIP)


def _branch(
    source: FromClause,
    where: Sequence[ColumnElement[bool]],
    record_id: ColumnElement[int],
    keys: Sequence[Key],
    blanks: Sequence[bool] | None,
    skip: int = 0,
    *,
    reach: ColumnElement[int] = LIMIT,
) -> Select[Any]:
    """One ordered select; the first `skip` keys are blank in all of it and order nothing."""
    downwards = bool(keys) and keys[0].descending
    ordering: list[ColumnElement[Any]] = []
    for key in keys[skip:]:
        one = key.expression.desc() if key.descending else key.expression.asc()
        # without blanks the plain direction is the one that an index has
        ordering.append(one.nulls_last() if key.nullable and key.descending else one)
    ordering.append(record_id.desc() if downwards else record_id.asc())
    columns = [key.expression.label(f"k{at}") for at, key in enumerate(keys)]
    found = select(record_id.label("id"), *columns).select_from(source).where(*where)
    if blanks is not None:
        found = found.where(_beyond(record_id, keys, blanks, skip, downwards))
    return found.order_by(*ordering).limit(reach)


def _beyond(
    record_id: ColumnElement[int], keys: Sequence[Key], blanks: Sequence[bool], skip: int, downwards: bool
) -> ColumnElement[bool]:
    """The rows behind the cursor. `blanks` belongs to keys[skip:]."""
    last_id = bindparam("after_id", type_=BigInteger)
    marks = [cast(bindparam(f"after_{at}", type_=SqlText), key.expression.type) for at, key in enumerate(keys)]
    if skip == 0 and len(keys) == 1 and not blanks[0]:
        # one row comparison is one range of the index
        pair, mark = tuple_(keys[0].expression, record_id), tuple_(marks[0], last_id)
        return pair < mark if downwards else pair > mark
    terms: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for at, key in enumerate(keys[skip:], start=skip):
        blank = blanks[at - skip]
        terms.append(and_(*equal, _further(key, marks[at], blank)))
        equal.append(key.expression.is_(None) if blank else key.expression == marks[at])
    terms.append(and_(*equal, record_id < last_id if downwards else record_id > last_id))
    beyond = or_(*terms)
    if keys and skip == 0 and not blanks[0] and not keys[0].nullable:
        # implied by the rest; said apart, an index range serves it
        leading = keys[0].expression <= marks[0] if keys[0].descending else keys[0].expression >= marks[0]
        beyond = and_(leading, beyond)
    return beyond


def _further(key: Key, mark: ColumnElement[Any], blank: bool) -> ColumnElement[bool]:
    """Strictly behind the mark in one key; behind a blank comes nothing, before it everything."""
    if blank:
        return false()
    value = key.expression < mark if key.descending else key.expression > mark
    return or_(value, key.expression.is_(None)) if key.nullable else value
