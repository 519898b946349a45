"""A task of several people: each has one, and the branch goes on when enough of them are done."""

import datetime as dt

import pytest
from approval_world import Deals, Tree, approval, founded, task
from error_codes import refused

from perennial import people, processes, records, tasks
from perennial.kernel import Database
from perennial.processes.approvals import returns


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


TWO = "「look」需要几个人各办一项，这位同事已有一项，请选择其他人"
WAYS = [
    {"key": "good", "label": "好", "next": "end"},
    {"key": "poor", "label": "一般", "next": "on"},
    {"key": "bad", "label": "差", "next": "end"},
]


def several(*who: str | Tree, key: str = "look", then: str = "on", **more: object) -> Tree:
    named = [one if isinstance(one, dict) else {"person": one} for one in who]
    return task(key, then, **{"who": named, **more})


def open_for(deals: Deals, at: int, key: str = "look") -> list[str]:
    """Accounts that have the task in their inbox; of a claimable one all of them."""
    found: list[str] = []
    for name in deals.who:
        with deals.as_(name) as tx:
            found += [name for one in tasks.mine(tx) if (one["record_id"], one["kind"]) == (at, key)]
    return found


def does(deals: Deals, name: str, at: int, outcome: str | None = None) -> None:
    with deals.as_(name) as tx:
        mine = [one["id"] for one in tasks.mine(tx) if one["record_id"] == at]
        processes.finish_task(tx, mine[0], {}, outcome)
    deals.sound()


def ends(deals: Deals, at: int) -> list[tuple[str, str | None]]:
    """(state, outcome or why) of the record's tasks, as they were opened."""
    return [
        (row["state"], row["outcome"] or row["why"])
        for row in deals.rows("SELECT * FROM tasks.task WHERE record_id = %(at)s ORDER BY id", at=at)
    ]


def test_all_have_it_and_the_outcome_that_stands_last_among_theirs_decides(deals: Deals) -> None:
    at = deals.begun(several("fa", "cai", "gu", outcomes=WAYS), task("on"))
    assert open_for(deals, at) == ["fa", "cai", "gu"]
    does(deals, "cai", at, "poor")
    does(deals, "fa", at, "good")
    assert (deals.stands(at), open_for(deals, at)) == (["look"], ["gu"])
    with deals.as_("gu") as tx:
        assert [one["together"] for one in tasks.mine(tx)] == [{"all": 3, "done": 2}]
    does(deals, "gu", at, "good")
    assert (deals.stands(at), deals.steps(at)) == (["on"], ["look poor"])
    [facts] = [row["facts"] for row in deals.rows("SELECT facts FROM processes.step")]
    assert {one["by"]: one["outcome"] for one in facts["tasks"]} == {
        deals.who["cai"]: "poor", deals.who["fa"]: "good", deals.who["gu"]: "good",
    }  # fmt: skip


def test_when_enough_have_done_it_nobody_needs_the_rest(deals: Deals) -> None:
    at = deals.begun(several("fa", "cai", "gu", need=2), task("on"))
    does(deals, "gu", at)
    does(deals, "fa", at)
    assert (deals.stands(at), ends(deals, at)) == (["on"], [("done", "done"), ("closed", "enough"), ("done", "done"),
                                                            ("open", None)])  # fmt: skip


def test_who_is_named_twice_has_one_and_a_role_among_them_is_claimed(deals: Deals) -> None:
    at = deals.begun(several({"field": "owner"}, "liang", {"role": "legal"}, {"person": "nobody"}), task("on"))
    assert open_for(deals, at) == ["liang", "fa", "fei"]  # nobody: the owner, who has one
    does(deals, "fei", at)
    assert deals.stands(at) == ["look"]
    does(deals, "liang", at)
    assert deals.stands(at) == ["on"]
    other = deals.deal("HT-2")
    deals.publish(several("fa", "fa", need=2), task("on"))
    deals.start(other)
    does(deals, "fa", other)  # two are needed, one was asked
    assert deals.stands(other) == ["on"]


