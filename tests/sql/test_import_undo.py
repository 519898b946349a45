"""An import is taken back: within its days, whatever has happened to its records since."""

from pathlib import Path
from typing import Any

import pytest
from builders import at
from process_world import World, found
from test_import_rows import CONTRACT, LINES, column, ran, staged, target

from perennial import messages, processes, records
from perennial.kernel import Conflict, Database
from perennial.records import imports

NEAR = "C-1,2026-01-20,2027-01-19,100,甲\n"  # T-60 was yesterday
SIGNED = target("contract", "number", *CONTRACT)


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


def live(world: World, form: str) -> set[str]:
    title = {"customer": "name", "contract": "number"}[form]
    with world.system() as tx:
        rows = tx.rows(at(tx, f"SELECT {title} AS title FROM data.{form} WHERE deleted_at IS NULL"))
    return {row["title"] for row in rows}


def undo(world: World, import_id: int) -> dict[str, Any]:
    with world.system() as tx:
        told = imports.undo(tx, import_id)
    world.settle()
    return told


def removed(told: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Per form, where anything was; a sum that follows its records is no target."""
    counts = {one["form"]: (one["removed"], one["restored"]) for one in told["targets"]}
    return {form: count for form, count in counts.items() if any(count)}


def test_an_undo_ends_the_instances_tasks_and_unsent_messages_of_what_it_removes(world: World, tmp_path: Path) -> None:
    import_id = staged(world.database, tmp_path, LINES + NEAR, SIGNED)
    ran(world.database, import_id, answer="all")
    world.settle()
    (contract,) = _contracts(world)
    assert world.tasks(contract["id"]) == ["follow_up"] and world.mails(contract["id"]) == ["intent"]
    assert removed(undo(world, import_id)) == {"contract": (1, 0), "customer": (1, 0)}
    assert all(state != "open" for _, state in world.instances(contract["id"]))
    assert world.tasks(contract["id"]) == []
    with world.system() as tx:
        messages.release(tx, "mail")
    world.until("2026-11-24")
    messages.deliver(world.database, {"mail": messages.Recorder()}, guard=processes.delivery_guard)
    assert world.rows("SELECT template FROM messages.outbox WHERE outward AND state = 'sent'") == []
    assert live(world, "contract") == set() and live(world, "customer") == {"厦门屿岸"}


def test_an_undo_keeps_what_a_person_edited_and_what_that_points_at(world: World, tmp_path: Path) -> None:
    other = "C-2,2026-01-20,2027-01-19,100,乙\n"
    import_id = staged(world.database, tmp_path, LINES + NEAR + other, SIGNED)
    ran(world.database, import_id, answer="none")
    world.settle()
    (edited,) = [one for one in _contracts(world) if one["number"] == "C-1"]
    world.change(edited["id"], amount="99")
    told = undo(world, import_id)
    assert removed(told) == {"contract": (1, 0), "customer": (1, 0)}
    assert {(one["form"], one["label"], one["why"]) for one in told["kept"]} == {
        ("contract", "C-1", "changed"), ("customer", "甲", "used"),
    }  # fmt: skip
    assert live(world, "contract") == {"C-1"} and live(world, "customer") == {"厦门屿岸", "甲"}


def _contracts(world: World) -> list[dict[str, Any]]:
    with world.system() as tx:
        return tx.rows(at(tx, "SELECT id, number, amount::text AS amount FROM data.contract"))


def test_an_undo_gives_an_updated_record_its_values_back(world: World, tmp_path: Path) -> None:
    made = world.contract("2027-06-30", number="C-1", amount="5")
    priced = target("contract", "number", column("number"), column("amount"), mode="update")
    import_id = staged(world.database, tmp_path, "number,amount\nC-1,70\n", priced)
    ran(world.database, import_id)
    assert world.read(made)["amount"] == 70
    assert removed(undo(world, import_id)) == {"contract": (0, 1)}
    assert world.read(made)["amount"] == 5


def test_of_two_imports_of_the_same_rows_each_takes_back_what_it_did(world: World, tmp_path: Path) -> None:
    first = staged(world.database, tmp_path, LINES + NEAR, SIGNED)
    ran(world.database, first, answer="none")
    same = staged(world.database, tmp_path, LINES + NEAR, SIGNED)
    assert ran(world.database, same)["targets"][-1]["unchanged"] == 1
    dearer = staged(world.database, tmp_path, LINES + NEAR.replace(",100,", ",150,"), SIGNED)
    ran(world.database, dearer)
    assert removed(undo(world, same)) == {}  # it wrote nothing
    told = undo(world, first)  # its record was changed by the third import
    assert [(one["label"], one["why"]) for one in told["kept"] if one["form"] == "contract"] == [("C-1", "changed")]
    assert removed(undo(world, dearer))["contract"] == (0, 1)
    assert [row["amount"] for row in _contracts(world)] == ["100.00"]


def test_what_was_sent_stays_sent_after_an_undo(world: World, tmp_path: Path) -> None:
    contact = {"name": "林女士", "mail": "lin@example.com", "role": "renewal"}
    with world.act() as tx:
        customer = records.create(tx, "customer", {"name": "甲"})
        records.create(tx, "contact", {"customer": customer, **contact})
    with world.system() as tx:
        messages.release(tx, "mail")
    import_id = staged(world.database, tmp_path, LINES + NEAR.replace("2027-01-19", "2027-01-22"), SIGNED)
    ran(world.database, import_id, answer="all")
    world.settle()
    world.until("2026-11-23", "18:00")  # T-60
    messages.deliver(world.database, {"mail": messages.Recorder()}, guard=processes.delivery_guard)
    mine = "SELECT template, state FROM messages.outbox WHERE outward ORDER BY id"
    assert world.rows(mine) == [{"template": "intent", "state": "sent"}]
    undo(world, import_id)
    assert world.rows(mine) == [{"template": "intent", "state": "sent"}]
    assert live(world, "contract") == set()
    world.until("2027-02-01")
    assert len(world.rows(mine)) == 1  # and nothing more leaves


def test_an_import_is_taken_back_within_thirty_days_on_the_workspaces_clock(world: World, tmp_path: Path) -> None:
    import_id = staged(world.database, tmp_path, "name\n甲\n", target("customer", None, column("name")))
    ran(world.database, import_id)  # on 2026-11-21 at 09:00
    with world.system() as tx:
        assert imports.read(tx, import_id)["undo_until"].astimezone(tx.zone).isoformat()[:16] == "2026-12-21T09:00"
        tx.run("UPDATE kernel.workspace SET clock_at = '2026-12-21 09:00:01+08'")
    with world.system() as tx, pytest.raises(Conflict) as caught:
        imports.undo(tx, import_id)
    assert (caught.value.code, caught.value.facts["days"]) == ("imports.too_late", 30)
    assert caught.value.facts["until"].isoformat() == "2026-12-21"
    assert "甲" in live(world, "customer")
    with world.system() as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = '2026-12-21 09:00+08'")
    assert removed(undo(world, import_id)) == {"customer": (1, 0)}
