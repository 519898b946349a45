"""The health score of the shipped app, by hand."""

import json
from typing import Any

from builders import install_renewal, run

from perennial import records
from perennial.kernel import Tx


def test_a_customer_of_whom_nothing_is_known_is_neither_praised_nor_blamed(tx: Tx) -> None:
    install_renewal(tx)
    shown = json.loads(records.read(tx, "customer", records.create(tx, "customer", {"name": "厦门屿岸"})))["values"]
    assert (shown["usage_score"], shown["satisfaction_score"]) == ("70", "70")  # unknown, so in the middle
    # 0.35 x 70 + 0.2 x 100 + 0.15 x 70 + 0.15 x 40 + 0.15 x 100
    assert shown["health_score"] == "76"


def score(tx: Tx, customer: int) -> Any:
    return json.loads(records.read(tx, "customer", customer))["values"]["health_score"]


def test_a_business_person_changes_the_weights_without_touching_the_formula(tx: Tx) -> None:
    install_renewal(tx)
    made = records.create(tx, "customer", {"name": "厦门屿岸"})
    shown = records.create(tx, "health_weights", {"name": "标准"})
    values = json.loads(records.read(tx, "health_weights", shown))["values"]
    assert (values["usage"], values["payment"], values["total"]) == ("0.35", "0.15", "1")
    assert score(tx, made) == "76"  # the same weights, now in a record
    records.update(tx, "health_weights", shown, 1, {"in_force": False})
    records.create(tx, "health_weights", {
        "name": "重互动", "usage": "1", "tickets": "0", "satisfaction": "0", "contact": "3", "payment": "0",
    })  # fmt: skip
    # (1 x 70 + 3 x 40) / 4, rounded
    assert score(tx, made) == "48"
    records.update(tx, "health_weights", shown, 2, {"in_force": True})
    assert score(tx, made) == "76"  # the first one in force


def test_without_any_weight_there_is_no_score(tx: Tx) -> None:
    install_renewal(tx)
    made = records.create(tx, "customer", {"name": "厦门屿岸"})
    none = dict.fromkeys(("usage", "tickets", "satisfaction", "contact", "payment"), "0")
    records.create(tx, "health_weights", {"name": "空", **none})
    assert score(tx, made) is None
    assert run(tx, "UPDATE data.health_weights SET deleted_at = kernel.now()") == 1
    assert score(tx, made) == "76"
