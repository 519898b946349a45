"""Find records by pieces of text: an index of character pairs finds candidates, ILIKE decides.

The index covers all short texts of a form in one expression; a text that the reader may not see cannot match, because
ILIKE looks only at fields that they read. The names of related records and persons count too.

A first statement looks for matches, at most RARE of each kind. Few: the page names them by id, and the planner knows
how many they are. Many: the page walks in its own order and tests each row until it is full.
"""

import hashlib
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY

from perennial.access import Rows, RowSource, everything, may, readable
from perennial.forms import Form, catalog
from perennial.kernel import Tx, render
from perennial.records.compiled import kept
from perennial.records.index_keys import Index
from perennial.records.names import PERSON

INDEXED = ("text", "long_text", "auto_number", "mail", "phone", "address")
READ = 2_000  # characters of a long text that the index knows
MOST_TERMS = 6
RARE = 1_000  # matches that are named by id


_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # no stored text has them
_FULL = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(map(ord, "–—−"), "-")
MARKS = re.compile(r"[\s\-().+/]")  # count for nothing in a phone number
_BRACKETS = re.compile(r"[()\[\]【】〔〕]")


def terms(search: str | None) -> list[str]:
    """The words of a search; all of them must be found."""
    return list(dict.fromkeys(_UNFIT.sub(" ", search or "").split()))[:MOST_TERMS]


def otherwise(search: str | None) -> list[str]:
    """The words for a second look where the first finds nothing: a text may be stored with half width marks, digits and
    letters where they were typed full width, and a name with other brackets than typed. [] when nothing differs."""
    other = terms(_BRACKETS.sub(" ", (search or "").translate(_FULL)))
    return [] if other == terms(search) else other


@dataclass(frozen=True, slots=True)
class Sought:
    """What the words of a search mean for one page. `shape` is part of the page's; nothing matches: `nothing`."""

    shape: tuple[Hashable, ...] = ()
    binds: Mapping[str, Any] = field(default_factory=dict[str, Any])
    nothing: bool = False


NOTHING_SOUGHT = Sought()


def seek(tx: Tx, rows: Rows, search: str | None) -> Sought:
    """Look for the words; all of them must be found, each in the row itself or in a name that it refers to."""
    found = _sought(tx, rows, terms(search))
    if found.nothing and (other := otherwise(search)):
        found = _sought(tx, rows, other)
    spelled = [MARKS.sub("", one).lower() for one in otherwise(search) or terms(search)] if found.nothing else []
    if spelled and all(len(one) > 1 and one.isascii() and one.isalnum() for one in spelled):
        found = _sought(tx, rows, spelled, heard=True)
    return found


def _sought(tx: Tx, rows: Rows, words: list[str], heard: bool = False) -> Sought:
    """`heard`: as initials of the name, or as digits of a number or a phone, however these are grouped."""
    if not words:
        return NOTHING_SOUGHT
    binds: dict[str, Any] = {}
    for at, word in enumerate(words):
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        binds |= {f"word_{at}": word, f"like_{at}": f"%{escaped}%"}
    # the past has no index
    pairs = tuple(len(word) > 1 and rows.catalog.now is rows.catalog for word in words)
    probe = kept(("probe", rows.key, pairs, heard, missing(tx)), lambda: render(_probe(tx, rows, pairs, heard)))
    found = tx.one(probe, binds) or {}
    common: list[bool] = []
    for at in range(len(words)):
        ids = {name: value or [] for name, value in found.items() if name.endswith(f"_{at}")}
        common.append(any(len(one) > RARE for one in ids.values()))
        if not any(ids.values()):
            return Sought(nothing=True)
        binds |= {} if common[-1] else ids
    return Sought(tuple((two, many, heard) for two, many in zip(pairs, common, strict=True)), binds)


def matches(tx: Tx, rows: Rows, sought: Sought) -> list[ColumnElement[bool]]:
    """One condition per word over the rows of a page."""
    return [
        _tested(tx, rows, at, heard) if common else _named_by_id(tx, rows, at, heard)
        for at, (_, common, heard) in enumerate(cast("tuple[tuple[bool, bool, bool], ...]", sought.shape))
    ]


def _probe(tx: Tx, rows: Rows, pairs: tuple[bool, ...], heard: bool) -> Select[Any]:
    """Ids of the first matches, one array per word and place: own_0, in_customer_0, …"""
    columns: list[ColumnElement[Any]] = []
    for at, two in enumerate(pairs):
        for name, ids in _places(tx, rows, at, two, heard).items():
            columns.append(
                select(func.array_agg(ids.limit(RARE + 1).subquery().c.id)).scalar_subquery().label(f"{name}_{at}")
            )
    return select(*columns)


