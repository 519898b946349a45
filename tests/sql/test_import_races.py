"""Two people import the same new names at the same moment: each name becomes one record."""

import contextlib
import importlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from builders import install_renewal
from test_import_rows import checked, column, staged, target

from perennial.kernel import SYSTEM, Database
from perennial.records import imports


def test_two_runs_at_once_create_each_record_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_renewal(database)
    named = target("customer", "name", column("name"))
    both = [staged(database, tmp_path, "name\n甲\n乙\n", named) for _ in range(2)]
    for import_id in both:
        checked(database, import_id)
        with database.begin(SYSTEM) as tx:
            imports.start(tx, import_id)
    running: Any = importlib.import_module("perennial.records.imports.run")  # its door has a function of this name
    met = threading.Barrier(2)
    examine = running.examine

    def together(*given: Any, **more: Any) -> Any:
        found = examine(*given, **more)
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(timeout=0.5)  # unless something keeps the other one back, both have looked before either writes
        return found

    monkeypatch.setattr(running, "examine", together)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda import_id: imports.run_now(database, import_id), both))
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM data_read.customer") == 2
