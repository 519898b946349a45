"""Fifty browsers save the same twenty records at once: nothing is lost, and each conflict is offered to its person."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from builders import form, install
from served import Client, served

from perennial import access, people, records
from perennial.kernel import SYSTEM, Database

SOAK = bool(os.environ.get("PERENNIAL_SOAK"))
PEOPLE, RECORDS = 50, 20
ROUNDS = 5 if SOAK else 1
EDITOR: dict[str, Any] = {
    "role": "editor", "label": "编辑",
    "forms": {"deal": {"rows": "all", "rights": ["read", "update"], "fields": {"*": "write"}}},
}  # fmt: skip


class Person:
    """Adds their name to each record: the even ones to `left`, the odd ones to `right`. Whoever is told of a conflict
    looks at it as the sheet shows it: merges what only they changed, and adds to the others' text what both changed."""

    def __init__(self, client: Client, number: int, start: threading.Barrier) -> None:
        self.client = client
        self.name, self.field = f"p{number}", ("left", "right")[number % 2]
        self.start = start
        self.first = number * RECORDS // PEOPLE
        self.conflicts = self.merged = self.asked = 0

    def work(self) -> None:
        asked = {"columns": ["left", "right"], "limit": RECORDS}
        rows = self.client.ask("POST", "/api/forms/deal/page", asked)[1]["rows"]
        assert len(rows) == RECORDS
        self.start.wait()
        for row in rows[self.first :] + rows[: self.first]:
            self.add(row["id"], row["version"], row[self.field] or "")

    def add(self, record: int, version: int, base: str) -> None:
        mine = f"{base} {self.name}".strip()
        while True:
            body = {"version": version, "values": {self.field: mine}}
            status, answer = self.client.ask("PATCH", f"/api/forms/deal/{record}", body)
            if status == 200:
                assert answer["version"] == version + 1
                return
            error = answer["error"]
            assert (status, error["code"]) == (409, "records.stale"), answer
            told = error["facts"]["fields"][self.field]
            assert (told["sent"], told["mine"]) == (True, mine), "what I typed is in the offer"
            assert error["facts"]["who"].startswith("p")
            assert error["facts"]["mergeable"] is not told["both"]
            self.conflicts += 1
            if told["both"]:
                self.asked += 1
                assert told["theirs"].startswith(told["base"] or "") and self.name not in told["theirs"].split()
                mine = f"{told['theirs']} {self.name}"
            else:
                self.merged += 1
            version = error["facts"]["version"]


def test_fifty_people_who_save_the_same_twenty_records_at_once_lose_nothing(database: Database) -> None:
    """25 people add their name to `left`, 25 to `right`, of 20 records: so each record has 25 and 25 names, each once;
    each of the 1,000 saves is a version and an entry of the history under the name of who made it."""
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "left: text", "right: text"))
        access.publish(tx, [access.load(EDITOR)])
        who = [people.create(tx, f"p{number}", f"p{number}", roles=["editor"]) for number in range(PEOPLE)]
    for _ in range(ROUNDS):
        with database.begin(SYSTEM) as tx:
            made = [records.create(tx, "deal", {}) for _ in range(RECORDS)]
        with served(database) as server, ThreadPoolExecutor(PEOPLE) as pool:
            start = threading.Barrier(PEOPLE)
            everybody = [Person(server.client(one), number, start) for number, one in enumerate(who)]
            for done in [pool.submit(one.work) for one in everybody]:
                done.result()
        with database.begin(SYSTEM) as tx:
            rows = json.loads(records.page(tx, "deal", records.Query(columns=("left", "right"))))["rows"]
            for row in rows:
                assert sorted(row["left"].split()) == sorted(f"p{number}" for number in range(0, PEOPLE, 2))
                assert sorted(row["right"].split()) == sorted(f"p{number}" for number in range(1, PEOPLE, 2))
            assert [row["id"] for row in rows] == made
            for record in made:
                saves = [one for one in records.history(tx, "deal", record, limit=200) if one.op == "update"]
                assert sorted(one.actor for one in saves) == sorted(f"p{number}" for number in range(PEOPLE))
            for record in made:
                records.delete(tx, "deal", record, PEOPLE + 1)  # its version: 50 saves after the first
        conflicts, asked = sum(one.conflicts for one in everybody), sum(one.asked for one in everybody)
        print(f"{conflicts} conflicts, {conflicts - asked} merged, {asked} asked")
        assert conflicts >= 100, "they met"
        assert all(one.conflicts == one.merged + one.asked for one in everybody)
        assert asked >= 20 and conflicts - asked >= 20, "both kinds of conflict were met"