def _places(tx: Tx, rows: Rows, at: int, pairs: bool, heard: bool) -> dict[str, Any]:
    """Where a word may stand: in the row itself (`own`), or in the name that a field refers to; ids of those that hold
    it, each found through an index of its own."""
    if heard:
        own = readable(tx, rows.form).source
        through = pairs and not {(rows.form, "sound"), (rows.form, "search")} & missing(tx)
        found_ = _sounds(rows, own, at, through)
        return {"own": select(own.field("id").label("id")).select_from(own.from_).where(found_)}
    found: dict[str, Any] = {}
    texts = readable_texts(rows)
    if texts:
        own = readable(tx, rows.form).source
        holds = row_holds(
            rows.catalog.form(rows.form), own, texts, at, pairs and (rows.form, "search") not in missing(tx)
        )
        found["own"] = select(own.field("id").label("id")).select_from(own.from_).where(holds)
    for key, target in _references(rows).items():
        ids = _named(tx, target, at, pairs)
        if ids is not None:
            found[f"in_{key}"] = ids
    return found


def _sounds(rows: Rows, source: RowSource, at: int, through_index: bool) -> ColumnElement[bool]:
    form, word = rows.catalog.form(rows.form), sql_cast(bindparam(f"word_{at}"), Text)
    keys = [key for key in sounding(form) if key in readable_texts(rows)]
    found = or_(false(), *(func.records.sounds_as(source.field(key), word, type_=Integer) > 0 for key in keys))
    if not through_index or not keys:
        return found
    stored = func.records.sound_keys(whole([source.raw.field(key) for key in sounding(form)]), type_=ARRAY(Text))
    return and_(stored.op("@>", is_comparison=True)(func.records.sound_keys(word)), found)


def _named_by_id(tx: Tx, rows: Rows, at: int, heard: bool) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = []
    for name in _places(tx, rows, at, True, heard):
        column = rows.source.table.c["id"] if name == "own" else rows.source.field(name.removeprefix("in_"))
        parts.append(column == any_(sql_cast(bindparam(f"{name}_{at}"), ARRAY(BigInteger))))
    return or_(false(), *parts)


def _tested(tx: Tx, rows: Rows, at: int, heard: bool) -> ColumnElement[bool]:
    """Without the index: half of the rows may match."""
    if heard:
        return _sounds(rows, rows.source, at, False)
    like = sql_cast(bindparam(f"like_{at}"), Text)
    parts = [rows.source.field(key).ilike(like) for key in readable_texts(rows)]
    for name, ids in _places(tx, rows, at, False, False).items():
        if name != "own":
            parts.append(rows.source.field(name.removeprefix("in_")).in_(ids))
    return or_(false(), *parts)


def readable_texts(rows: Rows) -> list[str]:
    """Searched fields that the reader reads."""
    fields = rows.catalog.form(rows.form).fields
    return [one.key for one in fields if one.kind in INDEXED and rows.fields.get(one.key) in ("read", "write")]


def _references(rows: Rows) -> dict[str, str]:
    """Readable fields that refer to something with a name -> its form."""
    found: dict[str, str] = {}
    for field_ in rows.catalog.form(rows.form).fields:
        target = field_.to if field_.kind == "relation" else "person" if field_.kind == "person" else None
        if target is not None and rows.fields.get(field_.key) in ("read", "write"):
            found[field_.key] = target
    return found


def _named(tx: Tx, target: str, at: int, pairs: bool) -> Any:
    """Ids of readable records of `target` whose name holds the word."""
    if target == "person":
        return select(PERSON.c.id).where(PERSON.c.name.ilike(sql_cast(bindparam(f"like_{at}"), Text)))
    if not may(tx, "read", target):
        return None
    rows = readable(tx, target)
    form = rows.catalog.form(target)
    title = form.field(form.title or "")
    if title is None or title.kind not in INDEXED or rows.fields.get(title.key) not in ("read", "write"):
        return None
    holds = row_holds(form, rows.source, [title.key], at, pairs and (target, "search") not in missing(tx))
    where = rows.where
    return select(rows.source.field("id").label("id")).where(where, holds).select_from(rows.from_)


