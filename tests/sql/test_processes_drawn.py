"""Processes as they are drawn: notes and places, and everything that is wrong with a draft, each with its node."""

from typing import Any

from perennial import processes
from perennial.kernel import SYSTEM, Database
from tests.sql.test_processes_engine import PROCESS, prepare

Json = dict[str, Any]
NODES: list[Json] = PROCESS["nodes"]


def _drawn(**of_first: Any) -> Json:
    return {**PROCESS, "nodes": [{**NODES[0], **of_first}, *NODES[1:]]}


def test_a_note_and_a_place_are_shown_and_make_no_new_version(database: Database) -> None:
    prepare(database)
    with database.begin(SYSTEM) as tx:
        before = processes.picture(tx, "call")["version"]
        processes.publish(tx, _drawn(note="先问销售", place=[120, -40]))
    with database.begin(SYSTEM) as tx:
        shown = processes.picture(tx, "call")
        assert shown["version"] == before
        spec = shown["nodes"][0]["spec"]
        assert (spec["note"], spec["place"]) == ("先问销售", [120, -40])
        [kept] = [one for one in processes.current(tx) if one.key == "call"]
        assert processes.dump(kept)["nodes"][0]["place"] == [120, -40]
        processes.publish(tx, _drawn(label="再打一次", note="先问销售"))
        assert tx.value("SELECT max(number) FROM processes.version v JOIN processes.process p ON p.id = v.process_id"
                        " WHERE p.key = 'call'") == before + 1  # fmt: skip
