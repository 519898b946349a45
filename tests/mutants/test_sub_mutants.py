"""Deliberately wrong variants of the sub-process are caught by its reference (`make mutants`)."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "property"))
sys.path.insert(0, str(Path(__file__).parent.parent / "sql"))

from test_processes_sub import test_what_was_begun_ends_and_comes_back_with_who_waits_for_it as comes_back
from test_subs import life

from perennial.kernel import Database, Query
from perennial.processes import nodes, versions

SEEDS = (0, 1, 3, 6, 24, 29, 38, 62, 78)  # half of them give up what is left
Change = tuple[str, str, str]  # statement, what stands there, what stands there wrongly
MUTANTS: dict[str, Change] = {
    "it goes on at the first that is over": ("go", "bool_and(", "bool_or("),
    "nothing is ever over": ("go", "c.state IS DISTINCT FROM 'open'", "false"),
    "what belongs to others begins too": ("enter", "m.rid = a.record_id", "(m.rid = a.record_id OR true)"),
    "who looks again waits without a limit": ("stay", "wake_at = ", "wake_at = NULL AND "),
    "its time is over a day early": ("over", "interval '2 days'", "interval '1 days'"),
    "running out of time is not in the ledger": ("over", "WHERE true AND a.decision_id IS NULL", "WHERE false"),
    "what is left is not given up in time": ("over", "THEN 'rest'", "THEN NULL"),
    "what is left goes on": ("go", "THEN 'rest'", "THEN NULL"),
}
Wrong = tuple[str, str, Callable[[Any], Any]]  # module, what is replaced, by what
OTHERS: dict[str, Wrong] = {
    "nobody hears": ("perennial.processes.react", "heed", lambda real: lambda database: importlib.import_module(
        "perennial.processes.advance").Advanced()),
    "what was begun goes on alone": (
        "perennial.processes.heed", "_STOPS", lambda real: real.replace("s.begun", "false")),
    "nothing comes back": ("perennial.processes.heed", "_BACK", lambda real: real.replace("s.begun", "false")),
    "who gives up a step forgets what it began": (
        "perennial.processes.nudges", "let_go", lambda real: lambda tx, scope: None),
    "what runs already begins again": (
        "perennial.processes.nodes.sub", "_LINK", lambda real: real.replace("AND b.id IS NOT NULL", "")),
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No statement of another mutant is remembered."""
    versions._statements.clear()
    yield
    versions._statements.clear()


def caught(databases: Iterator[Database]) -> bool:
    try:
        if any(life(next(databases), seed) != [] for seed in SEEDS):
            return True
        comes_back(next(databases))  # nobody's record comes back from the bin in these lives
    except Exception:
        return True
    return False


def test_the_engine_itself_is_right_about_these_lives(databases: Iterator[Database]) -> None:
    assert [life(next(databases), seed) for seed in SEEDS] == [[]] * len(SEEDS)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_sub_process_is_caught(
    databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    statement, right, wrong = MUTANTS[name]
    real, fits = nodes.make, [False]

    def make(tx: Any, process: Any, node: Any, held: Any) -> dict[str, Query]:
        made = real(tx, process, node, held)
        if node.key != "each" or statement not in made:
            return made
        query = made[statement]
        fits[0] |= right in query.text
        return {**made, statement: Query(query.text.replace(right, wrong), query.params)}

    monkeypatch.setattr(nodes, "make", make)
    found = caught(databases)
    assert fits[0], f"the mutant no longer fits: {right}"
    assert found


@pytest.mark.parametrize("name", OTHERS)
def test_a_wrong_word_between_instances_is_caught(
    databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    module, what, change = OTHERS[name]
    at = importlib.import_module(module)
    assert change(getattr(at, what)) != getattr(at, what)
    monkeypatch.setattr(at, what, change(getattr(at, what)))
    assert caught(databases)
