"""What a designer reads of a change."""

from perennial import apps, forms
from perennial.forms import Operation

Said = list[tuple[str, tuple[str, ...], bool]]


def deal(**status: object) -> dict[str, object]:
    field = {"key": "status", "label": "状态", "kind": "select", "options": ["open", "won"]} | status
    return {"form": "deal", "label": "商机", "fields": [field, {"key": "note", "label": "备注", "kind": "text"}]}


def said(before: dict[str, object], after: dict[str, object]) -> Said:
    old, new = forms.load(before), forms.load(after)
    [operation] = forms.difference(old, new)
    differs = apps.told(operation, forms.dump(old), forms.dump(new))
    return [(one.what, tuple(map(str, one.names)), one.on) for one in differs]


def test_a_changed_field_names_the_options_that_come_go_and_are_renamed() -> None:
    labelled = [{"key": "open", "label": "进行中"}, {"key": "talking", "label": "协商中"}]
    assert said(deal(), deal(options=labelled)) == [
        ("options_added", ("协商中",), True),
        ("options_gone", ("won",), True),
        ("options_renamed", ("open → 进行中",), True),
    ]
    assert said(deal(), deal(options=["won", "open"])) == [("options_order", (), True)]


def test_a_changed_field_says_what_holds_from_now_on_and_what_no_longer() -> None:
    assert said(deal(), deal(required=True, default='"open"')) == [("required", (), True), ("default", (), True)]
    assert said(deal(required=True), deal()) == [("required", (), False)]
    old, new = forms.load(deal()), forms.load(deal(label="阶段"))
    [one] = apps.told(forms.difference(old, new)[0], None, None)
    assert (one.what, one.before) == ("label", "状态")


def test_a_changed_form_says_which_of_its_own_words_and_its_order_changed() -> None:
    fields = deal()["fields"]
    assert isinstance(fields, list)
    layout = [{"sections": [{"rows": [["status"], ["note"]]}]}]
    assert said(deal(), deal() | {"noun": "笔", "layout": layout}) == [("noun", (), True), ("layout", (), True)]
    assert said(deal(), deal() | {"fields": list(reversed(fields))}) == [("order", (), True)]
    assert apps.told(Operation("create_form", "deal"), None, deal()) == []
