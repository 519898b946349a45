"""A wrong definition is refused with the path and the fact; texts exist in both languages."""

from typing import Any

import pytest

from perennial import forms
from perennial.forms import free_key, is_key
from perennial.kernel import Invalid, Problem, Tx, text
from tests.builders import field, form, install

NAME = {"key": "name", "label": "名称", "kind": "text"}


def tree(*fields: Any, **more: Any) -> dict[str, Any]:
    return {"form": "deal", "label": "商机", "fields": list(fields) or [NAME], **more}


PICK = {"key": "x", "label": "X", "kind": "select"}
WRONG: dict[str, tuple[dict[str, Any], str, str, dict[str, Any]]] = {
    "no label": ({"form": "deal", "fields": [NAME]}, "forms.attribute", "label", {"attribute": "label"}),
    "no fields": ({"form": "deal", "label": "x"}, "forms.attribute", "fields", {"attribute": "fields"}),
    "a misspelt attribute": (
        tree({**NAME, "requird": True}), "forms.unknown_attribute", "fields[0].requird", {"attribute": "requird"},
    ),
    "an unknown kind": (tree({**NAME, "kind": "txt"}), "forms.kind", "fields[0].kind", {"kind": "txt"}),
    "options of a text": (
        tree({**NAME, "options": ["a"]}), "forms.not_for_kind", "fields[0].options",
        {"attribute": "options", "kind": "text", "field": "name"},
    ),
    "days left of a text": (
        tree({**NAME, "counts_down": True}), "forms.not_for_kind", "fields[0].counts_down",
        {"attribute": "counts_down", "kind": "text", "field": "name"},
    ),
    "days left while no field says so": (
        tree({"key": "due", "label": "到期日", "kind": "date", "counts_down": True, "counts_down_while": "open"}),
        "forms.no_such_field", "fields[0].counts_down_while", {"field": "open", "form": "deal"},
    ),
    "a select without options": (tree(PICK), "forms.attribute", "fields[0].options", {"attribute": "options"}),
    "one option twice": (tree({**PICK, "options": ["a"] * 2}), "forms.option_twice", "fields[0].options", {}),
    "one field twice": (tree(NAME, NAME), "forms.field_twice", "fields[1].key", {"field": "name", "form": "deal"}),
    "a keyword": (tree({**NAME, "key": "select"}), "forms.key", "fields[0].key", {"key": "select", "longest": 40}),
    "what formulas know as a form": (
        {**tree(), "form": "certificate"}, "forms.key", "form", {"key": "certificate", "longest": 40},
    ),
    "a system name": (tree({**NAME, "key": "version"}), "forms.key", "fields[0].key", {"key": "version"}),
    "a quote in a key": (tree({**NAME, "key": 'a"b'}), "forms.key", "fields[0].key", {"key": 'a"b'}),
    "a unique long text": (
        tree({**NAME, "kind": "long_text", "unique": True}), "forms.not_unique", "fields[0].unique",
        {"kind": "long_text"},
    ),
    "a title that is no field": (
        tree(title="nick"), "forms.no_such_field", "title", {"field": "nick", "form": "deal"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_tree_is_refused_with_its_place(what: str) -> None:
    given, code, path, facts = WRONG[what]
    with pytest.raises(Invalid) as refused:
        forms.load(given)
    assert (refused.value.code, refused.value.path) == (code, path)
    assert facts.items() <= refused.value.facts.items()
    told(refused.value)


def told(problem: Problem) -> None:
    """Both languages say it, with the facts."""
    for language in ("zh", "en"):
        sentence = text(problem, language)  # type: ignore[arg-type]
        assert sentence != problem.code and "?" not in sentence
        for fact in ("field", "key", "attribute", "cycle", "collection"):
            if isinstance(problem.facts.get(fact), str) and "{" + fact + "}" in sentence:
                raise AssertionError(sentence)


TOGETHER: dict[str, tuple[list[forms.Form], str]] = {
    "a relation to nowhere": ([form("a", field("b: relation", to="b", reverse="as"))], "forms.no_such_form"),
    "a collection named like a field": (
        [form("a", "parts: text"), form("b", field("a: relation", to="a", reverse="parts"))], "forms.collection_taken",
    ),
    "two collections of one name": (
        [form("a", "x: text"), form("b", field("a: relation", to="a", reverse="parts"),
                                    field("c: relation", to="a", reverse="parts"))], "forms.collection_taken",
    ),
    "collections of one name from two forms": (
        [form("a", "x: text"), form("b", field("a: relation", to="a", reverse="parts")),
         form("c", field("a: relation", to="a", reverse="parts"))], "forms.collection_taken",
    ),
    "one form twice": ([form("a", "x: text"), form("a", "y: text")], "forms.form_twice"),
}  # fmt: skip


@pytest.mark.parametrize("what", TOGETHER)
def test_forms_that_do_not_fit_together_are_refused(tx: Tx, what: str) -> None:
    wanted, code = TOGETHER[what]
    with pytest.raises(Invalid) as refused:
        forms.propose(tx, wanted)
    assert refused.value.code == code
    told(refused.value)


def test_a_wrong_formula_or_default_names_the_field_and_the_place(tx: Tx) -> None:
    with pytest.raises(Invalid) as refused:
        forms.propose(tx, [form("a", "amount: money", field("x: formula", formula="amuont * 2", label="合计"))])
    assert refused.value.path == "a.fields[1].formula"
    assert refused.value.facts["suggestion"] == "amount" and refused.value.facts["field"] == "合计"
    with pytest.raises(Invalid) as refused:
        forms.propose(tx, [form("a", field("due: date", default='"tomorrow"'))])
    assert refused.value.path == "a.fields[0].default"


def test_a_self_relation_and_two_relations_between_two_forms_work(tx: Tx) -> None:
    both = [
        form("a", field("up: relation", to="a", reverse="downs"), field("b: relation", to="b", reverse="a_list")),
        form("b", field("a: relation", to="a", reverse="b_list"), field("n: formula", formula="COUNTIF(a_list, TRUE)")),
    ]
    install(tx, *both)
    assert tx.rows("SELECT n FROM data_read.b") == []


@pytest.mark.parametrize(
    ("wanted", "key"),
    [("Contract No.", "contract_no"), ("select", "select_1"), ("version", "version_1"), ("9 lives", "f_9_lives"),
     ("", "f"), ("a" * 60, "a" * 36), ("a__b", "a_b")],
)  # fmt: skip
def test_a_key_is_made_from_any_words(wanted: str, key: str) -> None:
    assert free_key(wanted) == key
    assert is_key(key)


def test_a_taken_key_gets_a_number() -> None:
    assert free_key("name", {"name", "name_2"}) == "name_3"


def test_an_overview_is_read_and_written_back_and_names_what_is_wrong() -> None:
    drawn: dict[str, Any] = {
        **tree({"key": "score", "label": "分", "kind": "number", "tracked": True}),
        "overview": {
            "facts": ["score"], "score": "score", "low": 60,
            "terms": {"of": "deals", "from": "begins", "until": "ends", "next_from": "again"},
            "people": {"of": "contacts", "left": "left_on"}, "stream": ["deals.payments"], "without": ["usages"],
        },
    }  # fmt: skip
    made = forms.load(drawn)
    assert made.overview == forms.Overview(
        facts=("score",), score="score", low=60, terms=forms.Terms("deals", "begins", "ends", next_from="again"),
        people=forms.Folk("contacts", "left_on"), stream=("deals.payments",), without=("usages",),
    )  # fmt: skip
    assert forms.dump(made)["overview"] == drawn["overview"]
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"facts": "score"}, "forms.attribute", "overview.facts"),
        ({"low": "60"}, "forms.attribute", "overview.low"),
        ({"terms": {"of": "deals", "from": "begins"}}, "forms.attribute", "overview.terms.until"),
        ({"colour": "red"}, "forms.unknown_attribute", "overview.colour"),
    ]
    for overview, code, path in wrong:
        with pytest.raises(Invalid) as caught:
            forms.load({**drawn, "overview": overview})
        assert (caught.value.code, caught.value.path) == (code, path)
