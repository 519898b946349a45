"""The inbox: what waits for a person, what is put off, given away, shared out and taken back.

The company: task_company. The clock stands at Saturday 2026-11-21 09:00.
"""

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import form, install
from task_company import Company, at, stand

from perennial import access, records, tasks
from perennial.kernel import Database, Problem, Tx, advance_clock, text
from perennial.tasks.load import shares


@pytest.fixture
def company(database: Database) -> Company:
    return stand(database)


def ids(tx: Tx, **wanted: object) -> list[int]:
    return [row["id"] for row in tasks.page(tx, tasks.Wanted(**wanted)).rows]  # type: ignore[arg-type]


def why(acted: tasks.Acted) -> dict[int, str]:
    return {one: problem.code for one, problem in acted.refused}


# --- put off


def test_what_is_put_off_stands_under_later_and_comes_back_by_itself_when_the_clock_jumps(company: Company) -> None:
    task, other = company.opened("tang")["id"], company.opened("tang")["id"]
    with company.as_("tang") as tx:
        assert tasks.snooze(tx, [task], at("2026-11-23", "08:00")).done[0]["id"] == task
        assert (ids(tx), ids(tx, view="later")) == ([other], [task])
        assert [row["id"] for row in tasks.mine(tx)] == [other]
        assert (tasks.figures(tx)["open"], tasks.figures(tx)["snoozed"], tasks.counts(tx)["open"]) == (1, 1, 1)
    with company.as_("he") as tx:  # for who looks after them nothing has gone
        assert sorted(ids(tx, view="team")) == [task, other]
    with company.system() as tx:
        advance_clock(tx, at("2026-12-24", "08:00"))  # past it in one jump
    with company.as_("tang") as tx:
        assert (ids(tx), ids(tx, view="later")) == ([task, other], [])


def test_who_is_given_what_somebody_put_off_sees_it_at_once(company: Company) -> None:
    task = company.opened("tang")["id"]
    with company.as_("tang") as tx:
        tasks.snooze(tx, [task], at("2026-11-23"))
        moved = tasks.transfer_set(tx, {task: company.who["mei"]})
    with company.as_("mei") as tx:
        assert ids(tx) == [task]
    with company.as_("tang") as tx:
        assert tasks.undo(tx, moved.act or 0) == 0
        assert (ids(tx), ids(tx, view="later")) == ([], [task])


# --- taken, given back


def test_of_two_who_claim_at_once_one_has_it_and_the_other_is_told(company: Company) -> None:
    task = company.opened(owner="zhou", role="seller")["id"]

    def claim(name: str) -> str:
        try:
            with company.as_(name) as tx:
                tasks.take(tx, task)
            return "taken"
        except Problem as problem:
            return problem.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(claim, ["tang", "mei"])) == ["taken", "tasks.not_yours"]


def test_a_claimed_task_may_be_given_back_while_somebody_else_could_take_it(company: Company) -> None:
    task, named = company.opened(owner="zhou", role="seller")["id"], company.opened("mei")["id"]
    with company.as_("mei") as tx:
        tasks.take(tx, task)
        tasks.give_back(tx, task)
    with company.as_("tang") as tx:
        assert ids(tx, claimable=True) == [task]
    with company.as_("mei") as tx, pytest.raises(Problem) as refused:
        tasks.give_back(tx, named)
    assert (refused.value.code, text(refused.value, "zh")) == ("tasks.not_claimed", "「回访」没有其他可以认领的人")


# --- given to others


def test_what_i_gave_away_shows_how_it_went_and_comes_back_unless_somebody_touched_it(company: Company) -> None:
    first, second = company.opened("tang")["id"], company.opened("tang")["id"]
    with company.as_("tang") as tx:
        act = tasks.transfer_set(tx, dict.fromkeys([first, second], company.who["mei"]), "客户在她那边").act or 0
    with company.as_("mei") as tx:
        tasks.finish(tx, second, {"note": "x"}, "won")
    with company.as_("tang") as tx:
        told = {row["id"]: (row["to_name"], row["note"], row["state"]) for row in tasks.sent(tx).rows}
        assert told == {first: ("mei", "客户在她那边", "open"), second: ("mei", "客户在她那边", "done")}
        assert (tasks.sent_open(tx), [row["id"] for row in tasks.sent(tx, open_only=True).rows]) == (1, [first])
        assert tasks.undo(tx, act) == 1  # the second is done
        assert ids(tx) == [first]
        assert [row["act"] for row in tasks.history(tx, first)] == ["transfer"]
    for name, number in (("tang", act), ("mei", act)):
        with company.as_(name) as tx, pytest.raises(Problem) as refused:
            tasks.undo(tx, number if name == "mei" else 0)
        assert refused.value.code == "tasks.no_act"


