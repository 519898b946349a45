"""Deliberately wrong variants of every node kind are caught by the reference interpreter (`make mutants`)."""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

for folder in ("property", "reference"):
    sys.path.insert(0, str(Path(__file__).parent.parent / folder))

from test_engine_reference import live

from perennial.kernel import Database, Query
from perennial.processes import nodes, triggers, versions
from perennial.processes.definition import Condition, Create, End, Node, Notify, Parallel, Task, Update, Wait

# every kind on the way of every record, several of each; no cancel_when, so that nothing hides behind it
TREE: dict[str, Any] = {
    "process": "random", "label": "变异", "form": "thing",
    "start": [{"key": "due", "kind": "date", "date": "d1", "days": -9, "when": 's <> "x"'}],
    "nodes": [
        {"key": "k0", "kind": "parallel", "branches": ["w1", "c1", "t1", "w4", "w6"]},
        {"key": "w1", "kind": "wait", "until": "d1 - 6", "next": "n1"},
        {"key": "n1", "kind": "notify", "to": {"field": "owner"}, "template": "hello", "limit_days": 1, "when": "n >
        3", "next": "w2"},
        {"key": "w2", "kind": "wait", "days": 3, "next": "u1"},
        {"key": "u1", "kind": "update", "set": {"mark": '"m1"'}, "next": "m1"},
        {"key": "m1", "kind": "create", "form": "made", "set": {"thing": "this", "label": '"m1"'}, "match": ["thing",
        "label"]},
        {"key": "c1", "kind": "condition", "cases": [{"when": "n > 3", "next": "u2"}, {"when": "n <= 2", "next":
        "m2"}], "otherwise": "e1"},
        {"key": "u2", "kind": "update", "set": {"n": "n + 1"}, "when": "n > 3", "next": "m3"},
        {"key": "m3", "kind": "create", "form": "made", "set": {"thing": "this", "label": '"m1"'}, "match": ["thing",
        "label"]},
        {"key": "m2", "kind": "create", "form": "made", "set": {"thing": "this", "label": '"m2"'}},
        {"key": "e1", "kind": "end"},
        {"key": "t1", "kind": "task", "outcomes": [{"key": "yes", "label": "是", "next": "w3"}, {"key": "no", "label":
        "否", "next": "t1"}]},
        {"key": "w3", "kind": "wait", "met": "flag", "limit_days": 2, "on_limit": "u3", "next": "e2"},
        {"key": "u3", "kind": "update", "set": {"mark": '"m2"'}},
        {"key": "e2", "kind": "end"},
        {"key": "w4", "kind": "wait", "until": "d1 + 2", "next": "e3"},
        {"key": "e3", "kind": "end", "scope": "instance"},
        {"key": "w6", "kind": "wait", "until": "d1 - 3", "next": "c2"},
        {"key": "c2", "kind": "condition", "cases": [{"when": "flag", "next": "u4"}], "otherwise": "end"},
        {"key": "u4", "kind": "update", "set": {"mark": "s"}},
    ],
}  # fmt: skip
SEED = 3

Change = Callable[[dict[str, Query]], dict[str, Query]]


def swap(old: str, new: str, name: str = "run") -> Change:
    """The node's statement with one thing wrong in it."""

    def change(made: dict[str, Query]) -> dict[str, Query]:
        query = made[name]
        assert old in query.text, f"the mutant no longer fits: {old}"
        return {**made, name: Query(query.text.replace(old, new), query.params)}

    return change


MUTANTS: dict[str, tuple[type[Node], str, Change]] = {
    "condition takes the first way always": (Condition, "c1", swap("CASE WHEN a.case_0", "CASE WHEN true OR a.case_0")),
    "condition forgets what a wait owed": (Condition, "c2", swap("outcome = 'skipped', reason = 'condition'", "reason = NULL")),
    "parallel loses a branch": (Parallel, "k0", swap("CROSS JOIN (VALUES", "CROSS JOIN (SELECT 1 WHERE false) z CROSS JOIN (VALUES")),
    "parallel starts a branch twice": (Parallel, "k0", swap("FROM at_node a CROSS JOIN", "FROM at_node a, generate_series(1, 2) CROSS JOIN")),
    "wait is a day early": (Wait, "w1", swap("a.until", "a.until - 1", "enter")),
    "wait passes before its moment": (Wait, "w4", swap("t.wake_at <= %(now)s", "t.wake_at <= %(now)s::timestamptz + interval '2 days'", "go")),
    "wait ignores holds": (Wait, "w1", swap("AND NOT (EXISTS", "AND (true OR EXISTS", "go")),
    "wait never says late": (Wait, "w1", swap("THEN 'late' ELSE 'fired'", "THEN 'fired' ELSE 'fired'", "go")),
    "wait forgets its decision": (Wait, "w1", swap("AND a.decision_id IS NULL)", "AND a.decision_id IS NULL AND false)", "go")),
    "a met wait waits for its limit": (Wait, "w3", swap("AND (r.met OR", "AND (false OR", "go")),
    "the limit of a wait goes where the condition would": (Wait, "w3", swap("%(to_u3)s", "%(to_e2)s", "go")),
    "a duration is a day short": (Wait, "w2", swap("interval '3 days'", "interval '2 days'", "enter")),
    "task opens twice": (Task, "t1", swap("FROM at_node a", "FROM at_node a, generate_series(1, 2)", "open")),
    "task does not wait": (Task, "t1", swap("SET state = 'waiting'", "SET state = 'held'", "open")),
    "update ignores its condition": (Update, "u2", swap("AND a.wanted", "")),
    "update forgets the record": (Update, "u1", swap("array_agg(DISTINCT a.record_id)", "array_agg(DISTINCT a.record_id) FILTER (WHERE false) || array_agg(DISTINCT a.record_id)")),
    "create does not go on": (Create, "m1", swap("gone AS (DELETE", "gone AS (SELECT FROM (SELECT) q), kept AS (DELETE")),
    "notify has no limit": (Notify, "n1", swap("interval '1 days'", "interval '99 days'")),
    "notify ignores its condition": (Notify, "n1", swap("NOT a.wanted", "false")),
    "notify leaves no word in the ledger": (Notify, "n1", swap("SET outcome = 'skipped'", "SET outcome = d.outcome")),
    "end of the instance ends only its branch": (End, "e3", swap("SELECT instance_id AS id FROM at_node", "SELECT instance_id AS id FROM at_node WHERE false")),
    "end of a branch leaves its token": (End, "e1", swap("USING at_node a WHERE t.id = a.id)", "USING at_node a WHERE t.id = a.id AND false)")),
}  # fmt: skip
del MUTANTS["update forgets the record"], MUTANTS["create does not go on"]
OTHERS = {
    "create ignores its match": ("perennial.processes.nodes.create.actions.create", lambda real: lambda tx, form, select, match=(): real(tx, form, select)),
    "update writes nothing": ("perennial.processes.nodes.update.actions.update", lambda real: lambda tx, form, select: 0),
    "a date trigger ignores its condition": ("perennial.processes.triggers.skip_reason", lambda real: lambda *a, **k: real(*a, **k).replace("NOT d.wanted", "false")),
    "a date trigger ignores the same term": ("perennial.processes.triggers.skip_reason", lambda real: lambda *a, **k: real(*a, **k).replace("d.same_term", "false").replace("d.open_id IS NOT NULL", "false")),
}  # fmt: skip


@pytest.fixture
def fresh() -> Iterator[None]:
    """No statement of another mutant is remembered."""
    versions._statements.clear()
    yield
    versions._statements.clear()


def lives(database: Database, seed: int) -> list[str]:
    return live(database, TREE, seed, Counter(), count=12, held=0.12)


def test_the_engine_itself_is_right_about_the_process_of_the_mutants(database: Database, fresh: None) -> None:
    assert lives(database, SEED) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_node_is_caught(database: Database, fresh: None, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _, key, change = MUTANTS[name]
    real = nodes.make
    monkeypatch.setattr(
        nodes,
        "make",
        lambda tx, process, node, held: (
            change(real(tx, process, node, held)) if node.key == key else real(tx, process, node, held)
        ),
    )
    assert _caught(database)


@pytest.mark.parametrize("name", OTHERS)
def test_a_wrong_effect_is_caught(database: Database, fresh: None, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    import importlib

    path, wrong = OTHERS[name]
    parts = path.split(".")
    owner: Any = (
        importlib.import_module("perennial.processes.triggers")
        if "triggers" in path
        else importlib.import_module(".".join(parts[:-2])).actions
    )
    monkeypatch.setattr(owner, parts[-1], wrong(getattr(owner, parts[-1])))
    assert _caught(database)


def _caught(database: Database) -> bool:
    """The difference shows, or the database itself refuses the wrong statement."""
    try:
        return lives(database, SEED) != []
    except Exception:
        return True


assert dt and triggers
