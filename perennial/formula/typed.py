"""Types, what names mean (`Scope`), and the checked tree (`Typed`)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from perennial.formula.nodes import Node

Kind = Literal[
    "number", "money", "percent", "text", "select", "multi_select", "date", "datetime", "yes_no", "relation",
    "references",
]  # fmt: skip
Volatility = Literal["constant", "immutable", "stable"]
VOLATILITIES: tuple[Volatility, ...] = ("constant", "immutable", "stable")

# kinds that may stand for each other: money and percent are numbers with a display, a select is the text of its key
FAMILY: dict[str, str] = {
    "number": "number", "money": "number", "percent": "number", "text": "text", "select": "text",
    "multi_select": "multi_select", "date": "date", "datetime": "datetime", "yes_no": "yes_no", "relation": "relation",
    "references": "references",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select; the key is stored, formulas accept both."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Type:
    """`form` names what a relation or a list of references points to (`person` and `department` too); `options` belong
    to selects."""

    kind: Kind
    nullable: bool = True
    form: str | None = None
    options: tuple[Option, ...] = ()

    @property
    def family(self) -> str:
        return FAMILY[self.kind]

    def __str__(self) -> str:
        return self.kind + ("?" if self.nullable else "")


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field. `formula` is its text when computed; it is inlined unless `stored` (a maintained column).

    column   the SQL type of what is stored, where a formula sees something else of it (files: how many)
    tracked  it keeps daily and weekly readings
    """

    key: str
    label: str
    type: Type
    formula: str | None = None
    stored: bool = False
    column: Any = None
    tracked: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """The child rows that point here: `scope` is theirs, `back` the key of their relation to this form.

    many    `back` is a list of references: a child may point to several
    inside  no rows that point here, but those that the field `key` of this form lists
    """

    key: str
    label: str
    scope: "Scope"
    back: str
    many: bool = False
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """An input or output of a decision table. `formula`: where an input's value comes from on a record of its form."""

    key: str
    label: str
    type: Type
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class Deciding:
    """What DECIDE needs of a decision table. `id` is the number of the rows by which SQL answers."""

    key: str
    label: str
    id: int
    policy: str
    inputs: tuple[Asked, ...]
    outputs: tuple[Asked, ...]
    form: str | None = None


class Scope(Protocol):
    """What names mean in formulas of one form. Names are keys or labels; unknown ones give None."""

    @property
    def form(self) -> str: ...
    def field(self, name: str) -> FieldInfo | None: ...
    def relation(self, name: str) -> "Scope | None": ...
    def collection(self, name: str) -> Collection | None: ...
    def fields(self) -> Iterable[FieldInfo]: ...
    def collections(self) -> Iterable[Collection]: ...
    def other(self, name: str) -> "Scope | None":
        """Another form as a whole."""
        ...

    def decision(self, name: str) -> Deciding | None:
        """A decision table by its key or label."""
        ...

    def readings(self, key: str, period: str) -> Any:
        """The rows (record_id, day, value) in which a tracked field's readings stand; None when it has none."""
        ...


@dataclass(slots=True)
class StaticScope:
    """A scope made of plain values; `relations` and `others` may be filled when scopes that know each other exist."""

    form: str
    field_list: list[FieldInfo] = field(default_factory=list[FieldInfo])
    relations: dict[str, Scope] = field(default_factory=dict[str, Scope])
    collection_list: list[Collection] = field(default_factory=list[Collection])
    others: dict[str, Scope] = field(default_factory=dict[str, Scope])
    noted: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])
    decisions: list[Deciding] = field(default_factory=list[Deciding])

    def decision(self, name: str) -> Deciding | None:
        return _named(self.decisions, name)

    def other(self, name: str) -> Scope | None:
        return self.others.get(name)

    def readings(self, key: str, period: str) -> Any:
        return self.noted.get((key, period))

    def fields(self) -> list[FieldInfo]:
        return self.field_list

    def collections(self) -> list[Collection]:
        return self.collection_list

    def field(self, name: str) -> FieldInfo | None:
        return _named(self.field_list, name)

    def relation(self, name: str) -> Scope | None:
        found = _named(self.field_list, name)
        return None if found is None else self.relations.get(found.key)

    def collection(self, name: str) -> Collection | None:
        return _named(self.collection_list, name)


@dataclass(slots=True)
class PartsScope(StaticScope):
    """What names mean in one stored object (a certificate); `parts` takes each from its SQL value."""

    parts: dict[str, Callable[[Any], Any]] = field(default_factory=dict[str, Callable[[Any], Any]])


def _named(entries: list[Any], name: str) -> Any:
    """The entry with this key, else with this label."""
    for entry in entries:
        if entry.key == name:
            return entry
    for entry in entries:
        if entry.label == name:
            return entry
    return None


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked tree: nothing in it can fail at run time.

    op      number text blank yes_no date id (literals), field, column (of rows), an operator, a function's name, or a
            conversion to_…
    value   of a literal its value, of a field its path (keys), of an aggregate or a column the path of its rows;
            `!contract` as its only step is a whole form
    reads   paths of every field read, through computed fields too: `end_date`, `customer.score`, `contracts.amount`,
            `!contract.amount`
    node    the syntax tree with keys instead of labels; what `print_` prints
    """

    op: str
    type: Type
    node: Node
    args: tuple["Typed", ...] = ()
    value: Any = None
    volatility: Volatility = "immutable"
    reads: frozenset[str] = frozenset()
    height: int = 0

    @property
    def volatile(self) -> bool:
        """It reads today or now, so it is computed when read."""
        return self.volatility == "stable"


def tree(
    op: str, type_: Type, node: Node, args: tuple[Typed, ...] = (), value: Any = None, own: Volatility = "constant"
) -> Typed:
    """A node over `args`; reads, volatility and height follow from theirs."""
    own = max([own, *(arg.volatility for arg in args)], key=VOLATILITIES.index)
    reads = frozenset[str]().union(*(arg.reads for arg in args))
    return Typed(op, type_, node, args, value, own, reads, 1 + max((arg.height for arg in args), default=0))
