"""The health score of the shipped app, by hand."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from builders import RENEWAL, install_renewal, run
from builders_records import acting, person

from perennial import access, records
from perennial.kernel import SYSTEM, Database, Tx


@pytest.mark.usefixtures("renewal")
def test_a_customer_of_whom_nothing_is_known_is_neither_praised_nor_blamed(tx: Tx) -> None:
    shown = json.loads(records.read(tx, "customer", records.create(tx, "customer", {"name": "厦门屿岸"})))["values"]
    assert (shown["usage_score"], shown["satisfaction_score"]) == ("70", "70")  # unknown, so in the middle
    # 0.35 x 70 + 0.2 x 100 + 0.15 x 70 + 0.15 x 40 + 0.15 x 100
    assert shown["health_score"] == "76"


def score(tx: Tx, customer: int) -> Any:
    return json.loads(records.read(tx, "customer", customer))["values"]["health_score"]


@pytest.mark.usefixtures("renewal")
def test_a_business_person_changes_the_weights_without_touching_the_formula(tx: Tx) -> None:
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


@pytest.mark.usefixtures("renewal")
def test_without_any_weight_there_is_no_score(tx: Tx) -> None:
    made = records.create(tx, "customer", {"name": "厦门屿岸"})
    none = dict.fromkeys(("usage", "tickets", "satisfaction", "contact", "payment"), "0")
    records.create(tx, "health_weights", {"name": "空", **none})
    assert score(tx, made) is None
    assert run(tx, "UPDATE data.health_weights SET deleted_at = kernel.now()") == 1
    assert score(tx, made) == "76"


def test_why_a_score_tells_of_the_weights_to_those_who_may_read_them(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        roles = RENEWAL.parent / "roles"
        trees = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(roles.glob("*.yaml"))]
        access.publish(tx, [access.load(tree) for tree in trees])
        boss, csm = person(tx, "周予安", roles=("business_admin",)), person(tx, "林小夏", roles=("csm",))
        made = records.create(tx, "customer", {"name": "厦门屿岸", "csm": csm})

    def told(who: int) -> tuple[Any, list[str]]:
        def texts(part: records.Why) -> Iterator[str]:
            for one in part.parts:
                yield one.text
                yield from texts(one)

        with acting(database, who) as tx:
            why = records.explain(tx, "customer", made, "health_score")
            return why.value, [text for text in texts(why) if "health_weights" in text]

    assert told(boss)[0] == told(csm)[0] == 76  # a published fact
    assert any(text.startswith("XLOOKUP(TRUE, health_weights.in_force, health_weights.usage") for text in told(boss)[1])
    assert told(csm)[1] == []
