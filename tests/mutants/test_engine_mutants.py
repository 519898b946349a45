"""Deliberately wrong variants of every node kind are caught by the reference interpreter (`make mutants`)."""

import importlib
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))

from test_engine_reference import live

from perennial.kernel import Database, Query
from perennial.processes import nodes, versions

TREE, JOINS, STOPS, EVENTS = (
    yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    for name in ("process.yaml", "joins.yaml", "stops.yaml", "events.yaml")
)
SEEDS = (3, 5, 8)  # lives that a wrong engine has to survive
LIMIT = 90  # seconds for all of them: the sound engine needs ten; a life that never ends is caught too

Change = tuple[str, str, str, str]  # node, statement, what stands there, what stands there wrongly
MUTANTS: dict[str, Change] = {
    "condition always takes the first way": ("c1", "run", "CASE WHEN a.case_0", "CASE WHEN true OR a.case_0"),
    "condition forgets what a wait owed": ("c2", "run", "reason = 'condition'", "reason = NULL"),
    "parallel loses its branches": (
        "k0", "begin", "FROM at_node a CROSS JOIN", "FROM at_node a JOIN (SELECT) z ON false CROSS JOIN"),
    "parallel starts branches twice": (
        "k0", "begin", "CROSS JOIN (VALUES ", "CROSS JOIN (VALUES (%(to_w1)s::int, 9), "),
    "a branch that begins with a wait is a day early": ("k0", "begin", "r.until_w1", "(r.until_w1 - 1)"),
    "a branch begins beside its wait": ("k0", "begin", "ELSE 'waiting' END", "ELSE 'held' END"),
    "the first task of a branch opens twice": (
        "k0", "begin", "AS proposal\n  FROM at_node a", "AS proposal\n  FROM at_node a, generate_series(1, 2)"),
    "wait is a day early": ("w1", "enter", "a.until", "a.until - 1"),
    "wait passes before its moment": (
        "w4", "go", "t.wake_at <= %(now)s", "t.wake_at <= %(now)s::timestamptz + interval '2 days'"),
    "wait never says late": ("w2", "go", "THEN 'late' ELSE 'fired'", "THEN 'fired' ELSE 'fired'"),
    "wait forgets its decision": ("w1", "go", "AND a.decision_id IS NULL)", "AND a.decision_id IS NULL AND false)"),
    "a met wait waits for its limit": ("w3", "go", "(r.met OR", "(false OR"),
    "the limit of a wait leads elsewhere": ("w3", "go", "%(to_u3)s", "%(to_e2)s"),
    "a duration is a day short": ("n1", "run", "interval '3 days'", "interval '2 days'"),
    "a condition begins no wait": ("c1", "run", "state = 'ready'", "state = 'held'"),
    "task opens twice": (
        "t1", "open", "AS proposal\n  FROM at_node a", "AS proposal\n  FROM at_node a, generate_series(1, 2)"),
    "task does not wait": ("k0", "begin", "= 3 THEN 'waiting'", "= 3 THEN 'held'"),
    "update ignores its condition": ("u2", "run", "a.wanted", "true"),
    "notify has no limit": ("n1", "run", "interval '1 days'", "interval '99 days'"),
    "notify ignores its condition": ("n2", "run", "NOT a.wanted", "false"),
    "notify leaves no word in the ledger": ("n1", "run", "SET outcome = 'skipped'", "SET outcome = d.outcome"),
    "the end of all ends only its branch": (
        "e3", "run", "SELECT instance_id AS id FROM at_node", "SELECT instance_id AS id FROM at_node WHERE false"),
    "the end of a branch leaves its token": ("e1", "run", "WHERE t.id = a.id)", "WHERE t.id = a.id AND false)"),
}  # fmt: skip

OF_JOINS: dict[str, Change] = {
    "inclusive takes every way": ("i1", "run", "WHERE b.holds)", ")"),
    "inclusive forgets the rest": ("i1", "run", "IS NOT TRUE", "IS NULL"),
    "inclusive opens one way": ("i1", "run", "WHERE b.holds)", "WHERE b.holds AND b.branch < 2)"),
    "a join waits for nobody": ("j1", "run", "WHEN NOT EXISTS", "WHEN true OR NOT EXISTS"),
    "a join waits for who waits at it": ("j1", "run", "AND NOT (o.node_id = %(node)s AND", "AND (true OR"),
    "a join lets everybody through": (
        "j1", "run", "OR a.fate = 'joined' AND (a.id <> a.keeps OR", "OR a.fate = 'joined' AND (false OR"),
    "a join leaves the outer split too": ("j2", "run", "a.path[:a.depth - 1]", "a.path[:0]"),
    "a join counts the rounds together": ("j2", "run", "(z.facts ->> 'visit')::bigint = a.path[a.depth]", "true"),
    "who comes too late passes": ("j2", "run", "THEN 'absorbed'", "THEN 'joined'"),
    "a join needs one less": ("j2", "run", "a.n >= 2", "a.n >= 1"),
    "the rest goes on": ("j3", "rest", "t.path[j.depth] = j.visit", "false"),
    "the rest of everything ends": ("j3", "rest", "t.path[j.depth] = j.visit", "true"),
    "rounds of a split are one": ("p1", "run", "|| a.visit ||", "|| 1::bigint ||"),
}  # fmt: skip

