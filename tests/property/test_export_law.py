"""Whatever is granted to whom: an export has the rows and fields of a short filter, and nothing else."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from perennial.kernel import SYSTEM, Database, Invalid, Missing
from perennial.records import exports
from perennial.records.exports import Asked, job
from tests.builders import install
from tests.builders_laws import untraced
from tests.property.test_access_laws import CONTRACT, CUSTOMER, EXAMPLES, KEYS, PEOPLE, WORLD, Oracle, become, build

met: Counter[str] = Counter()
DENIED = "无权查看"


def read(tx: Any, form: str, asked: Asked, path: Path) -> list[list[str]]:
    for _ in job.written(tx, form, asked, path, "csv", "zh"):
        pass
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def shown(oracle: Oracle, form: str, key: str, row: dict[str, Any]) -> set[str]:
    """What may stand in the cell."""
    value, level = row[key], oracle.level(form, key, row)
    if value is None or level == 0:
        return {""}
    if key not in ("csm", "unit", "customer"):
        return {str(oracle.shown(form, key, row))}
    if level == 1:
        return {DENIED}
    if key != "customer":
        return {f"p{value}" if key == "csm" else str(value), DENIED}  # the latter where it is masked on other rows
    parent = next((one for one in oracle.rows("customer") if one["id"] == value), None)
    if parent is None:
        met["relation to an unreadable record"] += 1
        return {DENIED}
    return {oracle.shown("customer", "name", parent) or str(value), DENIED}


def check(tx: Any, form: str, oracle: Oracle, path: Path) -> None:
    if not oracle.grants(form):
        with pytest.raises(Missing):
            exports.ask(tx, form, Asked())
        met["form that is not there"] += 1
        return
    head, *table = read(tx, form, Asked(), path)
    keys = [key for key in KEYS[form] if oracle.best(form, key) > 0]
    assert head == keys, "a hidden field is absent, not blank"
    expected = oracle.rows(form)
    if not keys:
        return
    assert len(table) == len(expected)
    for row, cells in zip(expected, table, strict=True):
        for key, cell in zip(keys, cells, strict=True):
            assert cell in shown(oracle, form, key, row), key
    met["part of the rows"] += 0 < len(expected) < len(oracle.all(form))
    for key in KEYS[form]:
        if oracle.best(form, key) == 0:
            met["hidden field asked for"] += 1
            with pytest.raises(Invalid):
                exports.ask(tx, form, Asked((key,)))
        if oracle.best(form, key) < 2:
            for probe in (Asked(("id",), sort=((key, False),)), Asked(("id",), filter=f"ISBLANK({key})")):
                with pytest.raises(Invalid):
                    exports.ask(tx, form, probe)


def test_an_export_never_has_a_row_or_field_that_is_not_granted(database: Database, tmp_path: Path) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, CUSTOMER, CONTRACT)
    met.clear()

    @settings(
        max_examples=EXAMPLES // 2, deadline=None, derandomize=EXAMPLES == 40, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(world=WORLD, me=st.sampled_from(list(PEOPLE)))
    def law(world: dict[str, Any], me: int) -> None:
        oracle = Oracle(world, me)
        with untraced(database.begin(SYSTEM)) as tx:
            become(tx, me, build(tx, world))
            for form in KEYS:
                check(tx, form, oracle, tmp_path / "export.csv")

    law()
    print(dict(met))
    least = {"part of the rows": 5, "hidden field asked for": 5, "relation to an unreadable record": 1}
    assert all(met[name] >= count for name, count in least.items()), met
