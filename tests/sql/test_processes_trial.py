"""A record walks through a draft step by step; every step is told, and nothing of it is there afterwards."""

from typing import Any

import pytest
from approval_world import Deals, founded
from error_codes import refused
from worlds import built_once

from perennial import messages, processes
from perennial.kernel import SYSTEM, Database, Row, Tx
from perennial.processes import Choice

Json = dict[str, Any]
DRAFT: Json = {
    "process": "quote", "label": "报价", "form": "deal", "owner": "owner", "start": [{"key": "now", "kind": "hand"}],
    "nodes": [
        {"key": "offer", "kind": "task", "label": "报价", "who": {"field": "owner"}, "due_workdays": 2,
         "outcomes": [{"key": "yes", "label": "要续", "fill": ["amount!"], "next": "hello"},
                      {"key": "no", "label": "不续", "next": "lost"}]},
        {"key": "hello", "kind": "notify", "label": "告诉法务", "to": {"field": "legal"}, "template": "hello",
         "next": "rest"},
        {"key": "rest", "kind": "wait", "label": "缓一缓", "days": 10, "next": "sign"},
        {"key": "sign", "kind": "approval", "label": "法务审核", "who": [{"field": "legal"}, {"role": "finance"}],
         "signature": True, "approved": "paid", "rejected": "lost"},
        {"key": "paid", "kind": "wait", "label": "等付款", "met": 'terms = "paid"', "next": "done"},
        {"key": "done", "kind": "update", "label": "归档", "set": {"note": "\"归档\""}},
        {"key": "lost", "kind": "update", "label": "流失", "set": {"note": "\"流失\""}},
    ],
}  # fmt: skip
YES = Choice("finish", "offer", outcome="yes", values={"amount": "200000"})
SIGNED = (Choice("decide", "sign", outcome="approved"), Choice("decide", "sign", outcome="approved"))


@pytest.fixture
@built_once
def deals(database: Database) -> Deals:
    world = founded(database)
    hello = {
        "template": "hello",
        "label": "问候",
        "form": "deal",
        "subject": "{{ name }} 报价 {{ amount }}",
        "body": "请看",
    }
    with world.system() as tx:
        messages.publish_template(tx, messages.Template.load({**hello, "channels": ["in_app"]}))
    return world


def rows_of(tx: Tx) -> dict[str, Row]:
    """Every table of every room: how many rows it has, and a digest of them."""
    tables = tx.rows(
        "SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'"
    )
    digest = "SELECT count(*) AS n, md5(string_agg(t::text, ';' ORDER BY t::text)) AS hash FROM {} t"
    return {row["name"]: tx.rows(digest.format(row["name"]))[0] for row in tables}


def test_a_walk_tells_what_each_step_does_and_leaves_every_table_as_it_was(deals: Deals) -> None:
    at = deals.deal()
    with deals.system() as tx:
        before = rows_of(tx)
        assert len(before) > 60
        begun = processes.trial(tx, DRAFT, at)
        (opened,) = begun.rounds[0].tasks
        assert (opened["node"], opened["people"], f"{opened['due_at'].astimezone(tx.zone):%m-%d %H:%M}") == (
            "offer", ["梁小北"], "11-24 18:00",  # two working days after Saturday the 21st
        )  # fmt: skip
        assert [(one.node, one.asks, one.people) for one in begun.stands] == [("offer", "task", ["梁小北"])]

        walk = processes.trial(tx, DRAFT, at, [YES])
        told = walk.rounds[1]
        assert [(step["node"], step["outcome"]) for step in told.steps] == [("offer", "yes"), ("hello", "decided")]
        (change,) = told.changes
        assert [(one["key"], one["before"], one["after"]) for one in change["fields"]] == [
            ("amount", "195300.00", "200000.00")
        ]
        (said,) = told.messages
        assert (said["subject"], said["name"], said["channel"]) == ("HT-1 报价 ¥200,000.00", "沈若溪", "in_app")
        (stands,) = walk.stands
        assert stands.wake_at is not None
        assert (stands.node, f"{stands.wake_at.astimezone(tx.zone):%Y-%m-%d %H:%M}") == ("rest", "2026-12-01 09:00")

        walk = processes.trial(tx, DRAFT, at, [YES, Choice("forward", "rest")])
        assert [(one.asks, one.people) for one in walk.stands] == [("vote", ["沈若溪"]), ("vote", ["顾明哲"])]
        assert f"{walk.rounds[2].tasks[0]['due_at'].astimezone(tx.zone):%m-%d}" == "12-03"

        walk = processes.trial(tx, DRAFT, at, [YES, Choice("forward", "rest"), *SIGNED])
        assert [(one.node, one.wake_at) for one in walk.stands] == [("paid", None)]
        walk = processes.trial(tx, DRAFT, at, [YES, Choice("forward", "rest"), *SIGNED, Choice("assume", "paid")])
        assert walk.stands == []
        assert [(step["node"], step["outcome"]) for step in walk.rounds[-1].steps] == [
            ("paid", "met"),
            ("done", "updated"),
        ]

        walk = processes.trial(tx, DRAFT, at, [Choice("finish", "offer", outcome="no")])
        assert (walk.stands, [step["node"] for step in walk.rounds[1].steps]) == ([], ["offer", "lost"])
        assert rows_of(tx) == before
        assert (tx.actor, f"{tx.now:%m-%d %H:%M}", tx.value("SHOW statement_timeout")) == (SYSTEM, "11-21 09:00", "0")


def test_what_a_person_gives_ends_a_wait_for_it(deals: Deals) -> None:
    first, second = {**DRAFT["nodes"][0], "outcomes": [], "fill": ["terms"]}, {**DRAFT["nodes"][4], "next": "end"}
    both = [{"key": "both", "kind": "parallel", "branches": ["offer", "paid"]}, first, second]
    at = deals.deal()
    with deals.system() as tx:
        walk = processes.trial(tx, {**DRAFT, "nodes": both}, at)
        assert [one.node for one in walk.stands] == ["offer", "paid"]
        walk = processes.trial(tx, {**DRAFT, "nodes": both}, at, [Choice("finish", "offer", values={"terms": "paid"})])
        assert walk.stands == []
        assert [step["node"] for step in walk.rounds[1].steps] == ["offer", "paid"]


def test_a_choice_that_nothing_waits_for_is_refused_at_its_place(deals: Deals) -> None:
    at = deals.deal()
    with deals.system() as tx:
        with refused(
            "processes.trial_gone",
            "「缓一缓」那里已经没有要做的了，草稿或记录改过。请从这一步重新选择",
            path="choices[1]",
        ):
            processes.trial(tx, DRAFT, at, [YES, Choice("finish", "rest")])
        with refused("tasks.required", "请填写amount", path="values.amount"):
            processes.trial(tx, DRAFT, at, [Choice("finish", "offer", outcome="yes", values={"amount": None})])
        assert processes.trial(tx, DRAFT, at).rounds[0].tasks  # and goes on from where it was
