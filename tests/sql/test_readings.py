"""Readings: every period that is over has the values of its 24:00, whenever the service gets to write them."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import changes, forms, formula, people
from perennial.forms import catalog
from perennial.formula import Explained, check, compile_condition
from perennial.formula import compile as compile_formula
from perennial.kernel import SYSTEM, Database, Invalid, Tx, render
from tests.builders import at, field, form, install, run

CUSTOMER = form(
    "customer", "name: text", field("mood: number", tracked=True),
    field("score: formula", formula="SUM(visits.points) + DAYS(TODAY(), DATE(2026, 11, 16))", tracked=True,
          fresh_by="visits.on_day"),
    field("total: formula", formula="SUM(visits.points)", tracked=True),
)  # fmt: skip
VISIT = form("visit", field("customer: relation", to="customer", reverse="visits"), "points: number", "on_day: date")


@pytest.fixture
@built_once
def world(database: Database) -> Database:
    """Monday 2026-11-16: customers 1 and 2, a visit of 10 points at customer 1."""
    go(database, "2026-11-16 09:00+08")
    with database.begin(SYSTEM) as tx:
        install(tx, CUSTOMER, VISIT)
        run(tx, "INSERT INTO data.customer (name) VALUES ('甲'), ('乙')")
        forms.recompute(tx, "customer", [1, 2])
    visit(database, 1, 10, "2026-11-16")
    return database


def go(database: Database, moment: str) -> None:
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = %(at)s::timestamptz", {"at": moment})


def visit(database: Database, customer: int, points: int, day: str) -> None:
    with database.begin(SYSTEM) as tx:
        made = tx.value(
            at(tx, "INSERT INTO data.visit (customer, points, on_day) VALUES (%(customer)s, %(points)s, %(day)s)")
            + " RETURNING id",
            {"customer": customer, "points": points, "day": day},
        )
        forms.recompute(tx, "visit", [made])


def take(database: Database, moment: str) -> int:
    go(database, moment)
    with database.begin(SYSTEM) as tx:
        return forms.take_readings(tx)


def readings(database: Database, key: str, period: str = "day") -> dict[str, Any]:
    with database.begin(SYSTEM) as tx:
        rows = tx.rows(
            "SELECT day, record_id, number FROM forms.reading"
            " WHERE field = %(key)s AND period = %(period)s ORDER BY 1, 2",
            {"key": key, "period": period},
        )
    return {f"{row['day']:%m-%d}/{row['record_id']}": row["number"] for row in rows}


def test_a_day_that_is_over_has_the_values_of_its_end(world: Database) -> None:
    assert take(world, "2026-11-16 23:59+08") == 0  # on Sunday there was nobody yet
    assert take(world, "2026-11-17 00:00+08") > 0
    assert take(world, "2026-11-17 00:05+08") == 0  # once
    # TODAY() is that day: 10 + 0 days after the 16th; customer 2 has no visit to be fresh by
    assert {key: n for key, n in readings(world, "score").items() if key.startswith("11-16")} == {"11-16/1": 10}
    assert {k: n for k, n in readings(world, "total").items() if k.startswith("11-16")} == {"11-16/1": 10, "11-16/2": 0}


def test_weeks_end_on_sunday_and_a_source_is_fresh_all_its_week(world: Database) -> None:
    take(world, "2026-11-17 00:00+08")
    take(world, "2026-11-23 00:00+08")
    assert readings(world, "score", "week") == {"11-22/1": 16}  # 10 points, six days after the 16th
    take(world, "2026-11-25 00:00+08")
    assert "11-23/1" not in readings(world, "score")  # nobody was visited in the new week
    visit(world, 1, 5, "2026-11-24")
    take(world, "2026-11-26 00:00+08")
    assert readings(world, "score")["11-25/1"] == 24
    take(world, "2026-11-30 00:00+08")
    assert readings(world, "score", "week") == {"11-22/1": 16, "11-29/1": 28}


def test_days_while_the_service_was_away_are_read_from_the_log(world: Database) -> None:
    take(world, "2026-11-17 00:00+08")
    go(world, "2026-11-18 12:00+08")
    visit(world, 1, 100, "2026-11-18")
    go(world, "2026-11-19 12:00+08")
    visit(world, 1, 1000, "2026-11-19")
    visit(world, 2, 7, "2026-11-19")
    changes.seal(world)
    take(world, "2026-11-20 15:00+08")
    # by hand: 10 on the 17th (a day later), 110 on the 18th, 1110 on the 19th
    assert readings(world, "score") == {
        "11-16/1": 10, "11-17/1": 11, "11-18/1": 112, "11-19/1": 1113, "11-19/2": 10
    }  # fmt: skip
    assert readings(world, "total")["11-18/1"] == 110


def test_what_was_written_after_midnight_is_not_in_the_reading(world: Database) -> None:
    take(world, "2026-11-17 00:00+08")
    go(world, "2026-11-18 00:00:30+08")
    visit(world, 1, 500, "2026-11-18")
    take(world, "2026-11-18 00:01+08")
    assert readings(world, "score")["11-17/1"] == 11


def test_an_entered_field_has_a_reading_when_somebody_wrote_it(world: Database) -> None:
    take(world, "2026-11-17 00:00+08")
    go(world, "2026-11-18 12:00+08")
    with world.begin(SYSTEM) as tx:
        run(tx, "UPDATE data.customer SET mood = 4 WHERE id = 1")
    take(world, "2026-11-23 00:00+08")
    assert readings(world, "mood") == {"11-18/1": 4}
    assert readings(world, "mood", "week") == {"11-22/1": 4}
    take(world, "2026-11-30 00:00+08")
    assert readings(world, "mood", "week") == {"11-22/1": 4}  # nobody said anything in the second week


def test_daily_readings_are_kept_a_hundred_days_and_weekly_ones_for_ever(world: Database) -> None:
    take(world, "2026-11-17 00:00+08")
    take(world, "2027-11-16 00:00+08")
    days = [key for key in readings(world, "total") if key.endswith("/1")]
    weeks = [key for key in readings(world, "total", "week") if key.endswith("/1")]
    # Sundays from 2026-11-22 to 2027-11-14: 52; a hundred days up to 2027-11-15
    assert (len(days), len(weeks)) == (100, 52)
    assert {"08-08/1", "11-15/1"} <= set(days)


def test_runs_of_readings_in_conditions_and_lists(world: Database) -> None:
    for moment in ("2026-11-17", "2026-11-23", "2026-11-30", "2026-12-07"):
        take(world, f"{moment} 00:00+08")
    with world.begin(SYSTEM) as tx:
        of = catalog(tx)

        def value(text: str) -> Any:
            source = of.source("customer")
            found = compile_formula(check(text, of.scope("customer")), source).label("it")
            return tx.value(select(found).select_from(source.from_).where(source.field("id") == 1))

        assert value('STREAK(total = 10, "week")') == 3  # Sundays 22, 29, 6; on the 15th there was nobody yet
        assert value('STREAK(score > 5, "week")') == 0  # the week of the 6th is missing: too old, not bad
        assert value('READING(score, "week")') == 16 and value('READING_ON(score, "week")') == dt.date(2026, 11, 22)
        assert value('AVG_OVER(total, 2, "week")') == 10
        source = of.source("visit")
        condition = compile_condition(check('READING(customer.score, "week") = 16', of.scope("visit")), source)
        assert tx.rows(select(source.field("id")).select_from(source.from_).where(condition)) == [{"id": 1}]


def test_an_explanation_shows_the_readings_and_where_one_is_missing(world: Database) -> None:
    for moment in ("2026-11-17", "2026-11-23", "2026-11-30", "2026-12-07"):
        take(world, f"{moment} 00:00+08")
    with world.begin(SYSTEM) as tx:
        of = catalog(tx)

        def why(text: str) -> Explained:
            found = formula.explain(formula.check(text, of.scope("customer")), of.source("customer"), tx, 1)
            assert found is not None
            return found

        held = why('HELD(total >= 10, 2, "week")')
        assert held.value is True
        assert [(part.text, part.value) for part in held.parts if part.text.startswith("total")] == [
            ("total 2026-12-06", "10"), ("total 2026-11-29", "10"), ("total 2026-11-22", "10")
        ]  # fmt: skip
        streak = why('STREAK(score > 5, "week")')
        assert [(part.text, part.value, part.why) for part in streak.parts] == [("score 2026-12-06", None, "missing")]
        looked = why("XLOOKUP(10, visits.points, visits.on_day) & SUM(visits.points, total)")
        assert looked.value == "2026-11-1620"


def test_a_claimed_change_knows_the_value_before(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, CUSTOMER, VISIT)
        run(tx, "INSERT INTO data.customer (name) VALUES ('甲'), ('乙')")
    with database.begin(SYSTEM) as tx:
        while changes.claim(tx, 100):
            pass
        run(tx, "UPDATE data.customer SET mood = 5, name = '丙' WHERE id = 1")
        run(tx, "UPDATE data.customer SET name = '丁' WHERE id = 2")
        run(tx, "INSERT INTO data.customer (name, mood) VALUES ('新', 9)")
    with database.begin(SYSTEM) as tx:
        claimed = changes.claim(tx, 100)
        assert claimed is not None

        def matching(text: str) -> list[int]:
            source = forms.claimed(catalog(tx), "customer")
            condition = compile_condition(check(text, source.scope, "yes_no"), source)
            query = render(select(source.field("id")).select_from(source.from_).where(condition).order_by("id"))
            return [row["id"] for row in tx.rows(query, {"transactions": claimed.transactions})]

        assert matching("CHANGED(mood)") == [1, 3]
        assert matching('PREVIOUS(name) = "甲"') == [1]
        assert matching("ISBLANK(PREVIOUS(name))") == [3]
        assert matching('AND(CHANGED(name), name = "丁")') == [2]
        assert matching("NOT(CHANGED(mood))") == [2]


def test_a_definition_may_not_ask_for_a_change(tx: Tx) -> None:
    for made in (
        field("moved: formula", formula="IF(CHANGED(name), 1, 2)"),
        field("was: text", default="PREVIOUS(name)"),
    ):
        with pytest.raises(Invalid) as caught:
            install(tx, form("thing", "name: text", made))
        assert caught.value.code == "formula.no_changes"


def test_a_person_reads_the_history_of_a_field_that_they_may_read(world: Database) -> None:
    for moment in ("2026-11-17", "2026-11-23", "2026-11-30"):
        take(world, f"{moment} 00:00+08")
    with world.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    with logged_in(world, "boss") as web:
        found = web.get("/api/forms/customer/1/readings/score").json()
        assert found["readings"] == [{"day": "2026-11-22", "value": "16"}]
        assert found["missing"] == ["2026-11-29"]
        assert web.get("/api/forms/customer/99/readings/score").status_code == 404
        refused = web.get("/api/forms/customer/1/readings/name")
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "formula.not_tracked")