def test_a_role_of_one_holder_who_is_named_too_has_one(deals: Deals) -> None:
    at = deals.begun(several("cai", {"role": "finance"}), task("on"))
    assert len(ends(deals, at)) == 1


def test_all_are_reminded_and_all_close_when_time_is_over(deals: Deals) -> None:
    more: Tree = {"repeat_workdays": 1, "timeout_workdays": 3, "on_timeout": "on"}
    at = deals.begun(several("fa", "cai", "gu", **more), task("on"))
    does(deals, "cai", at)
    zone = dt.timezone(dt.timedelta(hours=8))
    processes.tick(deals.database, at=dt.datetime(2026, 11, 24, 9, tzinfo=zone))
    assert [row["reminders"] for row in deals.rows("SELECT reminders FROM tasks.task ORDER BY id")] == [1, 0, 1]
    processes.tick(deals.database, at=dt.datetime(2026, 12, 1, 9, tzinfo=zone))
    assert ends(deals, at)[:3] == [("closed", "timeout"), ("done", "done"), ("closed", "timeout")]
    assert deals.stands(at) == ["on"]
    deals.sound()


def test_the_tasks_of_a_deleted_record_come_back_with_it_and_what_was_done_stays_done(deals: Deals) -> None:
    at = deals.begun(several("fa", "cai", "gu", need=2, then="again"), several("fa", "cai", key="again"), task("on"))
    does(deals, "fa", at)
    does(deals, "gu", at)  # closes cai's as not needed: that one does not come back
    does(deals, "cai", at)
    for _ in range(2):
        with deals.system() as tx:
            version = tx.value("SELECT version FROM data_read.deal") or 1
            records.delete(tx, "deal", at, version)
        processes.react(deals.database)
        assert open_for(deals, at, "again") == []
        with deals.system() as tx:
            records.restore(tx, "deal", at)
        processes.react(deals.database)
        assert (open_for(deals, at, "look"), open_for(deals, at, "again")) == ([], ["fa"])
        deals.sound()
    does(deals, "fa", at)
    assert deals.stands(at) == ["on"]


def test_a_task_of_several_moves_with_its_person_and_is_handed_over_alone(deals: Deals) -> None:
    at = deals.begun(several("fa", "cai"), task("on"))
    with deals.as_("cai") as tx:
        [mine] = [one["id"] for one in tasks.mine(tx)]
        tasks.transfer(tx, mine, deals.who["gu"])
    with deals.as_("zhou") as tx:
        processes.hand_over(tx, deals.who["fa"], [processes.Share(deals.who["shui"])], disable=False)
    assert open_for(deals, at) == ["gu", "shui"]
    with deals.system() as tx:
        people.disable(tx, deals.who["gu"])
        assert tasks.move_from_inactive(tx) == 1
    assert open_for(deals, at) == ["liang", "shui"]  # the owner, by the order
    does(deals, "shui", at)
    does(deals, "liang", at)
    assert deals.stands(at) == ["on"]


def test_nobody_comes_to_hold_two_of_them(deals: Deals) -> None:
    at = deals.begun(several("fa", "cai", "gu", need=2), task("on"))
    ids = [row["id"] for row in deals.rows("SELECT id FROM tasks.task WHERE record_id = %(at)s ORDER BY id", at=at)]
    with deals.as_("fa") as tx, refused("tasks.has_one", TWO):
        tasks.transfer(tx, ids[0], deals.who["cai"])
    does(deals, "gu", at)
    with deals.as_("fa") as tx, refused("tasks.has_one", TWO):  # who has done one has had one
        tasks.transfer(tx, ids[0], deals.who["gu"])
    with deals.system() as tx:
        both = tasks.transfer_set(tx, dict.fromkeys(ids[:2], deals.who["he"]))
    assert ([one["id"] for one in both.done], [id_ for id_, _ in both.refused]) == ([ids[0]], [ids[1]])
    assert open_for(deals, at) == ["he", "cai"]


