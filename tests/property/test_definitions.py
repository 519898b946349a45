"""A difference applied gives the wanted definition, and a table like one made from it directly."""

import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial import forms
from perennial.forms import Field, Form, Option, Unique, catalog
from perennial.kernel import SYSTEM, Database, Invalid, Tx
from tests.builders import at, field, form, run

EXAMPLES = 200 if os.environ.get("PERENNIAL_SOAK") else 15
met: Counter[str] = Counter()

OPTIONS = (Option("x", "甲"), Option("y", "乙"))
plain = st.sampled_from(["text", "number", "money", "date", "datetime", "yes_no", "long_text", "person"])


@st.composite
def a_field(draw: Any, key: str) -> Field:
    kind = draw(st.one_of(plain, st.sampled_from(["select", "multi_select", "relation", "formula"])))
    attributes: dict[str, Any] = {"label": draw(st.sampled_from([key, f"{key} 名"]))}
    match kind:
        case "select" | "multi_select":
            attributes["options"] = OPTIONS[: draw(st.integers(1, 2))]
        case "relation":
            attributes |= {"to": draw(st.sampled_from(["deal", "other"])), "reverse": f"by_{key}"}
        case "formula":
            formula = draw(st.sampled_from(["1 + 1", 'IF(ISBLANK(z), "a", "b")', "DAYS(TODAY(), z)", "z"]))
            attributes |= {"formula": formula, "stored": draw(st.booleans()), "tracked": draw(st.booleans())}
        case "text" | "number" | "date":
            attributes["unique"] = draw(st.booleans())
        case _:
            pass
    return field(f"{key}: {kind}", **attributes)


@st.composite
def a_form(draw: Any) -> Form:
    keys = draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4))
    fields = [draw(a_field(key)) for key in keys]
    may = [one.key for one in fields if one.kind in ("number", "date", "person")]
    unique = (Unique((may[0], "z")),) if may and draw(st.booleans()) else ()
    return form("deal", *fields, field("z: date"), unique=unique)


def shape(tx: Tx, key: str) -> tuple[list[Any], list[Any], list[Any]]:
    """Columns, CHECKs and foreign keys, and indexes of the form, without what stands aside or bears its number."""
    name = catalog(tx).table(key).name
    number = f"f{catalog(tx).id(key)}_"
    columns = tx.rows(
        "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = %(t)s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attname NOT LIKE '%%\\_\\_%%' ORDER BY attname",
        {"t": f'data."{name}"'},
    )
    constraints = tx.rows(
        "SELECT replace(conname, %(n)s, '') AS name, replace(pg_get_constraintdef(oid), %(name)s, 'T') AS is"
        " FROM pg_constraint WHERE conrelid = %(t)s::regclass AND conname LIKE %(n)s || '%%' ORDER BY 1",
        {"t": f'data."{name}"', "n": number, "name": name},
    )
    indexes = tx.rows(
        "SELECT replace(replace(indexdef, %(n)s, ''), %(name)s, 'T') AS is FROM pg_indexes"
        " WHERE schemaname = 'data' AND tablename = %(name)s AND indexname LIKE %(n)s || '%%' ORDER BY 1",
        {"n": number, "name": name},
    )
    return columns, constraints, indexes


def renamed(of: Form) -> Form:
    """The same under another key, made from nothing."""
    copies = [
        Field(**{**{name: getattr(one, name) for name in Field.__dataclass_fields__},
                 "to": "deal_2" if one.to == "deal" else one.to,
                 "reverse": f"{one.reverse}_2" if one.reverse else None})
        for one in of.fields
    ]  # fmt: skip
    return form("deal_2", *copies, unique=of.unique)


def test_a_difference_applied_gives_the_definition_and_the_table_it_describes(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        forms.apply(tx, forms.propose(tx, [form("other", "name: text")]))
    ways(database)
    print(dict(met))
    assert met["converted"] >= 5 and met["restored"] >= 1 and met["refused"] >= 1


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(a_form(), min_size=2, max_size=5))
def ways(database: Database, steps: list[Form]) -> None:
    class Undo(Exception):
        pass

    try:
        with database.begin(SYSTEM) as tx:
            walk(tx, steps)
            raise Undo
    except Undo:
        pass


def walk(tx: Tx, steps: list[Form]) -> None:
    last: Form | None = None
    for step in steps:
        try:
            plan = forms.propose(tx, [step])
        except Invalid as refused:
            if refused.code not in ("forms.no_conversion", "forms.not_distinct"):
                raise
            met["refused"] += 1
            continue
        for operation in plan.operations:
            met["converted"] += operation.act == "convert_field"
            met["restored"] += operation.act == "restore_field"
        forms.apply(tx, plan)
        last = step
        assert catalog(tx).form("deal") == step
        assert forms.propose(tx, [step]).empty
        run(tx, "INSERT INTO data.deal (z) VALUES ('2026-12-01')")
        tx.rows("SELECT * FROM data_read.deal")
    if last is not None:
        forms.apply(tx, forms.propose(tx, [renamed(last)]))
        given_, wanted = shape(tx, "deal"), shape(tx, "deal_2")
        assert given_ == wanted
        assert tx.value(at(tx, "SELECT count(*) FROM data.deal")) > 0
