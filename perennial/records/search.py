"""Find records by pieces of text: an index of character pairs finds candidates, ILIKE decides.

The index covers all short texts of a form in one expression; a text that the reader may not see cannot match, because
ILIKE looks only at fields that they read. The names of related records and persons count too.
"""

import hashlib
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    union_all,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY

from perennial import forms
from perennial.access import Rows, RowSource, may, readable
from perennial.forms import Form
from perennial.kernel import Tx
from perennial.records.names import PERSON

INDEXED = ("text", "auto_number", "mail", "phone")  # long texts would make the index larger than the table
MOST_TERMS = 6


def terms(search: str | None) -> list[str]:
    """The words of a search; all of them must be found."""
    return list(dict.fromkeys((search or "").split()))[:MOST_TERMS]


def binds(words: list[str]) -> dict[str, str]:
    """What the compiled search expects."""
    found: dict[str, str] = {}
    for at, word in enumerate(words):
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found |= {f"word_{at}": word, f"like_{at}": f"%{escaped}%"}
    return found


def matches(tx: Tx, rows: Rows, words: list[str]) -> list[ColumnElement[bool]]:
    """One condition per word: the row itself holds it, or the name of a record or person that it refers to."""
    return [rows.source.table.c["id"].in_(_found(tx, rows, at, len(word) > 1)) for at, word in enumerate(words)]


def _found(tx: Tx, rows: Rows, at: int, pairs: bool) -> Select[Any] | CompoundSelect[Any]:
    """Ids of matching rows, each way through an index of its own; whose rows they are the page decides."""
    form = forms.catalog(tx).form(rows.form)
    read = [field for field in form.fields if rows.fields.get(field.key) in ("read", "write")]
    found: list[Select[Any]] = []
    texts = [field.key for field in read if field.kind in INDEXED]
    if texts:
        own = readable(tx, rows.form).source
        holds = _holds(form, own, texts, at, pairs)
        found.append(select(own.field("id")).select_from(own.from_).where(holds))
    for field in read:
        target = field.to if field.kind == "relation" else field.kind if field.kind == "person" else None
        ids = None if target is None else _named(tx, target, at, pairs)
        if ids is not None:
            own = readable(tx, rows.form).source
            points = own.field(field.key).in_(ids)
            found.append(select(own.field("id")).select_from(own.from_).where(points))
    if not found:
        return select(literal_column("0::bigint")).where(false())
    return union_all(*found) if len(found) > 1 else found[0]


def _named(tx: Tx, target: str, at: int, pairs: bool) -> Select[Any] | None:
    """Ids of readable records of `target` whose name holds the word."""
    if target == "person":
        return select(PERSON.c.id).where(PERSON.c.name.ilike(cast(bindparam(f"like_{at}"), Text)))
    if not may(tx, "read", target):
        return None
    rows = readable(tx, target)
    form = forms.catalog(tx).form(target)
    title = form.field(form.title or "")
    if title is None or title.kind not in INDEXED or rows.fields.get(title.key) not in ("read", "write"):
        return None
    holds = _holds(form, rows.source, [title.key], at, pairs)
    where = rows.where
    return select(rows.source.field("id")).where(where, holds).select_from(rows.from_)


def _holds(form: Form, source: RowSource, keys: list[str], at: int, pairs: bool) -> ColumnElement[bool]:
    word, like = cast(bindparam(f"word_{at}"), Text), cast(bindparam(f"like_{at}"), Text)
    found = or_(*(source.field(key).ilike(like) for key in keys))
    if not pairs:
        return found
    # the index is over what is stored; ILIKE above is over what this reader may read of it
    whole = func.records.bigrams(_whole([source.raw.field(key) for key in indexed(form)]), type_=ARRAY(Text))
    return and_(whole.op("@>", is_comparison=True)(func.records.bigrams(word)), found)


def indexed(form: Form) -> list[str]:
    return [field.key for field in form.fields if field.kind in INDEXED]


def _whole(texts: list[ColumnElement[Any]]) -> ColumnElement[Any]:
    """All indexed texts of a row, spelled exactly as the index spells them."""
    blank, line = literal_column("''"), literal_column("chr(10)")
    whole: ColumnElement[Any] = func.coalesce(texts[0], blank, type_=Text)
    for text in texts[1:]:
        whole = whole.op("||")(line).op("||")(func.coalesce(text, blank, type_=Text))
    return whole


def ensure_indexes(tx: Tx, form: str) -> None:
    """The indexes of search and of sorting by name stand for the form as it is published now; called after a
    publication. An index over other fields than today's is replaced."""
    table = readable(tx, form).target
    definition = forms.catalog(tx).form(form)
    columns = [f'"{key}"' for key in indexed(definition)]
    name = f'{table.schema}."{table.name}"'
    wanted: dict[str, str] = {}
    if columns:
        whole = " || chr(10) || ".join(f"coalesce({column}, '')" for column in columns)
        wanted["search"] = f"USING gin (records.bigrams({whole}))"
    title = definition.field(definition.title or "")
    if title is not None and title.kind in ("text", "long_text"):
        wanted["title"] = f'(records.chinese_order("{title.key}"), id) WHERE deleted_at IS NULL'
    for what, expression in wanted.items():
        index = f"{what}_{hashlib.blake2s(f'{name} {expression}'.encode(), digest_size=8).hexdigest()}"
        if tx.value("SELECT to_regclass(%(index)s)", {"index": f"{table.schema}.{index}"}) is None:
            for row in tx.rows(
                "SELECT indexname FROM pg_indexes WHERE schemaname = %(schema)s AND tablename = %(table)s"
                " AND indexname LIKE %(like)s",
                {"schema": table.schema, "table": table.name, "like": f"{what}\\_________________"},
            ):
                tx.run(f'DROP INDEX {table.schema}."{row["indexname"]}"')
            tx.run(f"CREATE INDEX {index} ON {name} {expression}")
            tx.run(f"ANALYZE {name}")
