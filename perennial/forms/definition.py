"""What a form is: frozen data, read from and written to the plain dict of its YAML file.

`load` names every wrong attribute with its path; what needs the other forms (relations, formulas) is checked by the
catalog.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from perennial.forms.keys import LONGEST, PSEUDO_FORMS, check_key
from perennial.forms.kinds import FORMATS, KINDS
from perennial.forms.layout import Tab, cells, dump_layout, load_layout
from perennial.forms.overview import Overview, dump_overview, load_overview
from perennial.forms.tree import branch, items, known, text, texts
from perennial.kernel import Invalid, Words


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select: the key is stored and printed in formulas, the label is shown."""

    key: str
    label: str
    label_en: str | None = None

    @property
    def words(self) -> Words:
        return Words(self.label, self.label_en)


@dataclass(frozen=True, slots=True)
class Unique:
    """No two live records agree in all of these fields."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold of a record when it is saved: a formula of yes or no, and the sentence for when it does not."""

    formula: str
    message: str
    message_en: str | None = None
    field: str | None = None  # where the sentence stands

    @property
    def words(self) -> Words:
        """The sentence for an error's text, in both languages."""
        return Words(self.message, self.message_en)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Which attributes mean something depends on `kind`."""

    key: str
    label: str
    kind: str
    label_en: str | None = None
    required: bool = False
    unique: bool = False
    default: str | None = None  # formula text over the draft
    options: tuple[Option, ...] = ()  # select, multi_select
    to: str | None = None  # relation, relations: the other form
    reverse: str | None = None  # relation, relations: the collection's key on the other form
    pattern: str | None = None  # auto_number: HT-{year}-{seq:4}
    formula: str | None = None  # formula
    type: str | None = None  # formula: how to show the result (money, percent)
    tracked: bool = False  # keeps readings
    stored: bool = False  # formula: a maintained column
    fresh_by: str | None = None  # tracked: the date that says how old its sources are
    format: str | None = None  # text: credit_code, phone, mail, id_number
    visible_when: str | None = None  # formulas of yes or no over the draft
    required_when: str | None = None
    read_only_when: str | None = None
    counts_down: bool = False  # date: what matters is how many days are left
    counts_down_while: str | None = None  # counts_down: the field of yes or no that says as long as when
    note: str | None = None

    @property
    def words(self) -> Words:
        """The label for an error's text, in both languages."""
        return Words(self.label, self.label_en)

    def option(self, key: str) -> Option | None:
        return next((option for option in self.options if option.key == key), None)


@dataclass(frozen=True, slots=True)
class Form:
    """A table as a business person sees it."""

    key: str
    label: str
    fields: tuple[Field, ...]
    label_en: str | None = None
    noun: str = "条"
    title: str | None = None  # the field shown as a record's name
    unique: tuple[Unique, ...] = ()
    owner: str | None = None  # the person field that says whose a record is
    card: tuple[str, ...] = ()  # the fields of a card on a phone
    note: str | None = None
    within: str | None = None  # a sub-table of that form: saved with its record, no entry in the menu
    layout: tuple[Tab, ...] = ()
    checks: tuple[Check, ...] = ()
    overview: Overview | None = None

    @property
    def words(self) -> Words:
        """The label for an error's text, in both languages."""
        return Words(self.label, self.label_en)

    def field(self, key: str) -> Field | None:
        return next((field for field in self.fields if field.key == key), None)


_FIELD_ATTRIBUTES = frozenset(Field.__dataclass_fields__)
_FORM_ATTRIBUTES = (frozenset(Form.__dataclass_fields__) - {"key"}) | {"form"}
_ONLY_FOR = {
    "options": ("select", "multi_select"),
    "to": ("relation", "relations"),
    "reverse": ("relation", "relations"),
    "format": ("text",),
    "counts_down": ("date",),
    "counts_down_while": ("date",),
    "pattern": ("auto_number",),
    "formula": ("formula",),
    "type": ("formula",),
    "stored": ("formula",),
}
_NEVER_UNIQUE = (
    "long_text", "multi_select", "formula", "rating", "nps", "persons", "relations", "attachment", "image", "signature",
    "certificate",
)  # fmt: skip
_NO_DEFAULT = ("formula", "attachment", "image", "signature", "certificate")
_NEEDED = {"select": "options", "multi_select": "options", "relation": "to", "relations": "to", "formula": "formula"}


