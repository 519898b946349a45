"""From a date to an open task to the end, on a manual clock."""

import datetime as dt
from zoneinfo import ZoneInfo

from builders import form, install

from perennial import people, processes, records
from perennial.kernel import SYSTEM, Database, Reason

ZONE = ZoneInfo("Asia/Shanghai")

CALL = {
    "process": "call",
    "label": "回访",
    "form": "deal",
    "cancel_when": "closed",
    "start": [{"key": "t30", "kind": "date", "date": "ends_on", "days": -30, "when": 'name <> "skip"'}],
    "nodes": [
        {
            "key": "ring",
            "kind": "task",
            "label": "打电话",
            "who": {"field": "owner"},
            "due_workdays": 2,
            "fill": ["note"],
            "next": "thank",
        },
        {"key": "thank", "kind": "update", "set": {"stage": '"called"'}},
    ],
}


def at(day: str, time: str = "09:00") -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZONE)


def prepare(database: Database) -> int:
    with database.begin(SYSTEM, Reason("publish")) as tx:
        install(
            tx,
            form(
                "deal",
                "name: text",
                "ends_on: date",
                "owner: person",
                "note: text",
                "stage: text",
                "closed: yes_no",
                title="name",
            ),
        )
        person = people.create(tx, "he", "何知远")
    with database.begin(SYSTEM, Reason("publish")) as tx:
        processes.publish(tx, CALL)
    return person


def test_a_date_opens_a_task_whose_end_moves_the_record_on(database: Database) -> None:
    person = prepare(database)
    with database.begin(SYSTEM) as tx:
        deal = records.create(tx, "deal", {"name": "a", "ends_on": "2026-12-31", "owner": person})
        records.create(tx, "deal", {"name": "skip", "ends_on": "2026-12-31", "owner": person})
    before = processes.tick(database, at=at("2026-12-01", "08:59"))
    assert before.decided == {}
    due = processes.tick(database, at=at("2026-12-01"))
    assert due.decided == {"fired": 1, "skipped": 1}
    with database.begin(SYSTEM) as tx:
        open_ = tx.rows("SELECT id, assignee_id, found_by, due_at, state FROM tasks.task")
        assert len(open_) == 1
        assert (open_[0]["assignee_id"], open_[0]["found_by"], open_[0]["due_at"]) == (
            person,
            "named",
            at("2026-12-03", "18:00"),
        )
    with database.begin(SYSTEM) as tx:
        processes.finish_task(tx, open_[0]["id"], {"note": "聊得不错"})
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT state FROM processes.instance") == "finished"
        found = records.read(tx, "deal", deal)
    assert b"called" in str(found).encode() or "called" in str(found)
    again = processes.tick(database, at=at("2027-01-01"))
    assert again.decided == {}
