"""Deliberately wrong approvals, returns and migrations are caught by the lives of `test_signing_laws`."""

import importlib
import itertools
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

for folder in ("property", "reference"):
    sys.path.insert(0, str(Path(__file__).parent.parent / folder))

from signing_world import Office  # noqa: E402
from test_signing_laws import Life  # noqa: E402

from perennial.kernel import Database  # noqa: E402
from perennial.processes import versions  # noqa: E402

TREE = yaml.safe_load((Path(__file__).parent / "signing.yaml").read_text(encoding="utf-8"))
LIVES, LIMIT = 12, 400
ROOM = "perennial.processes"

# what goes wrong: (module, statement, what stands there, what stands there wrongly)
MUTANTS: dict[str, tuple[str, str, str, str]] = {
    "who rejects decides nothing": ("approvals.settle", "_SQL.judge", "WHEN s.no > 0 THEN 'rejected'\n",
                                    "WHEN s.no > 1 THEN 'rejected'\n"),
    "one of any is not enough": ("approvals.settle", "_SQL.judge", "WHEN s.yes > 0", "WHEN s.yes > 1"),
    "a share is counted wrongly": ("approvals.settle", "_SQL.judge", "s.yes >= a.ratio * s.n", "s.yes > 0"),
    "what is decided stays asked": ("approvals.settle", "_SQL.judge", "(a.fate IS NOT NULL OR s.no)", "false"),
    "ranks are asked together": ("approvals.settle", "_SQL.ask", "AND v.rank = s.rank", ""),
    "in order is at once": ("approvals.settle", "_SQL.ask", "a.mode <> 'order' OR", "true OR"),
    "who has approved is skipped whatever changed": ("approvals.settle", "_SQL.ask", "c.id > o.mark", "false"),
    "a later round skips, too": ("approvals.settle", "_SQL.ask", "AND b.round = a.round", ""),
    "time decides the other way": ("nodes.approval_time", "_DECIDE", "'{state}'", "'rejected'"),
    "nobody is above": ("nodes.approval_time", "_ESCALATE", "NOT l.highest ORDER", "false ORDER"),
    "signers are added at the same rank": ("approvals.acts", "_SHIFT", "rank + 1", "rank + 0"),
    "a return ends branches beside": ("approvals.returns", "_SCOPE", "t.path[:%(depth)s] = (",
                                      "true OR t.path[:%(depth)s] = ("),
    "nobody sees what changed": ("approvals.straight", "_STALE", "c.id > v.mark", "false"),
    "everybody is asked again": ("approvals.straight", "_STALE", "c.fields && v.seen", "true"),
    "who is asked again counts twice": ("approvals.straight", "_AGAIN", "SET counts = false", "SET counts = true"),
    "a step is lost with its version": ("approvals.straight", "_CARRIED", "n.key = o.key", "n.id = o.id"),
    "what is frozen goes where it is put": (
        "migrate", "_MOVE", "WHEN t.state = 'frozen' THEN t.state", "WHEN false THEN ''"),
    "a task of another kind stays": ("migrate", "_REMEMBER", "OR n.kind <> j.kind", ""),
    "the votes stay with the old version": (
        "migrate", "_MOVE", "THEN a.node_id ELSE m.to_id", "THEN a.node_id ELSE a.node_id"),
    "nothing is reopened on the way back": ("migrated", "_MOVE", "k.why = 'migrated'", "false"),
}  # fmt: skip
OTHERS = {
    "what nobody comes back for stays": ("approvals.lost", "end", lambda tx, scope: 0),
    "who has left is asked again": ("perennial.tasks.finish", "move_from_inactive", lambda tx, tokens=None: 0),
    "what is frozen never thaws": ("approvals.straight", "_go_on", lambda tx, of, form, rounds: []),
}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No statement of another mutant is remembered."""
    versions._statements.clear()
    yield
    versions._statements.clear()


def lives(databases: Iterator[Database], count: int = LIVES) -> Iterator[list[str]]:
    for seed in range(count):
        yield Life(Office(next(databases), TREE), TREE, seed, Counter()).lived()


def caught(databases: Iterator[Database]) -> bool:
    """The difference shows, the database itself refuses the wrong statement, or a life never ends."""

    def endless(*_: object) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, endless)
    signal.alarm(LIMIT)
    try:
        return any(differences != [] for differences in lives(databases))
    except (Exception, AssertionError):
        return True
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_the_engine_itself_is_right_about_the_process_of_the_mutants(databases: Iterator[Database]) -> None:
    assert list(itertools.chain.from_iterable(lives(databases, 4))) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_statement_is_caught(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module, what, right, wrong = MUTANTS[name]
    owner = importlib.import_module(f"{ROOM}.{module}")
    attribute, _, key = what.partition(".")
    real: Any = getattr(owner, attribute)
    whole = real[key] if key else "".join(real) if isinstance(real, tuple) else real
    if right not in whole:
        pytest.fail(f"the mutant no longer fits: {right}")
    if key:
        monkeypatch.setitem(real, key, whole.replace(right, wrong))
    elif isinstance(real, tuple):
        monkeypatch.setattr(owner, attribute, tuple(one.replace(right, wrong) for one in real))
    else:
        monkeypatch.setattr(owner, attribute, real.replace(right, wrong))
    assert caught(databases)


@pytest.mark.parametrize("name", OTHERS)
def test_a_missing_step_is_caught(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module, what, wrong = OTHERS[name]
    owner = importlib.import_module(module if module.startswith("perennial.") else f"{ROOM}.{module}")
    monkeypatch.setattr(owner, what, wrong)
    assert caught(databases)
