"""The twelve contracts of the renewal domain that must come out right, on a manual clock that starts 2026-11-21 09:00.

Dates by hand: the clock stands at 2026-11-21; a contract "at T-n" ends n days later.
"""

import datetime as dt

import pytest
from process_world import World, at, found

from perennial import people, processes, records
from perennial.kernel import SYSTEM, Database, Invalid, Reason

TODAY = dt.date(2026, 11, 21)


def ends_in(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def before(end: dt.date, days: int) -> dt.date:
    return end - dt.timedelta(days=days)


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


def test_1_imported_at_t_100_without_an_owner_the_t_90_task_goes_by_the_assignee_order(world: World) -> None:
    end = ends_in(100)
    contract = world.imported(end, owner=None)
    world.change(contract, owner=None)
    assert world.tasks(contract) == []
    assert world.decisions(contract) == []
    world.until(before(end, 90))
    task = world.task("follow_up", contract)
    assert (task["assignee_id"], task["found_by"]) == (world.tang, "owner")  # the customer's owner
    assert world.decisions(contract)[0] == ("t90", "fired", None)
    assert world.instances(contract) == [("date", "open")]
    assert task["opened_at"] == at(before(end, 90))


def test_2_imported_at_t_50_one_late_entry_no_mail_for_t_60_and_the_t_45_mail_when_due_and_confirmed(
    world: World,
) -> None:
    end = ends_in(50)
    contract = world.imported(end)
    assert world.instances(contract) == [("late", "open")]
    assert world.tasks(contract) == ["follow_up"]
    task = world.task("follow_up", contract)
    assert task["opened_at"] == at(TODAY)
    assert task["due_at"] == at("2026-11-27", "18:00")  # five working days after Saturday 21 November
    assert world.mails(contract) == []
    world.until(before(end, 46))
    world.finish("follow_up", contract, intent="yes", intent_checked_on="2026-11-25")
    assert world.mails(contract) == []
    world.until(before(end, 45))
    assert world.mails(contract) == ["first_reminder"]
    assert world.instances(contract) == [("late", "open")]


def test_3_imported_at_t_10_task_escalation_and_notice_at_once_and_no_customer_mail(world: World) -> None:
    contract = world.imported(ends_in(10))
    assert sorted(world.tasks(contract)) == ["escalate", "follow_up"]
    assert world.task("escalate", contract)["priority"] == 1
    assert world.notices(contract) == [("director_notice", world.gu)]
    world.finish("follow_up", contract, intent="yes")
    assert world.mails(contract) == []  # T-45 is 35 days late
    assert world.instances(contract) == [("late", "open")]


def test_4_imported_at_t_plus_3_is_asked_about_and_counted_open(world: World) -> None:
    contract = world.imported(ends_in(-3))
    assert "expired" in world.tasks(contract)
    task = world.task("expired", contract)
    assert task["assignee_id"] == world.he  # the owner's department head
    assert world.mails(contract) == []
    row = world.read(contract)
    assert row["status"] == "pending"
    by_month = world.rows("SELECT due_month, count(*) AS n FROM data_read.contract WHERE open GROUP BY due_month")
    assert by_month == [{"due_month": "2026-11", "n": 1}]
    world.until("2026-12-07")  # ten working days after Saturday 21 November is Friday 4 December
    assert world.task("expired", contract)["reminders"] == 1
    world.finish("expired", contract, "lost", churn_reason="price")
    assert world.read(contract)["status"] == "lost"
    assert world.instances(contract) == [("late", "cancelled")]


def test_5_a_blank_status_is_like_pending_at_every_step(world: World) -> None:
    end = ends_in(95)
    contract = world.imported(end)
    world.change(contract, status=None)
    world.until(before(end, 90))
    assert world.tasks(contract) == ["follow_up"]
    world.finish("follow_up", contract, intent="unsure")
    world.until(before(end, 60))
    assert world.mails(contract) == ["intent"]
    world.until(before(end, 45))
    assert world.mails(contract) == ["intent", "first_reminder"]
    world.until(before(end, 15))
    assert world.tasks(contract) == ["escalate"]
    assert world.notices(contract) == [("director_notice", world.gu)]
    world.until(end + dt.timedelta(days=1))
    assert sorted(world.tasks(contract)) == ["escalate", "expired"]
    assert world.read(contract)["status"] is None


def test_6_a_date_that_moves_away_and_back_decides_t_90_once_per_term_and_repeats_nothing(world: World) -> None:
    contract = world.imported("2027-02-01", start_date="2026-02-02")
    assert world.instances(contract) == [("late", "open")]  # T-90 was 2026-11-03
    first = world.task("follow_up", contract)["id"]
    world.change(contract, end_date="2027-02-20")
    world.until("2026-11-23")  # T-90 of the second date is 2026-11-22
    assert ("t90", "skipped", "running") in world.decisions(contract)
    assert world.instances(contract) == [("late", "open")]
    world.change(contract, end_date="2027-06-30")
    assert world.instances(contract) == [("late", "superseded")]
    assert world.tasks(contract) == []
    world.change(contract, end_date="2027-02-01")
    assert world.instances(contract) == [("late", "open")]
    assert world.tasks(contract) == ["follow_up"]
    assert world.task("follow_up", contract)["id"] == first
    assert world.tasks(contract, None) == ["follow_up"]
    world.until("2026-12-03")  # T-60
    assert world.mails(contract) == ["intent"]
    assert [one for one in world.decisions(contract) if one[0] == "wait_t60"] == [("wait_t60", "fired", None)]


def test_6_t_90_that_fired_is_not_decided_again_for_a_date_that_went_away_and_came_back(world: World) -> None:
    contract = world.imported("2027-03-01", start_date="2026-03-02")
    world.until("2026-12-02")  # T-90 was 2026-12-01
    first = world.task("follow_up", contract)["id"]
    world.change(contract, end_date="2027-03-20")
    world.until("2026-12-21")  # T-90 of the second date is 2026-12-20, 19 days later: the same term
    world.change(contract, end_date="2027-07-30")
    world.change(contract, end_date="2027-03-01")
    world.until("2026-12-31")  # T-60
    t90 = [one for one in world.decisions(contract) if one[0] == "t90"]
    assert t90 == [("t90", "fired", None), ("t90", "skipped", "running")]
    assert world.instances(contract) == [("date", "open")]
    assert world.tasks(contract, None) == ["follow_up"]
    assert world.task("follow_up", contract)["id"] == first
    assert world.mails(contract) == ["intent"]


def test_7_on_hold_from_t_70_to_t_40_the_t_60_mail_is_decided_held_and_settled_as_skipped(world: World) -> None:
    end = ends_in(90)
    contract = world.imported(end, start_date="2026-01-01")
    world.until(before(end, 70))
    with world.act() as tx:
        processes.hold(tx, "customer", world.customer, at(before(end, 40)), "客户搬迁")
    world.until(before(end, 59))
    assert [one for one in world.decisions(contract) if one[0] == "wait_t60"] == [("wait_t60", "held", None)]
    world.finish("follow_up", contract, intent="yes", intent_checked_on=str(before(end, 59)))
    world.until(before(end, 41))
    assert world.mails(contract) == []
    world.until(before(end, 40))
    assert [one for one in world.decisions(contract) if one[0] == "wait_t60"] == [("wait_t60", "skipped", "too_late")]
    row = world.rows(
        "SELECT d.* FROM processes.decision d JOIN processes.node n ON n.id = d.node_id"
        " WHERE n.key = 'wait_t60' AND d.record_id = %(id)s", id=contract)[0]  # fmt: skip
    assert (row["held_at"], row["decided_at"]) == (at(before(end, 60)), at(before(end, 40)))
    assert row["facts"]["days_late"] == 20
    # the finished task counts: T-45 fell due in the hold, is five days late and within its limit
    assert world.mails(contract) == ["first_reminder"]


def test_8_month_to_month_renews_by_the_clock_with_one_successor_each_and_no_step_before_its_start(
    world: World,
) -> None:
    contract = world.imported("2026-11-25", start_date="2026-10-26", renew_mode="auto", notice_days=None)
    world.until("2027-03-01")
    chain = [world.read(contract)]
    while following := world.successors(chain[-1]["id"]):
        assert len(following) == 1
        chain.append(following[0])
    assert [(str(one["start_date"]), str(one["end_date"])) for one in chain] == [
        ("2026-10-26", "2026-11-25"), ("2026-11-26", "2026-12-25"), ("2026-12-26", "2027-01-25"),
        ("2027-01-26", "2027-02-25"), ("2027-02-26", "2027-03-25"),
    ]  # fmt: skip
    assert [one["status"] for one in chain] == ["renewed"] * 4 + ["pending"]
    assert [str(one["renewed_on"]) for one in chain[:4]] == ["2026-11-25", "2026-12-25", "2027-01-25", "2027-02-25"]
    steps = world.rows(
        "SELECT count(*) AS n FROM processes.step s JOIN processes.instance i ON i.id = s.instance_id"
        "  JOIN processes.process p ON p.id = i.process_id JOIN data_read.contract c ON c.id = i.record_id"
        " WHERE p.key = 'auto_renewal' AND coalesce(s.due_at, s.left_at) < c.start_date::timestamp AT TIME ZONE "
        "'Asia/Shanghai'"
    )
    assert steps[0]["n"] == 0
    assert world.mails(contract) == []


def test_8_three_months_away_renew_three_times_in_one_catch_up(world: World) -> None:
    contract = world.imported("2026-11-25", start_date="2026-10-26", renew_mode="auto", notice_days=None)
    world.away_until("2027-02-10")
    chain = [world.read(contract)]
    while following := world.successors(chain[-1]["id"]):
        chain.append(following[0])
    assert [str(one["end_date"]) for one in chain] == ["2026-11-25", "2026-12-25", "2027-01-25", "2027-02-25"]


def test_9_renewed_at_t_80_cancels_everything_and_undone_it_takes_the_successor_back(world: World) -> None:
    end = ends_in(95)
    contract = world.imported(end, start_date="2026-01-01")
    world.until(before(end, 80))
    assert world.tasks(contract) == ["follow_up"]
    world.change(contract, status="renewed")
    assert world.tasks(contract) == []
    assert world.instances(contract) == [("date", "cancelled")]
    following = world.successors(contract)
    assert [(str(one["start_date"]), one["status"]) for one in following] == [
        (str(end + dt.timedelta(days=1)), "pending")
    ]
    world.away_until(before(end, 80), "09:00:08")
    world.change(contract, why=Reason("undo", {"of": "status"}), status="pending")
    assert world.successors(contract) == []
    assert world.instances(contract) == [("date", "open")]
    assert world.tasks(contract) == ["follow_up"]
    assert world.tasks(contract, None).count("follow_up") == 1


def touched_and_undone(world: World) -> tuple[int, int]:
    """A contract that was renewed, whose successor somebody edited, and that is pending again."""
    contract = world.imported(ends_in(80))
    world.change(contract, status="renewed")
    successor = world.successors(contract)[0]["id"]
    world.change(successor, note="报价已谈")
    world.change(contract, why=Reason("undo", {"of": "status"}), status="pending")
    return contract, successor


def test_9_a_successor_that_somebody_touched_stays_and_the_owner_is_asked_with_two_ways_out(world: World) -> None:
    contract, successor = touched_and_undone(world)
    assert [one["id"] for one in world.successors(contract)] == [successor]
    task = world.task("ask", contract)
    assert (task["assignee_id"], task["priority"]) == (world.tang, 1)
    kind = world.rows("SELECT outcomes FROM tasks.kind WHERE id = %(id)s", id=task["kind_id"])[0]
    assert [one["key"] for one in kind["outcomes"]] == ["remove", "keep"]
    assert sorted(world.tasks(contract)) == ["ask", "follow_up"]
    world.finish("ask", contract, "keep")
    assert [one["id"] for one in world.successors(contract)] == [successor]
    assert world.tasks(contract) == ["follow_up"]
    world.change(contract, status="renewed")
    assert [one["id"] for one in world.successors(contract)] == [successor]  # no second one


def test_9_the_owner_who_answers_delete_has_the_touched_successor_deleted(world: World) -> None:
    contract, successor = touched_and_undone(world)
    world.finish("ask", contract, "remove")
    assert world.successors(contract) == []
    assert world.read(successor)["deleted_at"] is not None
    by = world.rows("SELECT t.actor FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id"
                    " WHERE c.record_id = %(id)s AND c.op = 'D'", id=successor)  # fmt: skip
    assert [one["actor"]["id"] for one in by] == [world.tang]
    assert world.tasks(contract) == ["follow_up"]


def test_9_a_successor_that_others_refer_to_is_not_deleted_but_said_to_be_in_use(world: World) -> None:
    contract = world.imported(ends_in(80))
    world.change(contract, status="renewed")
    successor = world.successors(contract)[0]["id"]
    with world.act() as tx:
        records.create(tx, "payment", {"contract": successor, "amount": "10"})
    world.settle()
    world.change(contract, why=Reason("undo", {"of": "status"}), status="pending")
    assert [one["id"] for one in world.successors(contract)] == [successor]
    with pytest.raises(Invalid) as refused:
        world.finish("ask", contract, "remove")
    assert (refused.value.code, refused.value.facts) == ("processes.created_in_use", {"form": "续费合同"})
    assert sorted(world.tasks(contract)) == ["ask", "follow_up"]


def test_9_renewed_once_more_nobody_is_asked_any_longer(world: World) -> None:
    contract, successor = touched_and_undone(world)
    world.change(contract, status="renewed")
    assert world.tasks(contract) == []
    assert world.task("ask", contract, "closed")["why"] == "superseded"
    assert [one["id"] for one in world.successors(contract)] == [successor]
    assert world.read(contract)["archived_on"] is not None
    with world.system() as tx:
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []


def test_10_lost_at_t_20_and_won_back_at_t_plus_5_is_reopened_without_mail(world: World) -> None:
    end = ends_in(30)
    contract = world.imported(end)
    world.until(before(end, 20))
    world.change(contract, status="lost", churn_reason="price", lost_on=str(before(end, 20)))
    assert world.instances(contract) == [("late", "cancelled")]
    assert world.tasks(contract) == []
    world.until(end + dt.timedelta(days=5))
    assert world.tasks(contract) == []
    mails = world.mails(contract)
    world.change(contract, status="pending")
    assert world.instances(contract) == [("late", "cancelled"), ("late", "open")]
    assert "expired" in world.tasks(contract)
    row = world.read(contract)
    assert (row["lost_on"], row["churn_reason"]) == (None, None)
    assert world.mails(contract) == mails == []
    history = world.rows(
        "SELECT before FROM changes.change WHERE record_id = %(id)s AND before ? 'churn_reason'", id=contract
    )
    assert "price" in [one["before"]["churn_reason"] for one in history]


def test_11_a_second_contract_typed_in_is_asked_about_and_linked_and_the_first_is_renewed(world: World) -> None:
    end = ends_in(40)
    first = world.imported(end)
    second = world.contract(end + dt.timedelta(days=365), start_date=str(end + dt.timedelta(days=1)))
    task = world.task("ask", second)
    assert task["assignee_id"] == world.tang
    assert task["proposal"] == {"predecessor": first}
    world.finish("ask", second, "is", predecessor=first)
    row = world.read(first)
    assert (row["status"], str(row["renewed_on"])) == ("renewed", "2026-11-21")
    assert world.tasks(first) == []
    assert [one["id"] for one in world.successors(first)] == [second]
    mails = world.mails(first)
    world.until(end + dt.timedelta(days=2))
    assert world.mails(first) == mails
    assert world.tasks(first) == []


def test_12_the_owner_disabled_at_t_30_the_next_in_order_has_the_tasks_and_gets_t_15(world: World) -> None:
    end = ends_in(60)
    contract = world.imported(end)
    assert world.task("follow_up", contract)["assignee_id"] == world.tang
    world.until(before(end, 30))
    with world.act() as tx:
        asked = {one.form or one.kind: one.count for one in processes.held(tx, world.tang)}
        assert (asked["tasks"], asked["contract"]) == (1, 1)
        people.disable(tx, world.tang)
    world.until(before(end, 29))
    task = world.task("follow_up", contract)
    assert (task["assignee_id"], task["found_by"]) == (world.he, "head")
    world.until(before(end, 15))
    assert world.task("escalate", contract)["assignee_id"] == world.he


def test_renewing_by_hand_and_by_record_are_the_same_to_the_successor(database: Database) -> None:
    world = found(database)
    contract = world.imported(ends_in(-3))
    world.finish("expired", contract, "renewed", renewed_amount="150000")
    following = world.successors(contract)
    assert [str(one["amount"]) for one in following] == ["150000.00"]
    with database.begin(SYSTEM) as tx:
        assert records.read(tx, "contract", following[0]["id"])
