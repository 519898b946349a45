"""Deliberately wrong variants of a task of several people are caught by the reference interpreter (`make mutants`)."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from test_engine_mutants import Change, _wrong, caught, fresh, lives

from perennial.kernel import Database
from perennial.processes import finish

__all__ = ["fresh"]
TREE = yaml.safe_load((Path(__file__).parent / "several.yaml").read_text(encoding="utf-8"))
ENOUGH = {  # what stands in the statement that asks whether enough have done it, and what stands there wrongly
    "one is enough": ("least(n, %(need)s)", "1"),
    "all are always needed": ("least(n, %(need)s)", "n"),
    "some are enough where all are needed": ("WHEN 0 THEN n", "WHEN 0 THEN 1"),
    "the best outcome decides": ("max(w.nth)", "min(w.nth)"),
    "the last outcome decides": ("coalesce((%(ways)s::text[])[last], %(outcome)s)", "%(outcome)s"),
    "the rest stays open": ("AND k.state = 'open'", "AND false"),
    "rounds are counted together": (
        "count(*) FILTER (WHERE k.state = 'done') AS done",
        "(SELECT count(*) FROM tasks.task a WHERE a.token_id = k.token_id AND a.state = 'done') AS done"),
}  # fmt: skip
OPEN: dict[str, Change] = {
    "the first alone is asked": ("t1", "open", "WHERE x.twin = 1", "WHERE x.nth = 0"),
    "everybody is asked twice": ("t3", "open", "WHERE x.twin = 1", "JOIN generate_series(1, 2) ON x.twin = 1"),
    "two in time leave one who is late": ("t2", "over", "WHERE k.token_id = a.id", "WHERE k.beside = -1"),
}


def test_the_engine_itself_is_right_about_several(databases: Iterator[Database]) -> None:
    assert [one for one in lives(databases, TREE) if one] == []


@pytest.mark.parametrize("name", ENOUGH)
def test_a_wrong_count_is_caught(databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    right, wrong = ENOUGH[name]
    real = finish._ENOUGH
    assert right in real
    monkeypatch.setattr(finish, "_ENOUGH", real.replace(right, wrong))
    assert caught(databases, TREE)


@pytest.mark.parametrize("name", OPEN)
def test_a_wrong_task_of_several_is_caught(
    databases: Iterator[Database], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _wrong(monkeypatch, OPEN[name])
    assert caught(databases, TREE)
