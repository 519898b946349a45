"""Columns that come back: what a publication set aside returns when it is undone; what people wrote since is kept."""

from decimal import Decimal
from typing import Any

import pytest

from perennial import forms
from perennial.forms import Form, Unique, catalog
from perennial.kernel import SYSTEM, Database, Invalid, Tx
from tests.builders import at, field, form, install, run


def values(tx: Tx, column: str = "x") -> list[Any]:
    return [row["v"] for row in tx.rows(at(tx, f"SELECT {column} AS v FROM data.deal ORDER BY id"))]


def undo(tx: Tx, to: Form) -> forms.Plan:
    """Back to `to`, undoing the last publication."""
    plan = forms.propose(tx, [to], back={"deal": catalog(tx).stored("deal").number})
    forms.apply(tx, plan)
    return plan


def given(database: Database, *texts: str | None) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "x: text"))
        for text in texts:
            run(tx, "INSERT INTO data.deal (x) VALUES (%(x)s)", {"x": text})


def test_a_converted_field_returns_to_its_old_values_letter_by_letter(database: Database) -> None:
    given(database, "12.50", "zwölf", None)
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "x: number"))
        assert values(tx) == [Decimal("12.50"), None, None]
        undo(tx, form("deal", "x: text"))
        assert values(tx) == ["12.50", "zwölf", None]


def test_rows_written_since_are_converted_back_and_those_that_cannot_are_listed(database: Database) -> None:
    given(database, "1", "2", "x", "3")
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "x: number"))
        run(tx, "UPDATE data.deal SET x = NULL WHERE id = 4")  # somebody emptied it on purpose
        run(tx, "UPDATE data.deal SET x = 77.5 WHERE id = 2")
        run(tx, "INSERT INTO data.deal (x) VALUES (5)")
        undo(tx, form("deal", "x: text"))
        assert values(tx) == ["1", "77.5", "x", None, "5"]
    with database.begin(SYSTEM) as tx:  # and the other way round: text written where a number stood
        plan = undo(tx, form("deal", "x: number"))
        assert plan.operations[0].facts["lost"] == 0
        assert values(tx) == [Decimal(1), Decimal("77.5"), None, None, Decimal(5)]
        install(tx, form("deal", "x: text"))
        run(tx, "UPDATE data.deal SET x = 'soon' WHERE id = 1")
        [operation] = undo(tx, form("deal", "x: number")).operations
        assert [(one.id, one.value) for one in operation.lost] == [(1, "soon")]
        assert values(tx) == [None, Decimal("77.5"), None, None, Decimal(5)]


def test_a_conversion_back_and_forth_gives_what_stood_there_each_time(database: Database) -> None:
    given(database, "007", "a")
    text, number = form("deal", "x: text"), form("deal", "x: number")
    with database.begin(SYSTEM) as tx:
        install(tx, number)
        undo(tx, text)
        assert values(tx) == ["007", "a"]
        undo(tx, number)
        assert values(tx) == [Decimal(7), None]
        undo(tx, text)
        assert values(tx) == ["007", "a"]


def test_the_plan_of_an_undo_counts_only_the_rows_that_it_will_convert(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "x: text"))
        run(tx, "INSERT INTO data.deal (x) SELECT n::text FROM generate_series(1, 2000) n")
        there = forms.propose(tx, [form("deal", "x: number")]).operations[0]
        assert (there.grade, there.rows, there.ms) == ("rewrite", 2000, 100)  # at the guess of 50 us
        install(tx, form("deal", "x: number"))
        number = catalog(tx).stored("deal").number
        [back] = forms.propose(tx, [form("deal", "x: text")], back={"deal": number}).operations
        assert (back.grade, back.rows, back.ms) == ("instant", 0, 0)  # the column is taken back as it is
        run(tx, "UPDATE data.deal SET x = x + 1 WHERE id <= 400")
        tx.run("DELETE FROM forms.rate")  # what converting took here would count instead of the guess
        [back] = forms.propose(tx, [form("deal", "x: text")], back={"deal": number}).operations
        assert (back.grade, back.rows, back.ms) == ("rewrite", 400, 20)


def test_without_an_undo_the_column_set_aside_stays_aside(database: Database) -> None:
    given(database, "007")
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "x: number"))
        install(tx, form("deal", "x: text"))
        assert values(tx) == ["7"]


def test_of_two_columns_removed_under_one_key_the_one_that_was_undone_returns(database: Database) -> None:
    given(database, "a")
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "y: text"))
        hidden = catalog(tx).stored("deal").number
        install(tx, form("deal", "x: number", "y: text"))
        run(tx, "UPDATE data.deal SET x = 5")
        install(tx, form("deal", "y: text"))
        forms.apply(tx, forms.propose(tx, [form("deal", "x: text")], back={"deal": hidden}))
        assert values(tx) == ["a"]


def test_a_conversion_that_makes_unique_values_collide_names_them(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", field("x: text", unique=True)))
        for text in ("1", "1.0", "2", "2.00", "3"):
            run(tx, "INSERT INTO data.deal (x) VALUES (%(x)s)", {"x": text})
        with pytest.raises(Invalid) as refused:
            forms.propose(tx, [form("deal", field("x: number", unique=True))])
        assert refused.value.code == "forms.not_distinct"
        assert refused.value.facts == {"fields": "x", "count": 2, "values": ["1", "2"]}


def test_a_record_saved_between_plan_and_publication_collides_with_the_same_words(database: Database) -> None:
    given(database, "1", "2")
    with database.begin(SYSTEM) as tx:
        plan = forms.propose(tx, [form("deal", field("x: text", unique=True))])
        run(tx, "INSERT INTO data.deal (x) VALUES ('2')")
        with pytest.raises(Invalid) as refused:
            forms.apply(tx, plan)
        assert refused.value.code == "forms.not_distinct"
        assert refused.value.facts == {"fields": "x", "count": 1, "values": ["2"]}


def test_a_hidden_field_that_returns_as_unique_is_tested_again(database: Database) -> None:
    unique = form("deal", "x: text", "y: number", unique=(Unique(("x", "y")),))
    with database.begin(SYSTEM) as tx:
        install(tx, unique)
        run(tx, "INSERT INTO data.deal (x, y, deleted_at) VALUES ('a', 1, NULL), ('a', 1, %(now)s)")
        install(tx, form("deal", "x: text"))
        run(tx, "UPDATE data.deal SET deleted_at = NULL")
        with pytest.raises(Invalid) as refused:
            forms.propose(tx, [unique], back={"deal": catalog(tx).stored("deal").number})
        assert refused.value.facts == {"fields": "x、y", "count": 1, "values": ["a + 1"]}