def load(tree: Mapping[str, Any]) -> Form:
    """The form that a YAML tree describes, or `Invalid` with the path of the first wrong attribute."""
    known(tree, _FORM_ATTRIBUTES, "")
    key = text(tree, "form", "", needed=True) or ""
    check_key(key, path="form")
    if key in PSEUDO_FORMS:
        raise Invalid("forms.key", path="form", key=key, longest=LONGEST)
    raw = tree.get("fields")
    if not isinstance(raw, list) or not raw:
        raise Invalid("forms.attribute", path="fields", attribute="fields", form=key)
    fields = tuple(_field(item, f"fields[{at}]") for at, item in enumerate(cast("list[Any]", raw)))
    form = Form(
        key=key,
        label=text(tree, "label", "", needed=True) or "",
        label_en=text(tree, "label_en", ""),
        noun=text(tree, "noun", "") or "条",
        title=text(tree, "title", ""),
        fields=fields,
        unique=tuple(
            Unique(texts(keys, f"unique[{at}]")) for at, keys in enumerate(items(tree.get("unique"), "unique"))
        ),
        owner=text(tree, "owner", ""),
        card=texts(tree.get("card"), "card"),
        note=text(tree, "note", ""),
        within=text(tree, "within", ""),
        layout=load_layout(tree.get("layout")),
        checks=_checks(tree.get("checks")),
        overview=load_overview(tree.get("overview")),
    )
    _check(form)
    return form


def _field(tree: Any, path: str) -> Field:
    item = branch(tree, path, _FIELD_ATTRIBUTES)
    key = text(item, "key", path, needed=True) or ""
    check_key(key, path=f"{path}.key")
    kind = text(item, "kind", path, needed=True) or ""
    if kind not in KINDS:
        raise Invalid("forms.kind", path=f"{path}.kind", kind=kind, field=key)
    for attribute, kinds in _ONLY_FOR.items():
        if item.get(attribute) and kind not in kinds:
            raise Invalid("forms.not_for_kind", path=f"{path}.{attribute}", attribute=attribute, kind=kind, field=key)
    needed = _NEEDED.get(kind)
    if needed and not item.get(needed):
        raise Invalid("forms.attribute", path=f"{path}.{needed}", attribute=needed, field=key)
    options = tuple(
        _option(option, f"{path}.options[{at}]")
        for at, option in enumerate(items(item.get("options"), f"{path}.options"))
    )
    if len({option.key for option in options}) < len(options):
        raise Invalid("forms.option_twice", path=f"{path}.options", field=key)
    flags = {name: bool(item.get(name, False)) for name in ("required", "unique", "tracked", "stored", "counts_down")}
    words = {
        name: text(item, name, path)
        for name in (
            "label_en", "default", "to", "reverse", "pattern", "formula", "type", "fresh_by", "format",
            "visible_when", "required_when", "read_only_when", "counts_down_while", "note",
        )
    }  # fmt: skip
    if words["format"] is not None and words["format"] not in FORMATS:
        raise Invalid("forms.format", path=f"{path}.format", format=words["format"], field=key, known=list(FORMATS))
    if words["default"] is not None and kind in _NO_DEFAULT and kind != "formula":
        raise Invalid("forms.not_for_kind", path=f"{path}.default", attribute="default", kind=kind, field=key)
    label = text(item, "label", path, needed=True) or ""
    return Field(key=key, label=label, kind=kind, options=options, **flags, **words)  # pyright: ignore[reportArgumentType]


