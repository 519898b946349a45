"""The two rules that the articles promise, with the readings and dates that the issue names, under the moving clock."""

import datetime as dt
from collections.abc import Iterator

import pytest
from process_world import World, found, trees
from worlds import built_once

from perennial import records, rules
from perennial.kernel import Database, Reason

SEATS = 100


@pytest.fixture
@built_once
def world(database: Database) -> World:
    world = found(database)
    with world.system(Reason("publish")) as tx:
        for tree in trees("rules"):
            rules.publish(tx, rules.load(tree))
        contact = tx.value("SELECT id FROM data_read.contact")
    world.change(contact, form="contact", phone="13800000001")
    return world


def weeks() -> Iterator[dt.date]:
    """Mondays from the week of the beginning on."""
    day = dt.date(2026, 11, 16)
    while True:
        yield day
        day += dt.timedelta(days=7)


def lived(world: World, *active: int | None) -> int:
    """A customer of 100 seats whose active users, week by week, are these; None: nobody reported. It is the Tuesday
    after the last of these weeks.

    Nothing else is known of it, so health is 0.35 × use of the last four weeks + 51.5, rounded.
    """
    with world.act() as tx:
        customer = records.create(tx, "customer", {"name": "杭州云麓", "csm": world.tang, "seats": str(SEATS)})
    for monday, users in zip(weeks(), active, strict=False):
        if users is not None:
            with world.act() as tx:
                given = {"customer": customer, "week_on": str(monday), "active_users": str(users)}
                records.create(tx, "usage", given)
        world.until(monday + dt.timedelta(days=8))
    return customer


def readings(world: World, customer: int) -> list[int]:
    with world.system() as tx:
        return [
            int(row["number"])
            for row in tx.rows(
                "SELECT number FROM forms.reading WHERE record_id = %(id)s AND field = 'health_score'"
                " AND period = 'week' ORDER BY day", {"id": customer})
        ]  # fmt: skip


def firings(world: World, record: int) -> list[tuple[str, str | None]]:
    rows = world.rows(
        "SELECT f.step, f.outcome, f.reason FROM rules.firing f WHERE f.record_id = %(id)s ORDER BY f.id", id=record
    )
    return [(row["step"] or row["outcome"], row["reason"] if row["step"] else None) for row in rows]


HIGH_RISK = "rule:health_low::0"


def test_a_run_that_goes_on_is_one_alert_and_running_again_changes_nothing(world: World) -> None:
    customer = lived(world, 19, 13, 10)
    before = [world.tasks(customer, None), world.notices(customer), firings(world, customer)]
    world.until(dt.date(2026, 12, 8))
    world.away_until(dt.date(2026, 12, 8), "10:00")
    assert [world.tasks(customer, None), world.notices(customer), firings(world, customer)] == before
    assert world.tasks(customer) == [HIGH_RISK]


def test_a_good_reading_resolves_the_alert_and_closes_its_task(world: World) -> None:
    customer = lived(world, 19, 13, 80)  # the third: 37.3: 64.6
    assert world.tasks(customer) == []
    assert world.task(HIGH_RISK, customer, "closed")["why"] == "cleared"
    (alert,) = world.rows("SELECT state, why FROM rules.alert WHERE record_id = %(id)s", id=customer)
    assert (alert["state"], alert["why"]) == ("resolved", "cleared")


# --- 30, 15, 7 days before the end


def outward(world: World, record: int) -> list[tuple[str, str]]:
    rows = world.rows(
        "SELECT template, channel FROM messages.outbox WHERE record_id = %(id)s AND outward AND decision LIKE 'rule:%%'"
        " AND state <> 'cancelled' ORDER BY id", id=record)  # fmt: skip
    return [(row["template"], row["channel"]) for row in rows]


def test_a_service_that_was_away_sends_the_latest_reminder_alone(world: World) -> None:
    contract = world.contract("2027-01-15")
    world.away_until("2027-01-01")
    assert outward(world, contract) == [("end_15", "mail"), ("end_15", "sms")]
    assert firings(world, contract) == [("t30", "passed_over"), ("t15", None)]


def test_an_imported_contract_gets_its_alert_and_its_customer_no_mail(world: World) -> None:
    with world.system() as tx:  # the rule has been in force for long
        tx.run("UPDATE rules.rule SET published_at = '2026-01-01'")
    contract = world.imported("2026-12-02")  # eleven days ahead: fifteen have passed
    assert outward(world, contract) == []
    assert sorted(firings(world, contract)) == [("t15", None), ("t30", "passed_over")]
    world.until("2026-11-25")
    assert outward(world, contract) == [("end_7", "mail"), ("end_7", "sms")]


def test_automatic_renewal_and_a_customer_who_has_paid_are_left_in_peace(world: World) -> None:
    auto = world.contract("2026-12-21", renew_mode="auto")
    paid = world.contract("2026-12-21")
    with world.act() as tx:
        given = {"contract": paid, "purpose": "renewal", "amount": "120000", "paid_on": "2026-11-20"}
        records.create(tx, "payment", given)
    world.settle()
    world.until("2026-12-15")
    assert outward(world, auto) == outward(world, paid) == []