def test_of_many_each_is_changed_or_named_with_the_reason(company: Company) -> None:
    mine, others, done = (company.opened(name)["id"] for name in ("tang", "mei", "tang"))
    with company.as_("tang") as tx:
        tasks.finish(tx, done, {"note": "x"}, "won")
        acted = tasks.snooze(tx, [mine, others, done, 999], at("2026-11-30"))
        assert [row["id"] for row in acted.done] == [mine]
        assert why(acted) == {others: "tasks.not_yours", done: "tasks.not_open", 999: "tasks.no_such"}


def test_an_approval_is_neither_given_away_nor_put_to_another_day_here(company: Company) -> None:
    vote = company.opened("tang", vote_id=1)["id"]
    with company.as_("tang") as tx:
        assert why(tasks.transfer_set(tx, {vote: company.who["mei"]})) == {vote: "tasks.by_vote"}
        assert why(tasks.set_due(tx, [vote], at("2026-11-30"))) == {vote: "tasks.by_vote"}
        assert tasks.snooze(tx, [vote], at("2026-11-30")).done


# --- who looks after whom


def test_a_head_looks_after_the_departments_below_and_nobody_else_does(company: Company) -> None:
    names = {number: name for name, number in company.who.items()}
    for who, whom in [("gao", {"he", "tang", "liu"}), ("he", {"tang", "liu"}), ("tang", set()), ("zhou", {
        "gao", "he", "tang", "liu", "mei"})]:  # fmt: skip
        with company.as_(who) as tx:
            assert {names[one] for one in tasks.team(tx)} == whom


def test_a_head_moves_the_due_day_and_priority_of_their_people_and_it_is_known_why(company: Company) -> None:
    task, meis = company.opened("tang")["id"], company.opened("mei")["id"]
    with company.as_("he") as tx:
        moved = tasks.set_due(tx, [task, meis], at("2026-11-27"), "客户出差")
        assert why(moved) == {meis: "tasks.not_yours"}
        tasks.set_priority(tx, [task], 1)
        steps = [(one["act"], one["by"], one["note"]) for one in tasks.history(tx, task)]
        assert steps == [("priority", "he", None), ("due", "he", "客户出差")]
        assert tasks.history(tx, task)[1]["due_after"] == at("2026-11-27")
        with pytest.raises(Problem) as hidden:
            tasks.history(tx, meis)
    assert hidden.value.code == "tasks.no_such"
    with company.as_("tang") as tx:
        row = tasks.page(tx, tasks.Wanted()).rows[0]
        assert (row["due_at"], row["priority"]) == (at("2026-11-27"), 1)


def test_nobody_is_urged_about_one_task_twice_in_two_hours(company: Company) -> None:
    task, nobodys = company.opened("tang")["id"], company.opened(owner="zhou", role="seller")["id"]
    with company.as_("he") as tx:
        assert why(tasks.urge(tx, [task, nobodys])) == {nobodys: "tasks.not_claimed"}
        again = tasks.urge(tx, [task])
        assert (why(again), text(again.refused[0][1], "zh")) == (
            {task: "tasks.urged"}, "「回访」2 小时内已催办过",
        )  # fmt: skip
    with company.system() as tx:
        advance_clock(tx, at("2026-11-21", "11:01"))
    with company.as_("he") as tx:
        assert tasks.urge(tx, [task]).done
    with company.as_("tang") as tx:  # nobody urges themselves
        assert why(tasks.urge(tx, [task])) == {task: "tasks.not_yours"}


def test_work_is_shared_like_what_each_can_do_and_nothing_is_lost_by_rounding() -> None:
    assert shares({1: 14, 2: 5, 3: 9, 4: 8, 5: 12}, dict.fromkeys(range(1, 6), 10)) == {1: 10, 2: 9, 3: 10, 4: 9, 5: 10}
    assert shares({1: 9, 2: 0}, {1: 20, 2: 10}) == {1: 6, 2: 3}
    assert shares({1: 0, 2: 0}, {1: 3, 2: 5}) == {1: 0, 2: 0}


