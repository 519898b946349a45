"""Plan and ledger day by day."""

import datetime as dt

import pytest
from error_codes import refused
from process_world import World, found
from web_client import PASSWORD, logged_in

from perennial import people, processes
from perennial.kernel import Database

DAY = dt.date


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


def told(world: World, since: DAY, until: DAY) -> dict[str, dict[str, int]]:
    """What is not nothing, by day."""
    with world.system() as tx:
        rows = processes.calendar(tx, since, until, process="renewal")
    return {
        row["day"].isoformat(): {key: row[key] for key in row if key not in ("day", "off") and row[key]}
        for row in rows
        if any(row[key] for key in row if key not in ("day", "off"))
    }


def test_a_day_says_what_was_done_and_what_is_still_to_come(world: World) -> None:
    world.imported("2027-03-31")  # T-90 is 2026-12-31, T-60 2027-01-30
    world.imported("2027-03-31")
    ahead = (DAY(2026, 12, 1), DAY(2027, 1, 31))
    assert told(world, *ahead) == {"2026-12-31": {"planned": 2}, "2027-01-30": {"expected": 2}}
    world.until("2026-12-31", "10:00")
    assert told(world, *ahead) == {"2026-12-31": {"fired": 2, "tasks": 2}, "2027-01-30": {"planned": 2}}


def test_days_off_are_those_of_the_calendar_and_a_span_has_an_end(world: World) -> None:
    with world.system() as tx:
        rows = processes.calendar(tx, DAY(2026, 11, 20), DAY(2026, 11, 23))
        assert [row["off"] for row in rows] == [False, True, True, False]
        sentence = "日历一次看 1 到 100 天"
        with refused("processes.calendar_span", sentence, path="until"):
            processes.calendar(tx, DAY(2026, 1, 1), DAY(2026, 12, 31))
        with refused("processes.calendar_span", sentence, path="until"):
            processes.calendar(tx, DAY(2026, 1, 2), DAY(2026, 1, 1))


def test_a_day_lists_what_the_calendar_counts_of_it_from_its_first_moment(world: World) -> None:
    world.imported("2026-12-01", renew_mode="auto")  # renews on 2 December at midnight
    world.imported("2027-03-02")  # T-90 is 2 December
    with world.system() as tx:
        people.set_password(tx, world.zhou, PASSWORD)
    with logged_in(world.database, "zhou") as client:
        days = client.get("/api/plan/calendar?since=2026-12-01&until=2026-12-03").json()
        assert [day["planned"] + day["expected"] for day in days] == [0, 2, 0]
        for day, count in (("2026-12-01", 0), ("2026-12-02", 2), ("2026-12-03", 0)):
            assert sum(row["wanted"] for row in client.get(f"/api/plan?day={day}").json()) == count