OF_STOPS: dict[str, Change] = {
    "a cancel stops nobody": ("x2", "end", "t.id <> c.id", "false"),
    "a cancel stops who stands elsewhere": ("x1", "end", "t.node_id = ANY(%(there)s::int[])", "true"),
    "a cancel stops other rounds too": ("x2", "end", "%% 2 = 0", "%% 2 >= 0"),
    "nobody stands anywhere": ("c1", "run", "WHERE o.instance_id = a.instance_id AND o.id <> a.id", "WHERE false"),
    "a task never runs out of time": ("t7", "over", "t.state = 'waiting' AND", "false AND"),
    "a task runs out of time a day early": ("t1", "over", "interval '3 days'", "interval '2 days'"),
    "what ran out of time stays open": ("t7", "over", "WHERE k.token_id = a.id", "WHERE false"),
    "running out of time is not in the ledger": (
        "t4", "over", "WHERE true AND a.decision_id IS NULL)", "WHERE false)"),
    "tasks that exclude each other are open together": ("t2", "open", "AND NOT EXISTS", "AND NOT true AND NOT EXISTS"),
}  # fmt: skip

OF_EVENTS: dict[str, Change] = {
    "any letter will do": ("w1", "notice", "AND o.matches", "AND true"),
    "what came is somebody else's": ("w3", "notice", "i.record_id = e.target", "i.record_id <> e.target"),
    "nobody is told of what came": ("w2", "notice", "THEN 'ready' ELSE t.state", "THEN t.state ELSE t.state"),
    "what came before the start counts": ("w4", "enter", "e.at >= i.started_at", "true"),
    "what came since the start does not count": ("w4", "enter", "e.at >= i.started_at", "false"),
    "what came before counts from here too": ("w2", "enter", "NULL::jsonb AS earlier", "'{}'::jsonb AS earlier"),
    "what came is forgotten on entering": ("w3", "enter", "WHEN a.happened THEN a.came", "WHEN false THEN a.came"),
    "what came leads to the limit": ("w1", "go", "WHEN a.happened THEN %(to_u2)s", "WHEN false THEN %(to_u2)s"),
    "the limit is a day short": ("w6", "enter", "interval '5 days'", "interval '4 days'"),
    "what came in a hold passes": ("w3", "go", "AND NOT (EXISTS", "AND NOT (false AND EXISTS"),
}  # fmt: skip

Wrong = tuple[str, str, Callable[[Any], Any]]  # module, what is replaced, by what
OTHERS: dict[str, Wrong] = {
    "create ignores its match": (
        "perennial.actions", "create", lambda real: lambda tx, form, select, match=(): real(tx, form, select)),
    "update writes nothing": ("perennial.actions", "update", lambda real: lambda tx, form, select: 0),
    "nobody's turn comes": ("perennial.processes.advance", "_unqueue", lambda real: lambda tx, scope: 0),
    "a trigger ignores its condition": (
        "perennial.processes.triggers", "skip_reason",
        lambda real: lambda *given, **more: real(*given, **more).replace("NOT d.wanted", "false")),
    "a trigger fires while an instance is open": (
        "perennial.processes.triggers", "skip_reason",
        lambda real: lambda *given, **more: real(*given, **more).replace("d.open_id IS NOT NULL", "false")
        .replace("d.same_term", "false")),
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No statement of another mutant is remembered."""
    versions._statements.clear()
    yield
    versions._statements.clear()


def lives(databases: Iterator[Database], tree: dict[str, Any] = TREE) -> Iterator[list[str]]:
    for seed in SEEDS:
        yield live(next(databases), tree, seed, Counter(), count=28, held=0.2, away=(1, 3, 4))


def caught(databases: Iterator[Database], tree: dict[str, Any] = TREE) -> bool:
    """The difference shows, the database itself refuses the wrong statement, or a life never ends."""

    def endless(*_: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, endless)
    signal.alarm(LIMIT)
    try:
        return any(differences != [] for differences in lives(databases, tree))
    except Exception:
        return True
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_the_engine_itself_is_right_about_the_process_of_the_mutants(databases: Iterator[Database]) -> None:
    assert [one for tree in (TREE, JOINS, STOPS, EVENTS) for one in lives(databases, tree) if one] == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_node_is_caught(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _wrong(monkeypatch, MUTANTS[name])
    assert caught(databases)


@pytest.mark.parametrize("name", OF_JOINS)
def test_a_wrong_join_is_caught(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _wrong(monkeypatch, OF_JOINS[name])
    assert caught(databases, JOINS)


@pytest.mark.parametrize("name", OF_STOPS)
def test_a_wrong_stop_is_caught(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _wrong(monkeypatch, OF_STOPS[name])
    assert caught(databases, STOPS)


@pytest.mark.parametrize("name", OF_EVENTS)
def test_a_wrong_wait_for_an_event_is_caught(
    databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _wrong(monkeypatch, OF_EVENTS[name])
    assert caught(databases, EVENTS)


def _wrong(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    key, statement, right, wrong = change
    real = nodes.make

    def make(tx: Any, process: Any, node: Any, held: Any) -> dict[str, Query]:
        made = real(tx, process, node, held)
        if node.key != key:
            return made
        query = made[statement]
        if right not in query.text:
            pytest.fail(f"the mutant no longer fits: {right}")  # not an Exception: it must not count as caught
        return {**made, statement: Query(query.text.replace(right, wrong), query.params)}

    monkeypatch.setattr(nodes, "make", make)


@pytest.mark.parametrize("name", OTHERS)
def test_a_wrong_effect_is_caught(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module, what, wrong = OTHERS[name]
    owner = importlib.import_module(module)
    monkeypatch.setattr(owner, what, wrong(getattr(owner, what)))
    assert caught(databases, STOPS if what == "_unqueue" else TREE)
