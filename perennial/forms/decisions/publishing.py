"""A table in force: its definition, and the rows by which SQL answers.

In:   a checked definition
Out:  forms.decision (what it is), forms.decision_part (per input what each piece of its values meets, a bit per rule)
      and forms.decision_hit (what each rule answers; 0 is no rule), each publication under a number of its own
`formula.DECIDE` ANDs the bits of the inputs; the first bit set is the rule that is hit. Statements compiled before a
publication go on with the rows of then; those of the last three are kept.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from perennial.forms.catalog import Catalog, catalog
from perennial.forms.decisions.axes import Axis
from perennial.forms.decisions.cells import EPOCH
from perennial.forms.decisions.coverage import plain
from perennial.forms.decisions.definition import NUMBERS, Column, Decision, dump, load
from perennial.forms.decisions.problems import Read, Value, check, labelled, order, read
from perennial.forms.maintained import fill
from perennial.forms.views import refresh_views
from perennial.kernel import Invalid, Missing, Problem, Tx

_VALUES = ("number", "word", "day", "truth", "spoken")
KEPT = 3  # publications of a table whose rows stay


def current(tx: Tx) -> list[Decision]:
    """All tables in force, by key."""
    rows = tx.rows("SELECT definition FROM forms.decision ORDER BY key")
    return [load(row["definition"]) for row in rows]


def one(tx: Tx, key: str) -> Decision:
    row = tx.one("SELECT definition FROM forms.decision WHERE key = %(key)s", {"key": key})
    if row is None:
        raise Missing("decisions.none", key=key)
    return load(row["definition"])


def publish(tx: Tx, decisions: Sequence[Decision]) -> None:
    """Put these in force, beside the others; stored fields that ask them are computed anew."""
    put(tx, decisions)
    renew(tx, [decision.key for decision in decisions])


def put(tx: Tx, decisions: Sequence[Decision]) -> None:
    """The first half of `publish`: formulas that are checked from now on know these; `renew` must follow.

    errors   the first problem of one of them · Invalid decisions.stored when a stored field would change its kind
    """
    before = catalog(tx)
    for decision in decisions:
        refuse(decision)
        for problem in _stored(before, decision):
            raise problem
        understood = read(decision)
        assert isinstance(understood, Read)
        tx.run(
            "INSERT INTO forms.decision (key, id, definition) VALUES (%(key)s, %(id)s, %(tree)s)"
            " ON CONFLICT (key) DO UPDATE SET id = excluded.id, definition = excluded.definition",
            {"key": decision.key, "id": store(tx, decision, understood), "tree": Jsonb(dump(decision))},
        )
    tx.run(
        "DELETE FROM forms.decision_part p"
        " USING (SELECT id, row_number() OVER (PARTITION BY key ORDER BY id DESC) AS age"
        " FROM forms.decision_version) v WHERE v.id = p.decision AND v.age > %(kept)s",
        {"kept": KEPT},
    )
    for table in ("decision_part", "decision_hit"):
        tx.run(f"ANALYZE forms.{table}")
    _moved(tx)


def store(tx: Tx, decision: Decision, understood: Read) -> int:
    """The rows by which SQL answers, under a new number; nobody asks them yet."""
    number: int = tx.value(
        "INSERT INTO forms.decision_version (key, definition, at) VALUES (%(key)s, %(tree)s, %(now)s) RETURNING id",
        {"key": decision.key, "tree": Jsonb(dump(decision))},
    )
    _write(tx, number, decision, understood)
    return number


def remove(tx: Tx, keys: Sequence[str]) -> None:
    tx.run("DELETE FROM forms.decision WHERE key = ANY(%(keys)s)", {"keys": list(keys)})
    _moved(tx)
    renew(tx, ())


def refuse(decision: Decision) -> None:
    """The first error of the table, if there is one."""
    wrong = [problem for severity, problem in check(decision).problems if severity == "error"]
    if wrong:
        raise wrong[0]


def drawn(tx: Tx, tree: Any) -> Iterable[tuple[Any, Problem]]:
    """All that is wrong with a draft."""
    try:
        decision = load(tree)
    except Invalid as problem:
        return [("error", problem)]
    return check(decision).problems


def _stored(of: Catalog, decision: Decision) -> list[Invalid]:
    """Outputs whose kind changes under a field that keeps its value in a column."""
    before = of.decisions.get(decision.key)
    if before is None:
        return []
    kinds = {column.key: column.type.family for column in decision.outputs}
    found: list[Invalid] = []
    for at, output in enumerate(before.outputs):
        if kinds.get(output.key, output.type.family) == output.type.family:
            continue
        for form, field in asking(of, decision.key):
            facts = {"field": of.field(form, field).words, "form": of.form(form).words, "column": output.label}
            found.append(Invalid("decisions.stored", path=f"outputs[{at}].kind", **facts))
    return found


def asking(of: Catalog, key: str) -> list[tuple[str, str]]:
    """The fields kept in columns that read the table, itself or through others of their record: (form, field)."""
    return [
        (form.key, field) for form in of.forms for field in of.maintained_fields(form.key)
        if any(read.endswith(f"!decision/{key}") for read in of.typed(form.key, field).reads)
    ]  # fmt: skip


def renew(tx: Tx, keys: Sequence[str]) -> None:
    """Views that ask the new rows, columns computed anew."""
    after = catalog(tx)
    refresh_views(tx, after)
    if stale := {place for key in keys for place in asking(after, key)}:
        fill(tx, after, stale)


def _moved(tx: Tx) -> None:
    """A new number for the catalog."""
    tx.catalog_version = tx.value(
        "UPDATE kernel.workspace SET catalog_version ="
        " greatest(catalog_version + 1, (extract(epoch FROM clock_timestamp()) * 1e6)::bigint)"
        " RETURNING catalog_version"
    )


def _write(tx: Tx, number: int, decision: Decision, found: Read) -> None:
    places = order(decision, found.values)
    for at, axis in enumerate(found.axes, start=1):
        rows = list(_parts(axis, places))
        tx.run(
            "INSERT INTO forms.decision_part (decision, input, place, at, word, here, beyond)"
            " SELECT %(id)s, %(input)s, p.place, p.at, p.word, p.here::varbit, p.beyond::varbit"
            "  FROM unnest(%(place)s::int[], %(at)s::numeric[], %(word)s::text[], %(here)s::text[], %(beyond)s::text[])"
            "       AS p(place, at, word, here, beyond)",
            {
                "id": number, "input": at, "place": list(range(len(rows))),
                **{name: [row[name] for row in rows] for name in ("at", "word", "here", "beyond")},
            },
        )  # fmt: skip
    hits = [(place, rule + 1, found.values[rule]) for place, rule in enumerate(places, start=1)]
    if found.otherwise:
        hits.insert(0, (0, 0, found.otherwise))
    for at, column in enumerate(decision.outputs, start=1):
        values = [_stored_value(column, values[at - 1]) for _, _, values in hits]
        tx.run(
            "INSERT INTO forms.decision_hit (decision, output, place, rule, number, word, day, truth, spoken)"
            " SELECT %(id)s, %(output)s, h.* FROM unnest(%(place)s::int[], %(rule)s::int[], %(number)s::numeric[],"
            "  %(word)s::text[], %(day)s::date[], %(truth)s::boolean[], %(spoken)s::text[])"
            "  AS h(place, rule, number, word, day, truth, spoken)",
            {
                "id": number, "output": at, "place": [one[0] for one in hits], "rule": [one[1] for one in hits],
                **{name: [value.get(name) for value in values] for name in _VALUES},
            },
        )  # fmt: skip


def _parts(axis: Axis, places: Sequence[int]) -> Iterable[dict[str, Any]]:
    """Blank first, then the word that nobody names, then pieces."""
    by_kind = {part.kind: mask for part, mask in zip(axis.parts, axis.masks, strict=True)}
    nothing: dict[str, Any] = {"at": None, "word": None, "beyond": None}
    yield {**nothing, "here": bits(by_kind["blank"], places)}
    yield {**nothing, "here": bits(by_kind.get("other", 0), places)}
    spans = [(part.span, mask) for part, mask in zip(axis.parts, axis.masks, strict=True) if part.span is not None]
    if spans:
        below = bits(spans[0][1], places)
        yield {**nothing, "at": Decimal("-Infinity"), "here": below, "beyond": below}
    for (span, here), (_, beyond) in zip(spans[1::2], spans[2::2], strict=True):
        yield {**nothing, "at": span.low, "here": bits(here, places), "beyond": bits(beyond, places)}
    for part, mask in zip(axis.parts, axis.masks, strict=True):
        if part.kind == "word":
            yield {**nothing, "word": part.word, "here": bits(mask, places)}


def bits(mask: int, places: Sequence[int]) -> str:
    """A sign per rule, in the order in which hits count."""
    plain_order = f"{mask:0{len(places)}b}"[::-1] if places else ""
    if all(rule == place for place, rule in enumerate(places)):
        return plain_order
    return "".join(plain_order[rule] for rule in places)


def _stored_value(column: Column, value: Value) -> dict[str, Any]:
    if value is None:
        return {}
    if column.kind in NUMBERS and isinstance(value, Decimal):
        return {"number": value, "spoken": plain(value, column)}
    if column.kind == "date" and isinstance(value, Decimal):
        return {"day": EPOCH + dt.timedelta(days=int(value)), "spoken": plain(value, column)}
    if column.kind == "yes_no":
        return {"truth": value == "true", "spoken": labelled(column, str(value))}
    return {"word": value, "spoken": labelled(column, str(value))}
