"""Slow questions: pages that took long, by their shape. No value that anybody typed is kept, only which fields they
filtered and sorted by; at most MOST shapes."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from perennial import formula
from perennial.access import readable
from perennial.kernel import Invalid, Tx
from perennial.records.index_keys import keys_of
from perennial.records.query import Query

SLOW_MS = 300
MOST = 100
_NOTED = """
INSERT INTO records.question AS q (shape, form, reads, sort, keys, count, total_ms, worst_ms, first_at, last_at)
VALUES (%(shape)s, %(form)s, %(reads)s, %(sort)s, %(keys)s, 1, %(ms)s, %(ms)s, %(now)s, %(now)s)
ON CONFLICT (shape) DO UPDATE SET count = q.count + 1, total_ms = q.total_ms + excluded.total_ms,
   worst_ms = greatest(q.worst_ms, excluded.worst_ms), last_at = excluded.last_at
RETURNING count"""
_FORGET = """
DELETE FROM records.question
 WHERE shape IN (SELECT shape FROM records.question ORDER BY last_at DESC OFFSET %(most)s)"""


@dataclass(frozen=True, slots=True)
class Question:
    """`reads`: fields of the filter; `sort`: `-amount` is downwards; `keys`: of the index that would help."""

    shape: str
    form: str
    reads: Sequence[str]
    sort: Sequence[str]
    keys: Sequence[str]
    count: int
    total_ms: int
    worst_ms: int


def note(tx: Tx, form: str, query: Query, seconds: float) -> None:
    """A page took so long; a quick one is not worth a line."""
    ms = round(seconds * 1000)
    if ms < SLOW_MS:
        return
    scope = readable(tx, form).scope
    reads = sorted(formula.check(query.filter, scope, "yes_no").reads) if query.filter else []
    sort = [f"-{path}" if down else path for path, down in query.sort]
    try:
        keys = list(keys_of(tx, form, query.filter, query.sort))
    except Invalid:  # a label that is one field to this reader may be two to the system
        keys = []
    shape = hashlib.blake2s(json.dumps([form, reads, sort, keys]).encode(), digest_size=8).hexdigest()
    values = {"shape": shape, "form": form, "reads": reads, "sort": sort, "keys": keys, "ms": ms}
    if tx.value(_NOTED, values) == 1:
        tx.run(_FORGET, {"most": MOST})


def slow(tx: Tx) -> list[Question]:
    """The most time in all first."""
    columns = "shape, form, reads, sort, keys, count, total_ms, worst_ms"
    return [Question(**row) for row in tx.rows(f"SELECT {columns} FROM records.question ORDER BY total_ms DESC, shape")]


def forget(tx: Tx, form: str, keys: Sequence[str]) -> None:
    """The index that helps stands now: what was measured without it says nothing any longer."""
    tx.run("DELETE FROM records.question WHERE form = %(form)s AND keys = %(keys)s", {"form": form, "keys": list(keys)})
