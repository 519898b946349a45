"""Merging and what is perhaps twice, under random roles: nothing that is not granted is told, taken or moved.

The worlds and the filter are those of test_access_laws.
"""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial import access, forms
from perennial.kernel import SYSTEM, Database, Denied, Missing, Tx
from perennial.records import duplicates, merge
from tests.builders import install
from tests.builders_laws import drawn, untraced
from tests.property.test_access_laws import CONTRACT, CUSTOMER, CUSTOMERS, KEYS, PEOPLE, WORLD, Oracle, become, build

EXAMPLES = max(40, int(os.environ.get("PERENNIAL_SOAK") or 0))
NAMES = {"甲": "云帆科技", "乙": "云帆科技有限公司"}  # the same firm, spelled twice
met: Counter[str] = Counter()


def writes(oracle: Oracle, key: str, name: str, row: dict[str, Any]) -> bool:
    """Some grant of updating that holds for the row lets the field be written, and the row is visible."""
    held = [one for one in oracle.grants(key, "update") if oracle.holds(one["rows"], key, row)]
    return oracle.may("read", key, row) and any(one["fields"].get(name, one["fields"]["*"]) == "write" for one in held)


def stored(tx: Tx, record: int) -> dict[str, Any]:
    table = access.everything(tx, "customer").target
    row = tx.one(table.select().where(table.c.id == record))
    assert row is not None
    return {name: row[name] for name in KEYS["customer"] if name != "twice"}


def check_merge(tx: Tx, oracle: Oracle, winner: int, loser: int) -> None:
    seen = {row["id"]: row for row in oracle.rows("customer")} if oracle.grants("customer") else {}
    if winner not in seen or loser not in seen:
        with pytest.raises(Missing):
            merge.foresee(tx, "customer", winner, loser)
        met["a record that must not be known"] += 1
        return
    left, right = seen[winner], seen[loser]
    found = merge.foresee(tx, "customer", winner, loser)
    children = [row for row in oracle.all("contract") if row["customer"] == loser]
    known = [row for row in oracle.rows("contract") if oracle.value("contract", "customer", row) == loser]
    assert [(one.form, one.count) for one in found.moves] == ([("contract", len(known))] if known else [])
    for one in found.choices:
        assert oracle.best("customer", one.key) > 0
        full = writes(oracle, "customer", one.key, left) and oracle.level("customer", one.key, right) >= 2
        assert one.may is full, one.key
        for given_, row in ((one.left, left), (one.right, right)):
            if one.key in ("name", "phone"):
                assert given_ == oracle.shown("customer", one.key, row)
    allowed = (
        oracle.may("update", "customer", left) and oracle.may("update", "customer", right)
        and oracle.may("delete", "customer", right)
        and all(writes(oracle, "contract", "customer", row) for row in children)
    )  # fmt: skip
    assert (found.problem is None) is allowed
    take: dict[str, merge.Take] = {one.key: "right" for one in found.choices if one.may}
    versions = (found.left.version, found.right.version)
    if not allowed:
        with pytest.raises(Denied), tx.savepoint():
            merge.apply(tx, "customer", winner, loser, take, versions=versions)
        met["a merge that is refused"] += 1
        met["for the sake of a hidden child"] += len(children) > len(known)
        return
    for key in KEYS["customer"]:
        if key not in take and not any(one.key == key for one in found.choices if one.may):
            with pytest.raises(Denied), tx.savepoint():
                merge.apply(tx, "customer", winner, loser, {key: "right"}, versions=versions)
            met["a value that must not be taken"] += 1
    before, other = stored(tx, winner), stored(tx, loser)
    with untraced(tx.savepoint()):
        merge.apply(tx, "customer", winner, loser, take, versions=versions)
        assert stored(tx, winner) == {key: (other if key in take else before)[key] for key in before}
        table = access.everything(tx, "contract").target
        moved = tx.rows(table.select().where(table.c.id.in_([row["id"] for row in children])))
        assert {row["customer"] for row in moved} <= {winner}
        met["a merge"] += 1


def check_duplicates(tx: Tx, oracle: Oracle) -> None:
    if not oracle.grants("customer", "update"):
        with pytest.raises((Denied, Missing)):
            duplicates.pairs(tx, "customer")
        return
    expected: dict[tuple[int, int], set[str]] = {}
    rows = oracle.rows("customer")
    for at, one in enumerate(rows):
        for other in rows[at + 1 :]:
            why = {
                "same_name" if key == "name" else key
                for key in ("name", "phone")
                if oracle.value("customer", key, one) is not None and oracle.value("customer", key, other) is not None
            }
            if why:
                expected[one["id"], other["id"]] = why
    found = duplicates.pairs(tx, "customer")
    duplicates.keep(tx, "customer", 1_000)
    duplicates.gather_kept(tx, "customer")
    for pairs in (found, duplicates.told(tx, "customer", "kept", 100)):
        assert {(pair.one.id, pair.other.id): set(pair.why) for pair in pairs} == expected
    for pair in found:
        for side in (pair.one, pair.other):
            row = next(row for row in rows if row["id"] == side.id)
            assert side.label == (oracle.shown("customer", "name", row) or str(row["id"]))
    met["a pair"] += bool(expected)
    everything = [row for row in oracle.all("customer") if row["name"] or row["phone"]]
    met["a record that is no evidence for this reader"] += len(everything) > len({at for two in expected for at in two})


def check_alike(tx: Tx, oracle: Oracle) -> None:
    if not oracle.grants("customer"):
        with pytest.raises(Missing):
            duplicates.alike(tx, "customer", {"name": "云帆"})
        return
    for key, text in (("name", "云帆"), ("phone", "13812348888")):
        found = [one.id for one in duplicates.alike(tx, "customer", {key: text}, limit=10)]
        assert sorted(found) == [row["id"] for row in oracle.rows("customer") if oracle.value("customer", key, row)]


def test_merging_and_duplicates_agree_with_the_filter(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, CUSTOMER, CONTRACT)
        forms.catalog(tx)
    met.clear()

    @drawn(EXAMPLES, 40)
    @given(
        world=WORLD, me=st.sampled_from(list(PEOPLE)), may=st.sampled_from(["", "customer", "both"]),
        two=st.permutations(list(CUSTOMERS)).map(lambda ids: ids[:2]),
    )  # fmt: skip
    def law(world: dict[str, Any], me: int, may: str, two: list[int]) -> None:
        first, *rest = world["roles"]
        if may and "customer" in first:  # else a merge is allowed too rarely
            first = {**first, "customer": {**first["customer"], "rights": ["read", "update", "delete"], "rows": "all"}}
            if may == "customer":  # and one of its contracts is hidden
                first, rest = {"customer": first["customer"]}, []
                child, *others = world["contract"]
                world = {**world, "contract": ({**child, "customer": two[1], "gone": False}, *others)}
            else:
                first["contract"] = {"rows": "all", "rights": ["read", "update"], "fields": {"*": "write"}}
        customers = tuple({**row, "name": NAMES.get(row["name"])} for row in world["customer"])
        oracle = Oracle({**world, "roles": [first, *rest], "customer": customers}, me)
        with untraced(database.begin(SYSTEM)) as tx:
            become(tx, me, build(tx, oracle.world))
            check_merge(tx, oracle, *two)
            check_duplicates(tx, oracle)
            check_alike(tx, oracle)

    law()
    for case in (
        "a record that must not be known", "a merge that is refused", "for the sake of a hidden child", "a merge",
        "a value that must not be taken", "a pair", "a record that is no evidence for this reader",
    ):  # fmt: skip
        assert met[case] > 0, case
