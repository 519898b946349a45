"""One box over every form that the reader may read: one statement, a few index look-ups per form, best first.

A word is found as it is written (character pairs, then ILIKE, as in a list's search), or by the initials of a name's
pinyin, or by the digits of a phone number however they are grouped. Only fields that the reader reads in full can
match or decide the order, so nothing that is hidden or masked shows through what is found. Records that refer to what
was found come last. A form's first MANY matches are ranked; what begins with the words has an ordered index.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    JSON,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    Text,
    True_,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from perennial.access import Rows, RowSource, may, readable
from perennial.forms import Form, catalog
from perennial.kernel import Tx, render
from perennial.records.compiled import kept
from perennial.records.hot import Statement, fetch, statement
from perennial.records.names import column_of
from perennial.records.search import MARKS, missing, otherwise, pairs_stand, readable_texts, sounding, terms, whole

MANY = 200  # matches of a form that are ranked
CANDIDATES = 5_000  # matches that are looked at, whoever may read them
AHEAD, AHEAD_CANDIDATES = 8, 500  # names that begin with the words
PER_FORM = 8
RELATED = 3  # records per relation that refer to what was found
PARENTS = 3  # found records whose relatives are shown
MOST = 50
EXACT, AHEAD_OF, NUMBER, SOUNDS_AHEAD, IN_NAME, SOUNDS_IN, ELSEWHERE, REFERS = range(8)


@dataclass(frozen=True, slots=True)
class _Word:
    """`pairs`: its characters find it; `spelled`: it may be initials or digits; `single`: one Chinese character."""

    pairs: bool
    spelled: bool
    single: bool


def find(tx: Tx, text: str, limit: int = 20) -> bytes:
    """`[{"form", "id", "title", "field", "value", "subject"}]` as JSON. `field` and `value` say where the words stand
    when it is not the title, `subject` whom the record is about ({"id", "label"}); null where there is none.

    One Latin letter or digit finds nothing.
    """
    found = _found(tx, terms(text), limit)
    return _found(tx, other, limit) if found == b"[]" and (other := otherwise(text)) else found


def _found(tx: Tx, given: list[str], limit: int) -> bytes:
    spelled = [MARKS.sub("", one).lower() for one in given]
    words = tuple(map(_word, given, spelled))
    if not any(one.pairs or one.single for one in words):
        return b"[]"
    limit = max(1, min(limit, MOST))
    shape = ("find", readable(tx, "person").key, words, limit, missing(tx))
    compiled = kept(shape, lambda: _compile(tx, words, limit))
    all_ = " ".join(given)
    binds: dict[str, Any] = {"all": _like(all_), "ahead": f"{_like(all_)}%", "from": all_, "sound": "".join(spelled)}
    for at, (word, sound) in enumerate(zip(given, spelled, strict=True)):
        binds |= {f"word_{at}": word, f"like_{at}": f"%{_like(word)}%", f"sound_{at}": sound}
    binds |= {"today": tx.today, "now": tx.now, "me": tx.actor.id, "zone": tx.zone.key}
    # planning what asks a dozen forms costs ten times its look-ups; every condition has an index that fits any word,
    # and no look-up is worth the start of a worker (8 ms)
    for setting in ("plan_cache_mode = force_generic_plan", "max_parallel_workers_per_gather = 0"):
        tx.run(f"SET LOCAL {setting}")
    try:
        return fetch(tx, compiled, binds).get_value(0, 0) or b"[]"
    finally:
        for setting in ("plan_cache_mode", "max_parallel_workers_per_gather"):
            tx.run(f"SET LOCAL {setting} TO DEFAULT")


def _word(word: str, spelled: str) -> _Word:
    letters = spelled.isascii() and spelled.isalnum() and len(spelled) > 1
    return _Word(len(word) > 1, letters, len(word) == 1 and not word.isascii())


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _bound(name: str) -> ColumnElement[str]:
    return cast(bindparam(name), Text)


def _compile(tx: Tx, words: tuple[_Word, ...], limit: int) -> Statement:
    own: dict[str, CTE] = {}
    found = catalog(tx)
    for form in found.forms:
        if form.within is None and may(tx, "read", form.key):
            ids = _matches(tx, form.key, words)
            if ids is not None:
                own[form.key] = _hits(tx, form.key, ids, words).cte(f"own_{len(own)}")
    parts = [*own.items(), ("person", _colleagues(tx, words).cte("colleagues"))]
    for form in found.forms:
        if form.within is None and may(tx, "read", form.key):
            ids = _referring(tx, form, own)
            if ids is not None:
                parts.append((form.key, _relatives(tx, form.key, ids).cte(f"refer_{len(parts)}")))
    position = {form.key: at for at, form in enumerate(found.forms)} | {"person": len(found.forms)}
    hits = union_all(*(
        select(literal(form, Text).label("form"), literal(position[form], Integer).label("position"), *cte.c)
        for form, cte in parts
    )).subquery("hit")  # fmt: skip
    names = ("form", "id", "title", "field", "value", "subject")
    order = (hits.c.rank, func.length(hits.c.title), hits.c.position, hits.c.id)
    best = select(*(hits.c[name] for name in names)).order_by(*order).limit(limit).subquery("r")
    return statement(tx, render(select(func.json_agg(literal_column("r")).label("found")).select_from(best)), {})


def _matches(tx: Tx, key: str, words: tuple[_Word, ...]) -> FromClause | None:
    """Ids of rows that hold every word in fields that the reader reads.

    The indexes of the words are asked first, once, whoever asks: joined with the reader's scope, they would be asked
    again for each of the reader's customers. Where they give CANDIDATES and too few of these are matches of the
    reader's, the scope leads and each of its rows is tested.
    """
    rows, rest = readable(tx, key), readable(tx, key)
    seen = readable_texts(rows)
    if not seen:
        return None
    raw = readable(tx, key).source.raw
    lacking = frozenset(what for form, what in missing(tx) if form == key)
    stand = [_stands(rows, raw, at, word, lacking) for at, word in enumerate(words)]
    candidates = _first(_ids(raw, raw.undeleted, *stand), CANDIDATES, f"some_{key}")
    tests = [_holds(rows, at, word) for at, word in enumerate(words)]
    chosen = _ids(rows.source, rows.where, *tests, joined=candidates)
    found = _first(chosen, MANY, f"found_{key}")
    enough = or_(_count(candidates) < CANDIDATES, _count(found) >= MANY)
    tests = [_holds(rest, at, word) for at, word in enumerate(words)]
    if isinstance(rest.source.readable, True_):
        tests += [_stands(rest, rest.source.raw, at, word, lacking) for at, word in enumerate(words)]
    parts = [select(found.c.id), _ids(rest.source, ~enough, rest.where, *tests).limit(MANY)]
    title = rows.catalog.form(key).title
    if title is not None and title in seen:
        parts.append(_ahead(tx, key, title))
    return union(*(select(part.subquery(f"part_{at}").c.id) for at, part in enumerate(parts))).subquery("ids")


def _ids(source: RowSource, *where: ColumnElement[bool], joined: CTE | None = None) -> Select[Any]:
    record = source.table.c["id"]
    from_ = source.from_ if joined is None else joined.join(source.from_, joined.c.id == record)
    return select(record.label("id")).select_from(from_).where(*where)


def _first(found: Select[Any], most: int, name: str) -> CTE:
    """A statement of its own: what uses its rows does not change how they are found."""
    return found.limit(most).cte(name).prefix_with("MATERIALIZED")


def _count(found: CTE) -> ColumnElement[int]:
    return select(func.count()).select_from(found).scalar_subquery()


def _ahead(tx: Tx, key: str, title: str) -> Select[Any]:
    """Names that begin with the words, through the index that sorts by name."""
    rows = readable(tx, key)
    raw = readable(tx, key).source.raw
    order = func.records.chinese_order(raw.field(title), type_=LargeBinary())
    low = func.records.chinese_order(_bound("from"), type_=LargeBinary())
    high = low.op("||")(literal_column("'\\xff'::bytea"))
    begin = _ids(raw, raw.undeleted, order >= low, order < high).add_columns(order.label("place"))
    some = _first(begin.order_by(order, raw.field("id")), AHEAD_CANDIDATES, f"ahead_{key}")
    chosen = _ids(rows.source, rows.where, rows.source.field(title).ilike(_bound("ahead")), joined=some)
    return chosen.order_by(some.c.place, some.c.id).limit(AHEAD)


def _stands(
    rows: Rows, source: RowSource, at: int, word: _Word, lacking: frozenset[str] = frozenset()
) -> ColumnElement[bool]:
    """What the indexes know of a word, over raw texts: true of every row that holds it, and of few others. Where one is
    missing each row is read, and tested by what costs least."""
    form = rows.catalog.form(rows.form)
    parts: list[ColumnElement[bool]] = []
    if word.pairs and not lacking & {"search", "sound"}:
        parts.append(pairs_stand(form, source, at))
    elif not word.single:
        parts += [source.field(key).ilike(_bound(f"like_{at}")) for key in readable_texts(rows)]
    heard = _heard(rows)
    if heard and (word.spelled or word.single):
        sought = _bound(f"sound_{at}" if word.spelled else f"word_{at}")
        if not lacking & {"search", "sound"}:
            keys = func.records.sound_keys(whole([source.field(key) for key in sounding(form)]), type_=ARRAY(Text))
            parts.append(keys.op("@>", is_comparison=True)(func.records.sound_keys(sought)))
        elif word.spelled:
            parts += [func.records.sounds_as(source.field(key), sought, type_=Integer) > 0 for key in heard]
        else:
            parts += [source.field(key).ilike(_bound(f"like_{at}")) for key in heard]
    return or_(false(), *parts)


def _holds(rows: Rows, at: int, word: _Word) -> ColumnElement[bool]:
    """The row holds the word in a text that the reader reads."""
    like = _bound(f"like_{at}")
    heard = _heard(rows)
    parts = [rows.source.field(key).ilike(like) for key in (heard if word.single else readable_texts(rows))]
    if word.spelled:
        sound = _bound(f"sound_{at}")
        parts += [func.records.sounds_as(rows.source.field(key), sound, type_=Integer) > 0 for key in heard]
    return or_(false(), *parts)


def _heard(rows: Rows) -> list[str]:
    seen = readable_texts(rows)
    return [key for key in sounding(rows.catalog.form(rows.form)) if key in seen]


def _hits(tx: Tx, key: str, ids: FromClause, words: tuple[_Word, ...]) -> Select[Any]:
    """The best of a form's matches, with what is shown of them."""
    rows = readable(tx, key)
    form, source = rows.catalog.form(key), rows.source
    seen = readable_texts(rows)
    title = form.title if form.title in seen else None
    name = source.field(title) if title else cast(null(), Text)
    spelled = all(word.spelled for word in words)
    numbers = [one for one in sounding(form) if one in seen and one != title]
    rank = _rank(name, [source.field(one) for one in seen], words)
    shown: list[tuple[ColumnElement[bool], str]] = [(_in(name, words), title)] if title else []
    for one in seen:
        if one != title:
            value, ways = source.field(one), [_in(source.field(one), words)]
            if spelled and one in numbers:
                ways.append(func.records.sounds_as(value, _bound("sound"), type_=Integer) > 0)
            shown.append((or_(*ways), one))
    field = _where(shown, title, lambda one: literal(one, Text))
    value = _where(shown, title, lambda one: _around(form, source, one))
    chosen = _columns(rows, rank, field, value)
    return (
        select(*chosen)
        .select_from(ids.join(rows.from_, ids.c.id == source.table.c["id"]))
        .order_by(rank, func.length(chosen[2]), source.table.c["id"])
        .limit(PER_FORM)
    )


