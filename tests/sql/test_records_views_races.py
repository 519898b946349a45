"""A list changed by several people at once, and cells that nobody can take as they stand."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders_records import contract, open_office
from error_codes import sentence
from web_client import PASSWORD
from worlds import built_once

from perennial import records
from perennial.kernel import SYSTEM, Database


@pytest.fixture
@built_once
def ids(database: Database) -> list[int]:
    with database.begin(SYSTEM) as tx:
        open_office(tx, password=PASSWORD)
        return [contract(tx, number=f"C-{n}", amount="100", status="pending") for n in range(3)]


def test_what_left_the_filter_while_a_bulk_change_waited_is_not_changed(database: Database, ids: list[int]) -> None:
    chosen = records.Chosen(filter='status = "pending"')
    with ThreadPoolExecutor(1) as pool:
        with database.begin(SYSTEM) as tx:
            records.update(tx, "contract", ids[1], 1, {"status": "renewed", "amount": "100"})

            def apply() -> records.bulk.Effect:
                with database.begin(SYSTEM) as other:
                    return records.bulk.apply(other, "contract", chosen, {"status": "confirmed"})

            waiting = pool.submit(apply)
            time.sleep(0.5)
        effect = waiting.result()
    assert (effect.count, effect.changing) == (2, 2)
    with database.begin(SYSTEM) as tx:
        assert records.count(tx, "contract", filter='status = "renewed"').count == 1


def test_a_refused_cell_says_what_to_do_and_a_long_one_is_told_by_its_beginning(
    database: Database, ids: list[int]
) -> None:
    with database.begin(SYSTEM) as tx:
        cells = [["1/2/2026", "a", "5"], ["2026-02-01", "甲" * 60_000, "6"]]
        block = records.Block([(one, None) for one in ids[:2]], ["declined_on", "note", "days_left"], cells)
        refused = records.paste(tx, "contract", block).refused
    assert [(one.field, one.code) for one in refused] == [
        ("declined_on", "records.paste_date"), ("days_left", "records.paste_computed"),
        ("note", "imports.too_long"), ("days_left", "records.paste_computed")]  # fmt: skip
    said = [sentence(one.code, one.facts) for one in refused[:2]]
    assert said == [
        "第 1 行 客户不续通知日：「1/2/2026」可能是月/日，也可能是日/月，请写成 2026-11-21 这样",
        "第 1 行 剩余天数：由公式算出，不能填写"]  # fmt: skip
    assert refused[2].value == "甲" * 200