def test_who_has_one_does_not_claim_another(deals: Deals) -> None:
    at = deals.begun(several("liang", {"role": "legal"}), task("on"))
    [own, claimable] = [row["id"] for row in deals.rows("SELECT id FROM tasks.task ORDER BY id")]
    with deals.as_("liang") as tx:
        tasks.transfer(tx, own, deals.who["fa"])
    with deals.as_("fa") as tx, refused("tasks.has_one", TWO):
        tasks.take(tx, claimable)
    with deals.as_("fei") as tx:
        tasks.take(tx, claimable)
    does(deals, "fei", at)
    does(deals, "fa", at)
    assert deals.stands(at) == ["on"]


def test_sent_straight_back_all_are_asked_again_and_it_comes_back_when_they_have_done(deals: Deals) -> None:
    at = deals.begun(several("fa", "cai", then="sign"), approval("gu", approved="on"), task("on"))
    does(deals, "fa", at)
    does(deals, "cai", at)
    for how in ("straight", "redo"):
        number = deals.vote("gu")
        with deals.as_("gu") as tx:
            returns.send_back(tx, number, "look", how, "再看看")
        assert open_for(deals, at) == ["fa", "cai"]
        does(deals, "cai", at)
        assert deals.asked() == []
        does(deals, "fa", at)
        assert deals.asked() == ["gu"]
    deals.decide("gu")
    assert deals.stands(at) == ["on"]


def test_a_branch_that_a_join_does_not_need_ends_with_all_its_tasks(deals: Deals) -> None:
    at = deals.begun(
        {"key": "both", "kind": "parallel", "branches": ["look", "short"]}, several("fa", "cai", then="join"),
        task("short", "join"), {"key": "join", "kind": "join", "of": "both", "need": 1, "next": "on"}, task("on"),
    )  # fmt: skip
    does(deals, "fa", at)
    deals.finish(at, "short")
    assert (deals.stands(at), open_for(deals, at)) == (["on"], [])
    deals.sound()


@pytest.mark.parametrize(
    ("new", "stands"),
    [
        (several("fa", "cai", "gu", need=2), ["on"]),  # the one more is done
        (task("look", "on"), ["on"]),  # one person's now
        (several("fa", "cai", "gu"), ["look"]),
    ],
)
def test_under_way_they_go_to_another_version_which_says_how_many_are_enough(
    deals: Deals, new: Tree, stands: list[str]
) -> None:
    at = deals.begun(several("fa", "cai", "gu", need=3), task("on"))
    does(deals, "fa", at)
    deals.publish(new, task("on"), label="二")
    with deals.system() as tx:
        number = processes.migrate(tx, "quote", 2, {}).id
        assert number is not None
        processes.undo_migration(tx, number)
        processes.migrate(tx, "quote", 2, {})
    deals.sound()
    assert open_for(deals, at) == ["cai", "gu"]
    does(deals, "gu", at)
    assert deals.stands(at) == stands


def test_many_are_done_in_as_many_statements_as_people_are_asked(deals: Deals) -> None:
    deals.publish(several("fa", "cai", "gu", need=2, outcomes=WAYS), task("on"))
    all_ = [deals.deal(f"HT-{n}") for n in range(4)]
    deals.start(*all_)
    with deals.system() as tx:
        rows = tx.rows("SELECT id FROM tasks.task WHERE state = 'open' ORDER BY id")
        assert (len(rows), processes.finish_set(tx, [row["id"] for row in rows], "poor", {})) == (12, 8)
    assert [deals.stands(at) for at in all_] == [["on"]] * 4
    deals.sound()


def test_more_than_are_asked_cannot_be_needed(deals: Deals) -> None:
    with refused("processes.task_needs", "「look」要 3 人完成，与设置的人数不符", path="nodes[0].need"):
        deals.publish(several("fa", "cai", need=3), task("on"))
    loaded = processes.load({"process": "p", "label": "P", "form": "deal", "start": [{"key": "now", "kind": "hand"}],
                             "nodes": [several({"role": "legal"}, {"role": "tax"}), task("on")]})  # fmt: skip
    assert [(kind, key) for _, kind, key, _ in processes.names(loaded)] == [("role", "legal"), ("role", "tax")]