def _rank(name: ColumnElement[Any], texts: list[ColumnElement[Any]], words: tuple[_Word, ...]) -> ColumnElement[int]:
    spelled = all(word.spelled for word in words)
    sound = func.records.sounds_as(name, _bound("sound"), type_=Integer)
    return case(
        (name.ilike(_bound("all")), EXACT),
        (name.ilike(_bound("ahead")), AHEAD_OF),
        (or_(false(), *(text.ilike(_bound("all")) for text in texts)), NUMBER),
        *([(sound == 2, SOUNDS_AHEAD)] if spelled else []),
        (_in(name, words), IN_NAME),
        *([(sound == 1, SOUNDS_IN)] if spelled else []),
        else_=ELSEWHERE,
    )


def _around(form: Form, source: RowSource, key: str) -> ColumnElement[Any]:
    """The value; of a long text the place where the first word stands."""
    text, field = source.field(key), form.field(key)
    if field is None or field.kind != "long_text":
        return text
    at = func.strpos(func.lower(text), func.lower(_bound("word_0")), type_=Integer)
    return func.substr(text, func.greatest(1, at - 12), 60)


def _colleagues(tx: Tx, words: tuple[_Word, ...]) -> Select[Any]:
    """Those who work here, by name or its initials; whom they are about is their department."""
    rows = readable(tx, "person")
    source, table = rows.source, rows.source.table
    holds: list[ColumnElement[bool]] = [table.c["active"]]
    for at, word in enumerate(words):
        ways: list[ColumnElement[bool]] = [table.c["name"].ilike(_bound(f"like_{at}"))]
        if word.spelled:
            ways.append(func.records.sounds_as(table.c["name"], _bound(f"sound_{at}"), type_=Integer) > 0)
        holds.append(or_(*ways))
    department = source.parent("department").table
    place = func.json_build_object("id", department.c["id"], "label", department.c["name"])
    rank, blank = _rank(table.c["name"], [], words), cast(null(), Text)
    columns = [
        table.c["id"].label("id"), cast(rank, Integer).label("rank"), table.c["name"].label("title"),
        blank.label("field"), blank.label("value"),
        cast(cast(case((department.c["id"].is_not(None), place)), Text), JSON).label("subject"),
    ]  # fmt: skip
    found = select(*columns).select_from(source.from_).where(*holds)
    return found.order_by(rank, func.length(table.c["name"]), table.c["id"]).limit(PER_FORM)


