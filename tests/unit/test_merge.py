"""Two people change one definition: what does not meet stands together, what does is named."""

from typing import Any

from perennial.apps.merge import Clash, merge

BASE: dict[str, Any] = {
    "form": "deal", "label": "合同", "card": ["a"],
    "fields": [{"key": "a", "label": "A", "kind": "text"}, {"key": "b", "label": "B", "kind": "number"}],
}  # fmt: skip


def changed(**attributes: Any) -> dict[str, Any]:
    return {**BASE, **attributes}


A, B = BASE["fields"]
C, D = {"key": "c", "label": "C", "kind": "date"}, {"key": "d", "label": "D", "kind": "date"}


def test_changes_in_different_places_stand_together() -> None:
    mine = changed(label="续费合同", fields=[A, {**B, "label": "金额"}])
    theirs = changed(noun="份", fields=[{**A, "required": True}, B, C])
    found, clashes = merge(BASE, mine, theirs)
    assert clashes == []
    assert found == changed(label="续费合同", noun="份", fields=[{**A, "required": True}, {**B, "label": "金额"}, C])


def test_what_one_side_took_away_stays_away_unless_the_other_changed_it() -> None:
    assert merge(BASE, changed(fields=[A]), changed(label="X"))[0] == changed(label="X", fields=[A])
    found, clashes = merge(BASE, changed(fields=[A]), changed(fields=[A, {**B, "label": "X"}]))
    assert [(one.path, one.mine) for one in clashes] == [("fields[b]", None)]
    assert found["fields"] == [A]


def test_the_same_place_changed_twice_is_a_clash_with_all_three_values() -> None:
    mine, theirs = changed(label="M", card=["a", "b"]), changed(label="T", card=["b"])
    found, clashes = merge(BASE, mine, theirs)
    assert clashes == [Clash("label", "合同", "M", "T"), Clash("card", ["a"], ["a", "b"], ["b"])]
    assert found["label"] == "M"
    found, clashes = merge(BASE, mine, theirs, {"label": "theirs", "card": "mine"})
    assert (clashes, found["label"], found["card"]) == ([], "T", ["a", "b"])


def test_both_saying_the_same_is_no_clash() -> None:
    assert merge(BASE, changed(label="M"), changed(label="M")) == (changed(label="M"), [])


def test_new_things_of_both_stand_behind_the_neighbours_that_they_were_put_behind() -> None:
    found, clashes = merge(BASE, changed(fields=[A, C, B]), changed(fields=[A, B, D]))
    assert ([one["key"] for one in found["fields"]], clashes) == (["a", "c", "b", "d"], [])


def test_an_order_that_one_side_changed_is_kept_with_the_others_new_things() -> None:
    for mine, theirs in (([B, A], [A, B, C]), ([A, B, C], [B, A])):
        found, clashes = merge(BASE, changed(fields=mine), changed(fields=theirs))
        assert ([one["key"] for one in found["fields"] if one["key"] != "c"], clashes) == (["b", "a"], [])
        assert C in found["fields"]


def test_a_definition_that_somebody_removed_clashes_with_a_change_of_it() -> None:
    found, clashes = merge(BASE, None, changed(label="T"))
    assert (found, [one.path for one in clashes]) == (None, [""])
    assert merge(BASE, None, BASE) == (None, [])
