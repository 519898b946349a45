"""What a person sees of the database and its indexes, and what they may decide about them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from perennial.access import everything
from perennial.forms import catalog
from perennial.kernel import Invalid, Missing, Row, Tx, Words, defer
from perennial.records import indexes, questions
from perennial.records.index_keys import index_of
from perennial.records.indexes import TASK, Wanted, Watched, Why, admitted, row_counts, wanted
from perennial.records.questions import Question
from perennial.records.search import search_indexes

State = Literal["ready", "building", "waiting", "failed", "short", "full", "dropping", "dropped"]


@dataclass(frozen=True, slots=True)
class Table:
    """Sizes in bytes; `indexes`: how many a save keeps."""

    form: str
    rows: int
    size: int
    index_size: int
    indexes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An index of ours. `reasons`: why it is there, with a label (a view's, a process's); none: nothing wants it any
    longer. `used`: how often since `since`."""

    name: str
    form: str
    keys: Sequence[str]
    reasons: Sequence[tuple[Why, str]]
    state: State
    size: int
    used: int
    used_at: dt.datetime | None
    since: dt.datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Overview:
    size: int
    tables: Sequence[Table]
    indexes: Sequence[Standing]
    questions: Sequence[Question]
    most: int
    least_rows: int


_TABLES = """
SELECT c.relname AS name, pg_table_size(c.oid) AS size, pg_indexes_size(c.oid) AS index_size,
       (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid) AS indexes
  FROM pg_class c WHERE c.relnamespace = 'data'::regnamespace AND c.relname = ANY(%(names)s)"""
_INDEXES = """
SELECT c.relname AS name, t.relname AS table_name, i.indisvalid AS valid, pg_relation_size(c.oid) AS size,
       coalesce(s.idx_scan, 0) AS used, s.last_idx_scan AS used_at,
       EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid) AS building,
       (SELECT d.stats_reset FROM pg_stat_database d WHERE d.datname = current_database()) AS reset_at
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
  LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = c.oid
 WHERE c.relnamespace = 'data'::regnamespace AND c.relname ~ '^(use|search|sound|title)_[0-9a-f]{16}$'"""


def overview(tx: Tx, watched: Iterable[Watched]) -> Overview:
    """Sizes, indexes and slow questions."""
    found = wanted(tx, watched)
    tables = {everything(tx, form.key).target.name: form.key for form in catalog(tx).forms}
    rows = row_counts(tx)
    sized = tx.rows(_TABLES, {"names": list(tables)})
    return Overview(
        size=tx.value("SELECT pg_database_size(current_database())"),
        tables=[
            Table(tables[one["name"]], rows.get(tables[one["name"]], 0), one["size"], one["index_size"], one["indexes"])
            for one in sorted(sized, key=lambda one: -one["size"] - one["index_size"])
        ],
        indexes=_standings(tx, found, tables, rows),
        questions=questions.slow(tx),
        most=indexes.MOST,
        least_rows=indexes.LEAST_ROWS,
    )


def _standings(tx: Tx, found: Sequence[Wanted], tables: dict[str, str], rows: dict[str, int]) -> list[Standing]:
    exists = {one["name"]: one for one in tx.rows(_INDEXES) if one["table_name"] in tables}
    kept = {one["name"]: one for one in tx.rows("SELECT name, form, keys, wish, built_at, problem FROM records.index")}
    search = {
        one.name: Wanted(one, [(what, "")])  # pyright: ignore[reportArgumentType]
        for form in catalog(tx).forms
        for what, one in search_indexes(tx, form.key).items()
    }
    all_ = search | {one.index.name: one for one in found}
    built = {one.index.name for one in admitted(tx, found)} | set(search)
    out: list[Standing] = []
    orphans = [name for name in exists if name not in all_ and name.startswith("use_")]
    for name in [*(one.index.name for one in found), *orphans, *search]:
        here, row, one = exists.get(name), kept.get(name), all_.get(name)
        form = one.index.form if one else tables[exists[name]["table_name"]]
        state: State = "waiting"
        if row and row["wish"] == "drop":
            state = "dropping" if here else "dropped"
        elif here:
            state = "building" if here["building"] else "ready" if here["valid"] else "waiting"
        elif row and row["problem"]:
            state = "failed"
        elif name not in built:
            state = "short" if rows.get(form, 0) < indexes.LEAST_ROWS else "full"
        keys = one.index.keys if one else row["keys"] if row else ()
        moments = [at for at in ((row or {}).get("built_at"), (here or {}).get("reset_at")) if at is not None]
        out.append(
            Standing(
                name, form, list(keys), list(one.reasons) if one else [], state, here["size"] if here else 0,
                here["used"] if here else 0, here["used_at"] if here else None, max(moments, default=None),
                row["problem"] if row else None,
            )
        )  # fmt: skip
    return out


def let_go(tx: Tx, name: str) -> None:
    """The job drops the index and builds it no more, until somebody wants it again. Search's own stay."""
    known = _known(tx, name)
    if not name.startswith("use_"):
        raise Missing("records.no_such_index")
    _decide(tx, name, known["form"], known["keys"], "drop")


def ask_for(tx: Tx, form: str, keys: Sequence[str], watched: Iterable[Watched]) -> None:
    """The job builds an index with these keys. Refused where the form has as many as it may have."""
    index = index_of(tx, form, keys)
    others = {one.index.name for one in admitted(tx, wanted(tx, watched)) if one.index.form == form}
    if index.name not in others and len(others) >= indexes.MOST:
        label: Words = catalog(tx).form(form).words
        raise Invalid("records.too_many_indexes", form=label, most=indexes.MOST)
    _decide(tx, index.name, form, keys, "keep")


def bring_back(tx: Tx, name: str, watched: Iterable[Watched]) -> None:
    """What was let go, or could not be built, is built again."""
    known = _known(tx, name)
    if name.startswith("use_"):
        ask_for(tx, known["form"], known["keys"], watched)
    else:  # search's own is wanted anyway
        _decide(tx, name, known["form"], known["keys"], None)


def _known(tx: Tx, name: str) -> Row:
    found = tx.one("SELECT form, keys FROM records.index WHERE name = %(name)s", {"name": name})
    if found is None:
        raise Missing("records.no_such_index")
    return found


def answer(tx: Tx, shape: str, watched: Iterable[Watched]) -> None:
    """The index that would help a slow question is built."""
    found = next((one for one in questions.slow(tx) if one.shape == shape and one.keys), None)
    if found is None:
        raise Missing("records.no_such_index")
    ask_for(tx, found.form, found.keys, watched)
    questions.forget(tx, found.form, found.keys)


def _decide(tx: Tx, name: str, form: str, keys: Sequence[str], wish: str | None) -> None:
    tx.run(
        "INSERT INTO records.index (name, form, keys, wish, by, at) VALUES (%(name)s, %(form)s, %(keys)s, %(wish)s,"
        " current_setting('perennial.actor')::jsonb, %(now)s) ON CONFLICT (name) DO UPDATE"
        " SET wish = excluded.wish, by = excluded.by, at = excluded.at, problem = NULL",
        {"name": name, "form": form, "keys": list(keys), "wish": wish},
    )
    defer(tx, TASK)
