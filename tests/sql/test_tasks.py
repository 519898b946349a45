"""Who gets a task, step by step; who may take, transfer and finish it; and every refusal with its facts.

The company: task_company.
"""

import pytest
from task_company import Company, stand

from perennial import people, processes, tasks
from perennial.kernel import Database, Invalid, Problem, text


@pytest.fixture
def company(database: Database) -> Company:
    return stand(database)


# --- the order


def test_the_named_person_comes_first(company: Company) -> None:
    assert company.found("tang", "mei") == ("tang", "named")


def test_the_deputy_acts_for_a_named_person_who_is_away(company: Company) -> None:
    company.away("tang", "liu")
    assert company.found("tang", "mei") == ("liu", "deputy")


def test_the_deputy_acts_for_a_named_person_who_is_disabled(company: Company) -> None:
    company.away("tang", "liu", until="2026-11-20")  # back since yesterday
    assert company.found("tang", "mei") == ("tang", "named")
    company.disable("tang")
    assert company.found("tang", "mei") == ("liu", "deputy")


def test_a_named_person_who_is_away_without_a_deputy_keeps_it(company: Company) -> None:
    company.away("tang", None)
    assert company.found("tang", "mei") == ("tang", "named")


def test_the_owner_of_the_customer_is_third(company: Company) -> None:
    company.disable("tang")
    assert company.found("tang", "mei") == ("mei", "owner")
    assert company.found(None, "mei") == ("mei", "owner")


def test_the_nearest_department_head_up_the_tree_is_fourth(company: Company) -> None:
    company.disable("tang", "mei")
    assert company.found("tang", "mei") == ("he", "head")  # 一部 has none
    company.disable("he")
    assert company.found("tang", "mei") == ("gao", "head")


def test_a_business_administrator_is_last_and_without_one_nobody_is_said(company: Company) -> None:
    company.disable("tang", "he", "gao")
    assert company.found("tang") == ("zhou", "admin")
    with company.system() as tx:  # past the door, which keeps the last one
        tx.run("UPDATE people.person SET active = false WHERE id = %(id)s", {"id": company.who["zhou"]})
    assert company.found("tang") == (None, "nobody")


# --- roles


def test_a_task_of_a_role_is_for_its_holders_nearest_up_the_owners_departments(company: Company) -> None:
    task = company.opened(owner="liu", role="seller")  # tang sits in liu's department, mei in none
    assert company.told(task) == ("tang", "role")  # a single holder has it at once
    task = company.opened(owner="zhou", role="seller")  # nobody is near: all holders
    assert (task["assignee_id"], task["candidates"]) == (None, [company.who["tang"], company.who["mei"]])


def test_a_task_of_a_role_that_nobody_holds_goes_by_the_order(company: Company) -> None:
    assert company.told(company.opened(owner="mei", role="treasurer")) == ("mei", "owner")


def test_a_claimable_task_is_everybodys_until_one_takes_it(company: Company) -> None:
    task = company.opened(owner="zhou", role="seller")
    for name in ("tang", "mei"):
        with company.as_(name) as tx:
            assert [one["id"] for one in tasks.mine(tx)] == [task["id"]]
            assert tasks.counts(tx)["open"] == 1
    with company.as_("mei") as tx:
        tasks.take(tx, task["id"])
    with company.as_("tang") as tx:
        assert tasks.mine(tx) == []
        with pytest.raises(Problem) as refused:
            tasks.take(tx, task["id"])
        assert refused.value.code == "tasks.not_yours"
    assert company.told(company.now(task)) == ("mei", "role")


# --- somebody leaves


def test_open_tasks_of_a_disabled_person_move_by_the_order_at_once(company: Company) -> None:
    task = company.opened("tang", "mei")
    with company.system() as tx:
        assert tasks.move_from_inactive(tx) == 0
    company.disable("tang")
    with company.system() as tx:
        assert tasks.move_from_inactive(tx) == 1
        assert tasks.move_from_inactive(tx) == 0
    assert company.told(company.now(task)) == ("mei", "owner")


def test_a_handed_over_task_stays_with_whom_it_was_given_to(company: Company) -> None:
    task = company.opened("tang", "mei")
    with company.as_("zhou") as tx:
        processes.hand_over(tx, company.who["tang"], [processes.Share(company.who["liu"])])
    company.disable("tang")
    with company.system() as tx:
        assert tasks.move_from_inactive(tx) == 0
    assert company.told(company.now(task)) == ("liu", "person")