def _in(value: ColumnElement[Any], words: tuple[_Word, ...]) -> ColumnElement[bool]:
    """Any of the words stands in the value as written."""
    return or_(*(value.ilike(_bound(f"like_{at}")) for at in range(len(words))))


def _where(shown: list[tuple[ColumnElement[bool], str]], title: str | None, what: Any) -> ColumnElement[Any]:
    blank = cast(null(), Text)
    whens = [(test, blank if one == title else cast(what(one), Text)) for test, one in shown]
    return case(*whens, else_=blank) if whens else blank


def _columns(rows: Rows, rank: Any, field: Any, value: Any) -> list[ColumnElement[Any]]:
    form = rows.catalog.form(rows.form)
    about = _about(rows, form)
    subject = cast(null(), Text) if about is None else cast(column_of(rows, about), Text)
    return [
        rows.source.table.c["id"].label("id"),
        cast(rank, Integer).label("rank"),
        cast(rows.label(), Text).label("title"),
        cast(field, Text).label("field"),
        cast(value, Text).label("value"),
        cast(subject, JSON).label("subject"),
    ]


def _about(rows: Rows, form: Form) -> str | None:
    """The first relation that the reader reads: whom a record is about tells two of one name apart."""
    fields = (one for one in form.fields if one.kind == "relation" and one.key != form.title)
    return next((one.key for one in fields if rows.fields.get(one.key) in ("read", "write")), None)


