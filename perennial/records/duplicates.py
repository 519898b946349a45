"""Records that are perhaps one: told with a score and the reasons, never merged by themselves.

In:   a form's name field and its phones, mail addresses and codes, as far as the reader reads them in full
Out:  pairs of records that the reader may both see; or, for one that is being written, what is perhaps there already
Names are compared without legal form, place and words that many have, by pairs of neighbouring characters. The whole
form is one statement whose work grows with its records (duplicates.sql), so that of a large form is kept by a job
(suspects.py); a single name asks the index of the search.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from perennial.access import Rows, everything, readable, require
from perennial.forms import Field
from perennial.kernel import Invalid, Missing, Tx, statements
from perennial.records.search import indexed, stored_pairs
from perennial.records.values import parse

MOST = 200  # pairs that are told
COMMON = 30  # a pair of characters that more names have is no evidence
ALIKE = 10  # a name or number that more records share is no evidence either: a switchboard, a chain
LEAST = 60
NEAR = 200  # records that are compared with one that is being written
_FORMATS = {"credit_code": 98, "id_number": 98, "mail": 85, "phone": 80}
_SQL = statements(__file__, "duplicates.sql")


@dataclass(frozen=True, slots=True)
class Named:
    id: int
    label: str


@dataclass(frozen=True, slots=True)
class Pair:
    """`score` 0 to 100. `why`: same_name, name, or the key of a field in which they are equal; the strongest first."""

    one: Named
    other: Named
    score: int
    why: list[str]


@dataclass(frozen=True, slots=True)
class Alike:
    """A record like the one that is being written."""

    id: int
    label: str
    score: int
    why: list[str]


def pairs(tx: Tx, form: str, limit: int = MOST) -> list[Pair]:
    """What is perhaps twice in a form, best first. Denied for who may not change its records."""
    require(tx, "update", form)
    gather(tx, lambda: readable(tx, form))
    return told(tx, form, "reasons", limit)


def gather(tx: Tx, rows_of: Callable[[], Rows]) -> None:
    """dup_r, names, and dup_k, numbers, as these rows show them."""
    tx.run("DROP TABLE IF EXISTS pg_temp.dup_r, pg_temp.dup_k")
    tx.run("CREATE TEMP TABLE dup_r (id bigint, plain text) ON COMMIT DROP")
    tx.run("CREATE TEMP TABLE dup_k (id bigint, field text, key text, score numeric) ON COMMIT DROP")
    rows = rows_of()
    title = _title(rows)
    if title is not None:
        plain = sa.func.records.plain_name(rows.source.field(title), type_=sa.Text)
        _fill(tx, "dup_r", ("id", "plain"), rows, plain)
    for key, score in _numbers(rows).items():
        again = rows_of()
        value = sa.func.records.number_key(again.source.field(key), type_=sa.Text)
        _fill(tx, "dup_k", ("id", "key", "field", "score"), again, value, sa.literal(key), sa.literal(score))
    tx.run("ANALYZE dup_r")
    tx.run("ANALYZE dup_k")


def gather_kept(tx: Tx, form: str) -> None:
    """dup_v: what the reader reads of the records that were kept as perhaps one."""
    tx.run("DROP TABLE IF EXISTS pg_temp.dup_v")
    tx.run("CREATE TEMP TABLE dup_v (id bigint, field text, key text) ON COMMIT DROP")
    rows = readable(tx, form)
    title = _title(rows)
    ways = ([("", title, sa.func.records.plain_name)] if title else []) + [
        (key, key, sa.func.records.number_key) for key in _numbers(rows)
    ]
    for name, key, compared in ways:
        again = readable(tx, form)
        kept = sa.text(
            "SELECT one FROM records.suspect WHERE form = :kept_form UNION SELECT other FROM records.suspect"
            " WHERE form = :kept_form"
        ).bindparams(kept_form=form)
        some = again.source.field("id").in_(sa.select(kept.columns(sa.column("one", sa.BigInteger)).subquery().c.one))
        value = compared(again.source.field(key), type_=sa.Text)
        _fill(tx, "dup_v", ("id", "key", "field"), again, value, sa.literal(name), only=some)
    tx.run("ANALYZE dup_v")


def told(tx: Tx, form: str, reasons: str, limit: int) -> list[Pair]:
    """Pairs for which there are `reasons`, of `gather` or `gather_kept`, as the reader knows them."""
    binds = {"form": form, "common": COMMON, "alike": ALIKE, "least": LEAST, "limit": limit}
    found = tx.rows(f"{_SQL[reasons]} {_SQL['told']}", binds)
    labels = _labels(tx, form, [row[side] for row in found for side in ("one", "other")])
    return [
        Pair(Named(row["one"], labels[row["one"]]), Named(row["other"], labels[row["other"]]), row["score"], row["why"])
        for row in found
        if row["one"] in labels and row["other"] in labels
    ]


def keep(tx: Tx, form: str, most: int) -> None:
    """The best reasons of the whole form are kept, whoever may read what."""
    gather(tx, lambda: everything(tx, form))
    tx.run("DELETE FROM records.suspect WHERE form = %(form)s", {"form": form})
    binds = {"form": form, "common": COMMON, "alike": ALIKE, "least": LEAST, "limit": most}
    tx.run(f"{_SQL['reasons']} {_SQL['keep']}", binds)


def alike(tx: Tx, form: str, values: Mapping[str, Any], limit: int = 3) -> list[Alike]:
    """What is perhaps there already of a record with these values, of what the reader may see."""
    rows = readable(tx, form)
    source = rows.source
    texts = indexed(rows.catalog.form(form))
    ways: list[tuple[str, sa.ColumnElement[bool], sa.ColumnElement[Any]]] = []

    def bound(text: str) -> sa.ColumnElement[Any]:
        return sa.literal(text, sa.Text)

    raw = everything(tx, form)
    stored = _stored(raw)  # what the index is over; what is compared below is what is read
    title = _title(rows)
    name = _typed(tx, rows, title, values) if title else None
    if title in texts and name and (telling := _telling(tx, form, name)):
        near = stored.op("&&", is_comparison=True)(sa.cast(telling, sa.ARRAY(sa.Text)))
        ways.append(("name", near, sa.func.records.name_score(source.field(title), bound(name), type_=sa.Numeric)))
    for key, score in _numbers(rows).items():
        given = _typed(tx, rows, key, values)
        if key in texts and given and len(given) > 5:
            near = stored.op("@>", is_comparison=True)(sa.func.records.bigrams(bound(given)))
            same = sa.func.records.number_key(source.field(key)) == sa.func.records.number_key(bound(given))
            ways.append((key, near, sa.case((same, score), else_=0)))
    if not ways:
        return []
    # the index names them, whatever the planner thinks of a limit; few are compared
    named = sa.select(raw.source.field("id").label("id")).select_from(raw.from_)
    near_ = named.where(sa.or_(*(near for _, near, _ in ways))).cte("near").prefix_with("MATERIALIZED")
    where = [rows.where, source.field("id") == near_.c.id]
    columns = [score.label(f"s_{key}") for key, _, score in ways]
    inner = sa.select(source.field("id").label("id"), rows.label().label("label"), *columns)
    scored = inner.select_from(near_, rows.from_).where(*where).limit(NEAR).subquery("scored")
    best = sa.func.greatest(*(scored.c[f"s_{key}"] for key, _, _ in ways))
    found = tx.rows(sa.select(scored).where(best >= LEAST).order_by(best.desc(), scored.c.id).limit(limit))
    return [_alike(row, [key for key, _, _ in ways]) for row in found]


def _typed(tx: Tx, rows: Rows, key: str, values: Mapping[str, Any]) -> str | None:
    """What would be stored; None of what could not be, and is not evidence yet."""
    try:
        found = parse(rows.catalog.field(rows.form, key), values.get(key), tx)
    except Invalid:
        return None
    return found if isinstance(found, str) else None


def _stored(rows: Rows) -> sa.ColumnElement[Any]:
    """What the index of the search is over."""
    return stored_pairs(rows.catalog.form(rows.form), rows.source.raw)


def _telling(tx: Tx, form: str, name: str) -> list[str]:
    """The character pairs of a name that few records have; the rarest one when many have each."""
    core = sa.func.records.name_core(sa.func.records.plain_name(sa.literal(name, sa.Text)), type_=sa.Text)
    words: list[str] = tx.value(sa.select(sa.func.records.bigrams(core, type_=sa.ARRAY(sa.Text)))) or []
    if not words:
        return []
    rows = everything(tx, form)

    def hits(word: str) -> Any:
        has = _stored(rows).op("@>", is_comparison=True)(sa.cast([word], sa.ARRAY(sa.Text)))
        return sa.select(sa.func.count()).select_from(rows.from_).where(has).scalar_subquery()

    counts = tx.one(sa.select(*(hits(word).label(f"n_{at}") for at, word in enumerate(words)))) or {}
    by_count = sorted((counts[f"n_{at}"], word) for at, word in enumerate(words))
    return [word for count, word in by_count if 0 < count <= NEAR] or [word for count, word in by_count[:1] if count]


def differ(tx: Tx, form: str, one: int, other: int) -> None:
    """Somebody has judged: these are two. They are told no more."""
    _judge(tx, form, one, other)
    tx.run(
        "INSERT INTO records.different (form, one, other, by) VALUES (%(form)s, %(one)s, %(other)s, %(me)s)"
        " ON CONFLICT DO NOTHING",
        {"form": form, "one": min(one, other), "other": max(one, other)},
    )


def may_be_one(tx: Tx, form: str, one: int, other: int) -> None:
    """The judgement is taken back."""
    _judge(tx, form, one, other)
    tx.run(
        "DELETE FROM records.different WHERE form = %(form)s AND one = %(one)s AND other = %(other)s",
        {"form": form, "one": min(one, other), "other": max(one, other)},
    )


def _judge(tx: Tx, form: str, one: int, other: int) -> None:
    require(tx, "update", form)
    known = one != other and all(0 < at < 2**63 for at in (one, other))
    if not known or len(_labels(tx, form, [one, other])) < 2:
        raise Missing("records.missing")


def _title(rows: Rows) -> str | None:
    """The name field, when it is a text that the reader reads in full somewhere."""
    title = rows.catalog.form(rows.form).field(rows.catalog.form(rows.form).title or "")
    return title.key if title is not None and title.kind == "text" and _reads(rows, title) else None


def _numbers(rows: Rows) -> dict[str, int]:
    """Fields whose equality is evidence -> how strong."""
    found = ((one, _FORMATS.get(one.format or one.kind)) for one in rows.catalog.form(rows.form).fields)
    return {one.key: score for one, score in found if score is not None and _reads(rows, one)}


def _reads(rows: Rows, field: Field) -> bool:
    return rows.fields.get(field.key) in ("read", "write")


def _fill(
    tx: Tx, name: str, columns: tuple[str, ...], rows: Rows, value: Any, *more: Any, only: Any = None
) -> None:  # fmt: skip
    table = sa.table(name, *(sa.column(column) for column in columns))
    where = [rows.where, value.is_not(None), *([] if only is None else [only])]
    chosen: Any = sa.select(rows.source.field("id"), value, *more).select_from(rows.from_)
    tx.run(sa.insert(table).from_select(list(columns), chosen.where(*where)))


def _labels(tx: Tx, form: str, ids: list[int]) -> dict[int, str]:
    rows = readable(tx, form)
    named = rows.source.field("id").in_(sa.select(sa.func.unnest(sa.cast(ids, sa.ARRAY(sa.BigInteger)))))
    where = rows.where
    asked = sa.select(rows.source.field("id").label("id"), rows.label().label("label")).select_from(rows.from_)
    return {row["id"]: row["label"] for row in tx.rows(asked.where(where, named))}


def _alike(row: Mapping[str, Any], keys: list[str]) -> Alike:
    told = sorted((key for key in keys if (row[f"s_{key}"] or 0) >= LEAST), key=lambda key: -row[f"s_{key}"])
    best = max(int(row[f"s_{key}"]) for key in told)
    why = ["same_name" if key == "name" and row["s_name"] == 100 else key for key in told]
    return Alike(row["id"], row["label"], best, why)