def test_a_role_task_that_its_taker_leaves_behind_is_claimable_again(company: Company) -> None:
    with company.system() as tx:
        people.assign(tx, company.who["liu"], ["seller"])
    task = company.opened(owner="zhou", role="seller")
    with company.as_("mei") as tx:
        tasks.take(tx, task["id"])
    company.disable("mei")
    with company.system() as tx:
        assert tasks.move_from_inactive(tx) == 1
    now = company.now(task)
    assert (now["assignee_id"], now["candidates"]) == (None, [company.who["tang"], company.who["liu"]])
    company.disable("tang")
    with company.system() as tx:
        assert tasks.move_from_inactive(tx) == 1
    assert company.told(company.now(task)) == ("liu", "role")  # the only one left has it
    company.disable("liu")
    with company.system() as tx:
        assert tasks.move_from_inactive(tx) == 1
    assert company.told(company.now(task)) == ("zhou", "owner")  # no holder is left: the order


# --- transfer, finish, refusals


def test_a_transferred_task_is_somebody_elses_and_no_longer_mine(company: Company) -> None:
    task = company.opened("tang")
    with company.as_("tang") as tx:
        tasks.transfer(tx, task["id"], company.who["liu"])
        assert tasks.mine(tx) == []
    with company.as_("liu") as tx:
        assert [one["id"] for one in tasks.mine(tx)] == [task["id"]]
    assert company.told(company.now(task)) == ("liu", "person")


def test_a_designer_may_finish_what_is_nobodys_business(company: Company) -> None:
    task = company.opened("tang")
    with company.as_("zhou") as tx:
        tasks.finish(tx, task["id"], {"note": "x"}, "won")
    now = company.now(task)
    assert (now["state"], now["outcome"], now["finished_by"]) == ("done", "won", company.who["zhou"])


def refusal(company: Company, code: str) -> Problem:
    """What is said to the one who tries it."""
    task = company.opened("tang")
    done = company.opened("tang")
    company.disable("gao")
    with company.as_("tang") as tx:
        tasks.finish(tx, done["id"], {}, "won")
    acts = {
        "tasks.no_such": ("tang", lambda tx: tasks.finish(tx, 999, {})),
        "tasks.not_open": ("tang", lambda tx: tasks.finish(tx, done["id"], {}, "won")),
        "tasks.not_yours": ("liu", lambda tx: tasks.finish(tx, task["id"], {}, "won")),
        "tasks.outcome": ("tang", lambda tx: tasks.finish(tx, task["id"], {}, "lost")),
        "tasks.not_asked": ("tang", lambda tx: tasks.finish(tx, task["id"], {"amount": 1}, "won")),
        "tasks.required": ("tang", lambda tx: processes.finish_task(tx, task["id"], {"name": "b"}, "won")),
        "tasks.not_active": ("tang", lambda tx: tasks.transfer(tx, task["id"], company.who["gao"])),
    }
    name, act = acts[code]
    with pytest.raises(Problem) as refused, company.as_(name) as tx:
        act(tx)
    assert company.now(task)["state"] == "open"
    assert company.now(task)["assignee_id"] == company.who["tang"]
    return refused.value


@pytest.mark.parametrize(
    ("code", "path", "facts", "said"),
    [
        ("tasks.no_such", None, {"task": 999}, "找不到这项任务，或你没有查看权限"),
        ("tasks.not_open", None, {"task": "回访"}, "「回访」已经办结，无需你处理"),
        ("tasks.not_yours", None, {"task": "回访"}, "「回访」不在你名下"),
        ("tasks.outcome", "outcome", {"task": "回访", "outcome": "lost"}, "请为「回访」选择一个结果"),
        ("tasks.not_asked", "values.amount", {"field": "amount"}, "这项任务不填「amount」"),
        ("tasks.required", "values.note", {"field": "note", "fields": ["note"]}, "请填写note"),
        ("tasks.not_active", "person", {}, "这位同事已停用，请选择其他人"),
    ],
)
def test_a_refused_act_says_what_and_where_and_changes_nothing(
    company: Company, code: str, path: str | None, facts: dict[str, object], said: str
) -> None:
    problem = refusal(company, code)
    assert (problem.code, problem.path, problem.facts) == (code, path, facts)
    assert text(problem, "zh") == said
    assert "{" not in text(problem, "en")


def test_an_unknown_colleague_cannot_be_handed_anything(company: Company) -> None:
    with company.as_("zhou") as tx, pytest.raises(Invalid) as refused:
        processes.hand_over(tx, company.who["tang"], [processes.Share(999)])
    assert (refused.value.code, refused.value.path) == ("tasks.not_active", "to")