def _checks(raw: Any) -> tuple[Check, ...]:
    found: list[Check] = []
    for at, tree in enumerate(items(raw, "checks")):
        path = f"checks[{at}]"
        item = branch(tree, path, Check.__dataclass_fields__)
        formula = text(item, "formula", path, needed=True) or ""
        message = text(item, "message", path, needed=True) or ""
        found.append(Check(formula, message, text(item, "message_en", path), text(item, "field", path)))
    return tuple(found)


def _option(tree: Any, path: str) -> Option:
    if isinstance(tree, str):
        return Option(tree, tree)
    item = branch(tree, path, Option.__dataclass_fields__)
    key = text(item, "key", path, needed=True) or ""
    return Option(key, text(item, "label", path) or key, text(item, "label_en", path))


def _check(form: Form) -> None:
    """What one form alone can say: keys stand once, named fields exist."""
    seen: set[str] = set()
    for at, field in enumerate(form.fields):
        if field.key in seen:
            raise Invalid("forms.field_twice", path=f"fields[{at}].key", field=field.key, form=form.key)
        seen.add(field.key)
        if field.unique and field.kind in _NEVER_UNIQUE:
            raise Invalid("forms.not_unique", path=f"fields[{at}].unique", field=field.key, kind=field.kind)
    stored = {field.key for field in form.fields if field.kind != "formula"}
    named = [("title", form.title, seen), ("owner", form.owner, stored)]
    named += [(f"card[{at}]", key, seen) for at, key in enumerate(form.card)]
    named += [(f"unique[{at}]", key, stored) for at, unique in enumerate(form.unique) for key in unique.fields]
    named += [(f"checks[{at}].field", one.field, seen) for at, one in enumerate(form.checks)]
    named += [(f"fields[{at}].counts_down_while", one.counts_down_while, seen) for at, one in enumerate(form.fields)]
    placed = [(path, cell.field) for path, cell in cells(form.layout) if cell.field is not None]
    for path, key, among in named:
        if key is not None and key not in among:
            raise Invalid("forms.no_such_field", path=path, field=key, form=form.key)
    shown: set[str] = set()
    for path, key in placed:
        if key in shown:
            raise Invalid("forms.placed_twice", path=path, field=key)
        shown.add(key)


def dump(form: Form) -> dict[str, Any]:
    """The tree that `load` reads back to the same form; attributes at their default are left out."""
    tree: dict[str, Any] = {"form": form.key, "label": form.label}
    for name in ("label_en", "noun", "title", "owner", "note", "within"):
        if getattr(form, name) is not None:
            tree[name] = getattr(form, name)
    if form.unique:
        tree["unique"] = [list(unique.fields) for unique in form.unique]
    if form.card:
        tree["card"] = list(form.card)
    tree["fields"] = [_dump_field(field) for field in form.fields]
    if form.checks:
        tree["checks"] = [_given(one) for one in form.checks]
    if form.layout:
        tree["layout"] = dump_layout(form.layout)
    if form.overview:
        tree["overview"] = dump_overview(form.overview)
    return tree


def _given(item: Option | Check) -> dict[str, Any]:
    pairs = ((name, getattr(item, name)) for name in item.__dataclass_fields__)
    return {name: value for name, value in pairs if value is not None}


def _dump_field(field: Field) -> dict[str, Any]:
    tree: dict[str, Any] = {"key": field.key, "label": field.label}
    for name in Field.__dataclass_fields__:
        value = getattr(field, name)
        if name in ("key", "label", "options") or value is None or value is False:
            continue
        tree[name] = value
    if field.options:
        tree["options"] = [_given(option) for option in field.options]
    return tree


def load_all(trees: Iterable[Mapping[str, Any]]) -> tuple[Form, ...]:
    return tuple(load(tree) for tree in trees)


def field_from(tree: Mapping[str, Any]) -> Field:
    """One field from its tree; what stands in the database was checked when it was published."""
    return _field(tree, "field")


def field_tree(field: Field) -> dict[str, Any]:
    return _dump_field(field)
