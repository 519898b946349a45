"""Functions that look beyond the row see what their writer may read, published formulas see all; both as before."""

import datetime as dt
from typing import Any

import pytest
from worlds import built_once

from perennial import access, forms
from perennial.formula import check
from perennial.formula import compile as compile_formula
from perennial.kernel import SYSTEM, Database, Invalid
from tests.builders import field, form, install
from tests.sql.test_access import World

RATED = form(
    "rated", "name: text", "csm: person", field("points: number", tracked=True),
    field("place: formula", formula="RANK(points, rated.points)"), title="name", owner="csm",
)  # fmt: skip
ASKED = form(
    "asked", "name: text", "csm: person",
    field("best: formula", formula="SUM(rated.points) + XLOOKUP(\"乙\", rated.name, rated.points, -1)"), owner="csm",
)  # fmt: skip


@pytest.fixture
@built_once
def world(database: Database) -> World:
    made = World(database)
    with database.begin(SYSTEM) as tx:
        install(tx, RATED, ASKED)
    for name, who, points in (("甲", made.rep, 10), ("乙", made.peer, 20), ("丙", made.rep, 5)):
        made.row("rated", name=name, csm=who, points=points)
    made.row("asked", name="x", csm=made.rep)
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + interval '1 day'")
    with database.begin(SYSTEM) as tx:
        for row, value in ((1, 10), (2, 20), (3, 5)):
            tx.run(
                "INSERT INTO forms.reading SELECT id, 'points', 'day', %(day)s, %(row)s, %(value)s FROM forms.form"
                " WHERE key = 'rated'",
                {"day": dt.date(2026, 11, 21), "row": row, "value": value},
            )
    return made


def values(world: World, person: int, form: str, text: str) -> list[Any]:
    with world.as_(person) as tx:
        rows = access.readable(tx, form)
        value = compile_formula(check(text, rows.scope), rows.source).label("it")
        found = rows.select().add_columns(value).order_by(rows.source.table.c["id"])
        return [row["it"] for row in tx.rows(found)]


def test_sums_look_ups_and_ranks_count_readable_rows_only(world: World) -> None:
    world.role("own", world.rep, rated={"rows": "own"}, asked={"rows": "own"})
    for text, seen in (
        ("SUM(rated.points)", 15),
        ('XLOOKUP("乙", rated.name, rated.points, -1)', -1),
        ('XLOOKUP("甲", rated.name, rated.points, -1)', 10),
        ("COUNT(rated)", 2),
        ('TEXTJOIN("", TRUE, rated.name)', "甲丙"),
        ("MAXIFS(rated.points, points > 0)", 10),
        ("PERCENTRANK(rated.points, 10)", 1),
    ):
        assert values(world, world.rep, "asked", text) == [seen], text
    assert values(world, world.rep, "rated", "RANK(points, rated.points)") == [1, 2]


def test_a_published_formula_is_computed_over_all_rows(world: World) -> None:
    world.role("own", world.rep, rated={"rows": "own"}, asked={"rows": "own"})
    assert [row["best"] for row in world.shown(world.rep, "asked", "best")] == [55]  # 35 + 20
    assert [row["place"] for row in world.shown(world.rep, "rated", "place")] == [2, 3]


def test_a_form_or_field_that_may_not_be_read_is_unknown_there(world: World) -> None:
    world.role("own", world.rep, rated={"rows": "own", "fields": {"*": "write", "points": "hidden"}})
    world.role("asks", world.peer, asked={"rows": "all"})
    with world.as_(world.rep) as tx, pytest.raises(Invalid) as hidden:
        check("SUM(rated.points)", access.readable(tx, "rated").scope)
    assert hidden.value.code == "formula.unknown_name"
    with world.as_(world.peer) as tx, pytest.raises(Invalid) as unread:
        check('XLOOKUP("乙", rated.name, rated.points)', access.readable(tx, "asked").scope)
    with world.as_(world.peer) as tx, pytest.raises(Invalid) as unheard:
        check('XLOOKUP("乙", xyzzy.name, xyzzy.points)', access.readable(tx, "asked").scope)
    assert (unread.value.code, unheard.value.code) == ("formula.column_wanted", "formula.column_wanted")


def test_readings_show_where_the_field_may_be_read(world: World) -> None:
    world.role(
        "mixed", world.rep, rated={"rows": "all", "fields": {"*": "read", "points": "hidden"}, "rights": ["read"]}
    )
    world.role("mine", world.rep, rated={"rows": "own", "fields": {"*": "read"}, "rights": ["read"]})
    assert values(world, world.rep, "rated", 'READING(points, "day")') == [10, None, 5]
    assert values(world, world.rep, "rated", 'STREAK(points > 1, "day")') == [1, 0, 1]


def test_what_reads_a_whole_form_is_found_when_that_form_changes(world: World) -> None:
    with world.database.begin(SYSTEM) as tx:
        of = forms.catalog(tx)
        assert {("rated", "points"), ("rated", "name")} <= {
            step for path in of.typed("asked", "best").reads for step in of.steps("asked", path)
        }
        assert not of.maintained("asked", "best")