def test_sharing_out_proposes_the_least_pressing_to_peers_who_may_read_it_and_changes_nothing(company: Company) -> None:
    late = [company.opened("mei", priority=one)["id"] for one in (1, 0, -1, 0)]
    company.opened("mei", due_at=at("2026-11-23"))  # next week: not counted
    for _ in range(3):  # nobody of liu's kind, that is of no role, may read a deal
        company.opened("liu")
    with company.as_("zhou") as tx:
        told = tasks.even(tx)
        people = {one.name: (one.before, one.after) for one in told.people}
        assert people == {"gao": (0, 0), "he": (0, 0), "liu": (3, 3), "mei": (4, 2), "tang": (0, 2)}
        assert (told.moves, told.stuck) == (dict.fromkeys([late[2], late[3]], company.who["tang"]), 2)
        assert len(ids(tx, view="team", person=company.who["mei"])) == 5


def test_load_counts_what_is_late_due_today_and_this_week_against_what_somebody_can_do(company: Company) -> None:
    for due in (at("2026-11-17"), at("2026-11-21", "08:59"), at("2026-11-21", "18:00"), at("2026-11-22"),
                at("2026-11-23"), None):  # fmt: skip
        company.opened("tang", due_at=due)
    company.opened(owner="zhou", role="seller")
    with company.as_("he") as tx:
        tasks.set_capacity(tx, company.who["tang"], 3)
        tang = next(one for one in tasks.load(tx) if one["name"] == "tang")
        liu = next(one for one in tasks.load(tx) if one["name"] == "liu")
        with pytest.raises(Problem) as refused:
            tasks.set_capacity(tx, company.who["mei"], 3)
        assert refused.value.code == "tasks.not_team"
        with pytest.raises(Problem) as wrong:
            tasks.set_capacity(tx, company.who["tang"], 1000)
        assert wrong.value.code == "tasks.capacity"
        assert (tasks.unclaimed(tx), tasks.team_open(tx)) == (1, 7)
    counted = {key: tang[key] for key in ("open", "overdue", "today", "week", "capacity", "late_workdays")}
    # due on Tuesday: Wednesday, Thursday and Friday have passed
    assert counted == {"open": 6, "overdue": 2, "today": 1, "week": 1, "capacity": 3, "late_workdays": 3}
    assert (liu["open"], liu["capacity"]) == (0, 10)


# --- pages


@pytest.mark.parametrize("sort", ["due", "priority", "new", "customer"])
def test_pages_behind_one_another_are_the_whole_list_once(company: Company, sort: str) -> None:
    dues = [None, at("2026-11-20"), at("2026-11-20"), at("2026-11-22"), None, at("2027-01-01"), at("2026-11-21")]
    for n, due in enumerate(dues):
        company.opened("tang", due_at=due, priority=n % 3 - 1)
    with company.as_("tang") as tx:
        whole, found, after = ids(tx, sort=sort), list[int](), ""
        while True:
            page = tasks.page(tx, tasks.Wanted(sort=sort, after=after, limit=2))  # type: ignore[arg-type]
            found += [row["id"] for row in page.rows]
            if page.next is None:
                break
            after = page.next
        assert (found, len(found), Counter(found).most_common(1)[0][1]) == (whole, 7, 1)


def test_the_parts_of_the_inbox_add_up(company: Company) -> None:
    days = ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-28", "2026-11-29"]
    made = [company.opened("tang", due_at=at(day))["id"] for day in days]
    undated = company.opened("tang", due_at=None)["id"]
    parts = {"overdue": made[:1], "today": made[1:2], "week": made[2:4], "later": made[4:], "undated": [undated]}
    with company.as_("tang") as tx:
        figures = tasks.figures(tx)
        for name, expected in parts.items():
            assert (ids(tx, due=name), figures[name]) == (expected, len(expected))
        assert figures["open"] == 6
        assert [(one["kind"], one["n"]) for one in tasks.kinds_here(tx, "mine")] == [("call", 6)]