def row_holds(form: Form, source: RowSource, keys: list[str], at: int, pairs: bool) -> ColumnElement[bool]:
    like = sql_cast(bindparam(f"like_{at}"), Text)
    found = or_(*(source.field(key).ilike(like) for key in keys))
    if not pairs:
        return found
    # the index is over what is stored; ILIKE above is over what this reader may read of it
    return and_(pairs_stand(form, source.raw, at), found)


def pairs_stand(form: Form, raw: RowSource, at: int) -> ColumnElement[bool]:
    """Every pair of the word's characters stands somewhere in the row: what the index knows."""
    word = sql_cast(bindparam(f"word_{at}"), Text)
    return stored_pairs(form, raw).op("@>", is_comparison=True)(func.records.bigrams(word))


def stored_pairs(form: Form, raw: RowSource) -> ColumnElement[Any]:
    """The character pairs of a row, spelled exactly as the index spells them."""
    return func.records.bigrams(whole([_read(form, raw, key) for key in indexed(form)]), type_=ARRAY(Text))


def _read(form: Form, raw: RowSource, key: str) -> ColumnElement[Any]:
    text = raw.field(key)
    return func.left(text, literal_column(str(READ)), type_=Text) if _long(form, key) else text


def _long(form: Form, key: str) -> bool:
    field_ = form.field(key)
    return field_ is not None and field_.kind == "long_text"


def indexed(form: Form) -> list[str]:
    """Fields of the index, in an order that stays when the designer moves a field: a long form keeps its index."""
    return sorted(field.key for field in form.fields if field.kind in INDEXED)


def sounding(form: Form) -> list[str]:
    """Fields found by initials or by digits however they are grouped: the name, numbers given by the system, phones."""
    found = (field.key for field in form.fields if field.kind in ("auto_number", "phone"))
    title = form.field(form.title or "")
    return sorted({*([title.key] if title is not None and title.kind == "text" else []), *found})


def whole(texts: list[ColumnElement[Any]]) -> ColumnElement[Any]:
    """All indexed texts of a row, spelled exactly as the index spells them."""
    blank, line = literal_column("''"), literal_column("chr(10)")
    found: ColumnElement[Any] = func.coalesce(texts[0], blank, type_=Text)
    for text in texts[1:]:
        found = found.op("||")(line).op("||")(func.coalesce(text, blank, type_=Text))
    return found


def search_indexes(tx: Tx, form: str) -> dict[str, Index]:
    """What search and the order by name need of a form as it is published: `search`, `sound`, `title`."""
    rows = everything(tx, form)
    target, definition = rows.target, rows.catalog.form(form)
    table = f'{target.schema}."{target.name}"'
    wanted: dict[str, tuple[tuple[str, ...], str]] = {}
    for what, keys, function in (
        ("search", indexed(definition), "bigrams"),
        ("sound", sounding(definition), "sound_keys"),
    ):
        if keys:
            read = {key: f'left("{key}", {READ})' if _long(definition, key) else f'"{key}"' for key in keys}
            texts = " || chr(10) || ".join(f"coalesce({read[key]}, '')" for key in keys)
            wanted[what] = (tuple(keys), f"USING gin (records.{function}({texts}))")
    title = definition.field(definition.title or "")
    if title is not None and title.kind in ("text", "long_text", "auto_number"):
        order = f'(records.chinese_order("{title.key}"), id) WHERE deleted_at IS NULL'
        wanted["title"] = ((f"order:{title.key}",), order)
    return {
        what: Index(
            f"{what}_{hashlib.blake2s(f'{table} {text}'.encode(), digest_size=8).hexdigest()}", form, keys, table, text
        )
        for what, (keys, text) in wanted.items()
    }


def missing(tx: Tx) -> frozenset[tuple[str, str]]:
    """(form, what) of search's indexes that are not built yet; part of the shape of what searches. While one is missing
    its form is searched without it: slower, and right."""
    known = (tx.connection.info.dbname, catalog(tx).version)
    if known in _complete:
        return frozenset()
    named = {
        one.name: (form.key, what) for form in catalog(tx).forms for what, one in search_indexes(tx, form.key).items()
    }
    found = tx.rows(
        "SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid AND i.indisvalid"
        " WHERE c.relnamespace = 'data'::regnamespace AND c.relname = ANY(%(names)s)",
        {"names": list(named)},
    )
    for row in found:
        del named[row["relname"]]
    if not named:
        _complete.add(known)
    return frozenset(named.values())


_complete: set[tuple[str, int]] = set()  # databases and catalogs all of whose indexes stand
