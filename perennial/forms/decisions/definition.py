"""A decision table as data: what it asks, what it answers, and its rules as cells of text.

In:   the tree of a file or a draft
Out:  `Decision`; its shape is right, its cells may still hold anything (`problems` reads them)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from perennial.forms.keys import is_key
from perennial.forms.tree import branch, items, known, text
from perennial.formula import Kind as FormulaKind
from perennial.formula import Option, Type
from perennial.kernel import Invalid, Words

Kind = Literal["number", "money", "percent", "text", "date", "yes_no", "option"]
Policy = Literal["U", "A", "F", "P", "O", "R", "C", "C+", "C<", "C>", "C#"]
KINDS: tuple[Kind, ...] = get_args(Kind)
POLICIES: tuple[Policy, ...] = get_args(Policy)
NUMBERS = ("number", "money", "percent")
LISTS = ("O", "R", "C")  # they answer with all hits, written one behind the other
MOST_RULES, MOST_COLUMNS, LONGEST_CELL = 5_000, 20, 2_000
_FORMULA: dict[str, FormulaKind] = {"option": "select"}


@dataclass(frozen=True, slots=True)
class Column:
    """One input or output.

    options   what an option may be, or the values that an output may have; their order is that of priority
    formula   of an input: where its value comes from when a record of the table's form is asked for
    optional  of an input: blank is a case like any other, so the rules must cover it
    least, most  of an input: no value lies beyond; written like a value in a cell
    """

    key: str
    label: str
    kind: Kind
    label_en: str | None = None
    options: tuple[Option, ...] = ()
    formula: str | None = None
    optional: bool = False
    least: str | None = None
    most: str | None = None

    @property
    def type(self) -> Type:
        options = self.options if self.kind == "option" else ()
        return Type(_FORMULA.get(self.kind) or self.kind, True, None, options)  # type: ignore[arg-type]

    @property
    def words(self) -> Words:
        return Words(self.label, self.label_en)


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: a test per input, a value per output; `note` is for people."""

    when: tuple[str, ...]
    then: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`otherwise`: what it answers when no rule is hit; empty: nothing was said about that, so a gap is an error."""

    key: str
    label: str
    policy: Policy
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[Rule, ...]
    label_en: str | None = None
    form: str | None = None
    otherwise: tuple[str, ...] = ()
    note: str = ""

    @property
    def words(self) -> Words:
        return Words(self.label, self.label_en)


_SHARED = ("key", "label", "label_en", "kind", "options")
_INPUT = (*_SHARED, "formula", "optional", "least", "most")
_TOP = ("decision", "label", "label_en", "form", "policy", "inputs", "outputs", "rules", "otherwise", "note")


def load(tree: Mapping[str, Any]) -> Decision:
    """Invalid with the path of the first thing whose shape is wrong."""
    known(tree, _TOP, "")
    key = text(tree, "decision", "", needed=True) or ""
    if not is_key(key):
        raise Invalid("forms.key", path="decision", key=key, longest=40)
    policy = tree.get("policy", "U")
    if policy not in POLICIES:
        raise Invalid("decisions.policy", path="policy", policy=str(policy), known=list(POLICIES))
    inputs = _columns(tree, "inputs", _INPUT)
    outputs = _columns(tree, "outputs", _SHARED)
    rules = tuple(_rule(one, f"rules[{at}]", len(inputs), len(outputs), at + 1)
                  for at, one in enumerate(items(tree.get("rules"), "rules")))  # fmt: skip
    if len(rules) > MOST_RULES:
        raise Invalid("decisions.too_many", path="rules", count=len(rules), most=MOST_RULES)
    otherwise = _cells(tree.get("otherwise"), "otherwise")
    if otherwise and len(otherwise) != len(outputs):
        raise Invalid("decisions.otherwise", path="otherwise", wanted=len(outputs), has=len(otherwise))
    label = text(tree, "label", "", needed=True) or ""
    return Decision(
        key, label, policy, inputs, outputs, rules, text(tree, "label_en", ""), text(tree, "form", ""),
        otherwise, text(tree, "note", "") or "",
    )  # fmt: skip


def _columns(tree: Mapping[str, Any], name: str, attributes: tuple[str, ...]) -> tuple[Column, ...]:
    found = tuple(_column(one, f"{name}[{at}]", attributes) for at, one in enumerate(items(tree.get(name), name)))
    if not 1 <= len(found) <= MOST_COLUMNS:
        raise Invalid("decisions.columns", path=name, count=len(found), most=MOST_COLUMNS)
    for at, one in enumerate(found):
        if any(other.key == one.key for other in found[:at]):
            raise Invalid("decisions.twice", path=f"{name}[{at}].key", key=one.key)
    return found


def _column(raw: Any, path: str, attributes: tuple[str, ...]) -> Column:
    tree = branch(raw, path, attributes)
    key = text(tree, "key", path, needed=True) or ""
    kind: Any = tree.get("kind")
    if not is_key(key):
        raise Invalid("forms.key", path=f"{path}.key", key=key, longest=40)
    label = text(tree, "label", path, needed=True) or ""
    if kind not in KINDS:
        raise Invalid("decisions.kind", path=f"{path}.kind", kind=str(kind), column=label, known=list(KINDS))
    return Column(
        key, label, kind, text(tree, "label_en", path), _options(tree.get("options"), f"{path}.options"),
        text(tree, "formula", path), tree.get("optional") is True, text(tree, "least", path), text(tree, "most", path),
    )  # fmt: skip


def _options(raw: Any, path: str) -> tuple[Option, ...]:
    """`[a, b]` or `[{key: a, label: A}]`."""
    found: list[Option] = []
    for at, one in enumerate(items(raw, path)):
        if isinstance(one, str) and one:
            found.append(Option(one, one))
            continue
        tree = branch(one, f"{path}[{at}]", ("key", "label"))
        key = text(tree, "key", f"{path}[{at}]", needed=True) or ""
        found.append(Option(key, text(tree, "label", f"{path}[{at}]") or key))
    return tuple(found)


def _rule(raw: Any, path: str, inputs: int, outputs: int, row: int) -> Rule:
    tree = branch(raw, path, ("when", "give", "note"))
    when, then = _cells(tree.get("when"), f"{path}.when"), _cells(tree.get("give"), f"{path}.give")
    if len(when) != inputs or len(then) != outputs:
        raise Invalid("decisions.cells", path=path, row=row, wanted=inputs + outputs, has=len(when) + len(then))
    return Rule(when, then, text(tree, "note", path) or "")


def _cells(raw: Any, path: str) -> tuple[str, ...]:
    found = items(raw, path)
    for one in found:
        if not isinstance(one, str) or len(one) > LONGEST_CELL or "\x00" in one:
            raise Invalid("decisions.cell", path=path, longest=LONGEST_CELL)
    return tuple(one.strip() for one in found)


def dump(one: Decision) -> dict[str, Any]:
    """The tree that `load` reads; what is as it would be anyway is left out."""
    tree = {
        "decision": one.key, "label": one.label, "label_en": one.label_en, "form": one.form, "policy": one.policy,
        "inputs": [_dumped(column) for column in one.inputs], "outputs": [_dumped(column) for column in one.outputs],
        "rules": [
            {"when": list(rule.when), "give": list(rule.then), **({"note": rule.note} if rule.note else {})}
            for rule in one.rules
        ],
        "otherwise": list(one.otherwise) or None, "note": one.note or None,
    }  # fmt: skip
    return {name: value for name, value in tree.items() if value is not None}


def _dumped(one: Column) -> dict[str, Any]:
    options = [{"key": option.key, "label": option.label} for option in one.options] or None
    tree = {
        "key": one.key, "label": one.label, "label_en": one.label_en, "kind": one.kind, "options": options,
        "formula": one.formula, "optional": one.optional or None, "least": one.least, "most": one.most,
    }  # fmt: skip
    return {name: value for name, value in tree.items() if value is not None}