def _referring(tx: Tx, form: Form, own: dict[str, CTE]) -> FromClause | None:
    """Ids of rows whose relation points to a record that was found, through the relation's index."""
    parts: list[Select[Any]] = []
    for field in form.fields:
        if field.kind != "relation" or field.to not in own:
            continue
        rows = readable(tx, form.key)
        if rows.fields.get(field.key) not in ("read", "write"):
            continue
        best = own[field.to]
        parents = select(best.c.id).order_by(best.c.rank, func.length(best.c.title), best.c.id).limit(PARENTS)
        where = rows.where
        points = and_(
            rows.source.raw.field(field.key).in_(parents), rows.source.field(field.key).is_not(None)
        )  # not blank: the reader may read that it points there
        some = select(rows.source.field("id").label("id")).select_from(rows.from_).where(where, points)
        if form.key in own:
            some = some.where(rows.source.table.c["id"].not_in(select(own[form.key].c.id)))
        parts.append(select(some.limit(RELATED).subquery(f"by_{len(parts)}")))
    return union(*parts).subquery("ids") if parts else None


def _relatives(tx: Tx, key: str, ids: FromClause) -> Select[Any]:
    rows = readable(tx, key)
    blank = cast(null(), Text)
    chosen = _columns(rows, literal(REFERS, BigInteger), blank, blank)
    return select(*chosen).select_from(ids.join(rows.from_, ids.c.id == rows.source.table.c["id"]))