def test_a_search_finds_by_the_record_only_who_may_read_it(company: Company) -> None:
    tangs, lius = company.opened("tang")["id"], company.opened("liu")["id"]  # liu may read no deal
    with company.system() as tx:
        records.update(tx, "deal", 1, 1, {"name": "厦门屿岸100%"})
    with company.as_("tang") as tx:
        assert (ids(tx, search="屿岸"), ids(tx, search="回访"), ids(tx, search="0%"), ids(tx, search="0_")) == (
            [tangs], [tangs], [tangs], [],
        )  # fmt: skip
    with company.as_("liu") as tx:
        assert (ids(tx, search="屿岸"), ids(tx, search="回访")) == ([], [lius])


def test_a_team_is_paged_by_the_first_of_each_person(company: Company) -> None:
    made = [company.opened(name)["id"] for name in ("tang", "tang", "tang", "liu")]
    with company.as_("he") as tx:
        assert sorted(ids(tx, view="team", each=2)) == [made[0], made[1], made[3]]
        assert ids(tx, view="team", person=company.who["tang"], limit=2) == made[:2]
        days, first = tasks.between(tx, company.who["tang"], at("2026-11-21", "00:00"), at("2026-11-22", "00:00"))
    assert (days, [row["id"] for row in first]) == ({dt.date(2026, 11, 21): 3}, made[:3])


# --- by hand


def test_a_task_by_hand_is_for_whom_may_read_the_record(company: Company) -> None:
    with company.as_("tang") as tx:
        made = tasks.create(
            tx, "deal", 1, " 寄样品 ", person_id=company.who["mei"], due_at=at("2026-11-24"), priority=1
        )
        own = tasks.create(tx, "deal", 1, "记得回电")
    with company.as_("mei") as tx:
        row = tasks.page(tx, tasks.Wanted()).rows[0]
        assert (row["id"], row["title"], row["due_at"], row["priority"]) == (made, "寄样品", at("2026-11-24"), 1)
        tasks.finish(tx, made, {})
    with company.as_("tang") as tx:
        assert ids(tx) == [own]
        assert [one["act"] for one in tasks.history(tx, own)] == ["create"]


REFUSED = {
    "records.missing": lambda tx, who: tasks.create(tx, "deal", 999, "a"),
    "tasks.untitled": lambda tx, who: tasks.create(tx, "deal", 1, "  "),
    "tasks.title_long": lambda tx, who: tasks.create(tx, "deal", 1, "长" * 201),
    "tasks.due_past": lambda tx, who: tasks.create(tx, "deal", 1, "a", due_at=at("2026-11-20")),
    "tasks.cannot_read": lambda tx, who: tasks.create(tx, "deal", 1, "a", person_id=who["liu"]),
    "tasks.not_active": lambda tx, who: tasks.create(tx, "deal", 1, "a", person_id=999),
    "tasks.snooze_past": lambda tx, who: tasks.snooze(tx, [1], at("2026-11-21", "09:00")),
    "tasks.too_many": lambda tx, who: tasks.snooze(tx, list(range(1, 502)), None),
    "tasks.after": lambda tx, who: tasks.page(tx, tasks.Wanted(after='["x", "1"]')),
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_refused_says_why_and_opens_nothing(company: Company, code: str) -> None:
    with company.as_("tang") as tx, pytest.raises(Problem) as refused:
        REFUSED[code](tx, company.who)
    assert refused.value.code == code
    assert "{" not in text(refused.value, "zh") + text(refused.value, "en")
    with company.as_("tang") as tx:
        assert ids(tx) == []


def test_who_may_read_which_of_many_is_what_each_may_read_alone(company: Company) -> None:
    with company.system() as tx:
        install(tx, form("visit", "name: text", "owner: person"))
        access.publish(tx, [access.load({"role": "seller", "label": "销售", "forms": {
            "deal": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
            "visit": {"rows": "owner = ME()", "rights": ["read"], "fields": {"*": "read"}}}})])  # fmt: skip
        made = [records.create(tx, "visit", {"name": "a", "owner": company.who[name]}) for name in ("tang", "mei")]
    with company.as_("zhou") as tx:
        found = access.readable_by(tx, "visit", [*made, 999])
        tang, mei, zhou = (company.who[name] for name in ("tang", "mei", "zhou"))  # an administrator reads everything
        assert found == {(tang, made[0]), (mei, made[1]), (zhou, made[0]), (zhou, made[1])}
        assert access.readers(tx, "visit", made[0]) == {tang, zhou}
