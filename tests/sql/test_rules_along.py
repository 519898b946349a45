"""What alerts go along with: their record into the bin and back, a merge and its undo, a person who leaves."""

import pytest
from test_rules_engine import Shop, shop

from perennial import people, processes, records, rules
from perennial.kernel import SYSTEM, Actor
from perennial.records import merge

__all__ = ["shop"]
TASK = {"kind": "task", "label": "look"}
EVERY = {
    "edge": {"condition": "amount > 10"},
    "event": {"condition": 'CHANGED(stage)'},
    "daily": {"when": {"kind": "daily", "at": "10:00"}, "condition": "amount > 10"},
    "ahead": {"when": {"kind": "offsets", "date": "due"}, "actions": None,
              "steps": [{"key": "d9", "days": -9, "actions": [TASK]}]},
}  # fmt: skip


def fires(shop: Shop, rule: str, name: str = "a") -> int:
    given = {"actions": [TASK], **EVERY[rule]}
    shop.rule(rule, **{key: value for key, value in given.items() if value is not None})
    deal = shop.deal(name=name, amount="11", due="2026-12-01")
    shop.change(deal, stage="x")
    shop.until("2026-11-23", "10:00")
    assert stands(shop) == [(deal, "open", None, deal, "open")]
    return deal


def stands(shop: Shop) -> list[tuple[object, ...]]:
    """(record, state, why) of every alert with (record, state) of its task."""
    rows = shop.rows(
        "SELECT a.record_id, a.state, a.why, t.record_id AS at, t.state AS task FROM rules.alert a"
        " JOIN tasks.task t ON t.alert_id = a.id ORDER BY a.id"
    )
    return [tuple(row.values()) for row in rows]


def delete(shop: Shop, deal: int) -> None:
    with shop.database.begin(SYSTEM) as tx:
        version = tx.value("SELECT version FROM data_read.deal WHERE id = %(id)s", {"id": deal})
        records.delete(tx, "deal", deal, version)
    processes.react(shop.database)


@pytest.mark.parametrize("rule", EVERY)
def test_an_alert_goes_into_the_bin_with_its_record_and_is_as_it_was_when_that_is_back(shop: Shop, rule: str) -> None:
    deal = fires(shop, rule)
    delete(shop, deal)
    assert stands(shop) == [(deal, "resolved", "deleted", deal, "closed")]
    with shop.database.begin(SYSTEM) as tx:
        records.restore(tx, "deal", deal)
    processes.react(shop.database)
    assert stands(shop) == [(deal, "open", None, deal, "open")]
    shop.until("2026-11-24", "10:00")
    assert len(shop.fired(rule)) == 1


@pytest.mark.parametrize("rule", EVERY)
def test_an_alert_follows_a_merge_and_its_undo(shop: Shop, rule: str) -> None:
    winner = shop.deal(name="w", amount="1")
    loser = fires(shop, rule)
    with shop.database.begin(Actor("person", shop.person, "tang")) as tx:
        versions = (1, tx.value("SELECT version FROM data_read.deal WHERE id = %(id)s", {"id": loser}))
        done = merge.apply(tx, "deal", winner, loser, {"amount": "right", "due": "right"}, versions=versions)
    processes.react(shop.database)
    assert stands(shop) == [(winner, "open", None, winner, "open")]
    with shop.database.begin(Actor("person", shop.person, "tang")) as tx:
        records.undo(tx, done.transaction)
    processes.react(shop.database)
    assert stands(shop) == [(loser, "open", None, loser, "open")]


def test_where_the_winner_has_an_alert_of_its_own_that_stands_for_both(shop: Shop) -> None:
    loser = fires(shop, "edge")
    winner = shop.deal(name="w", amount="12")
    with shop.database.begin(Actor("person", shop.person, "tang")) as tx:
        versions = (1, tx.value("SELECT version FROM data_read.deal WHERE id = %(id)s", {"id": loser}))
        done = merge.apply(tx, "deal", winner, loser, {}, versions=versions)
    processes.react(shop.database)
    assert [row[:3] for row in stands(shop)] == [(loser, "resolved", "merged"), (winner, "open", None)]
    with shop.database.begin(Actor("person", shop.person, "tang")) as tx:
        records.undo(tx, done.transaction)
    processes.react(shop.database)
    assert stands(shop) == [(loser, "open", None, loser, "open"), (winner, "open", None, winner, "open")]


def test_an_alert_belongs_to_whom_its_record_is_handed_over_and_to_the_next_when_they_are_disabled(shop: Shop) -> None:
    deal = fires(shop, "edge")
    with shop.database.begin(SYSTEM) as tx:
        new = people.create(tx, "xu", "许", roles=["business_admin"])
    shop.change(deal, owner=new)
    assert shop.rows("SELECT owner_id FROM rules.alert") == [{"owner_id": new}]
    with shop.database.begin(SYSTEM) as tx:
        people.disable(tx, new)
    shop.until("2026-11-23", "11:00")
    (row,) = shop.rows("SELECT owner_id FROM rules.alert")
    assert row["owner_id"] == shop.person  # the administrator, behind an owner nobody stands for
    assert rules.due(shop.database) == 0
