"""What names mean in the formulas of a form; people and departments look like forms to a formula."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    MetaData,
    Numeric,
    Table,
    Text,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from perennial.forms.definition import Field, Form
from perennial.forms.kinds import KINDS, STRUCTURED
from perennial.formula import Collection, Deciding, FieldInfo, Kind, Option, PartsScope, Scope, StaticScope, Type

if TYPE_CHECKING:
    from perennial.forms.catalog import Catalog

_SIMPLE: dict[str, Kind] = {
    **dict.fromkeys(("text", "long_text", "phone", "mail", "link", "auto_number", "address"), "text"),
    **dict.fromkeys(("rating", "nps", "attachment", "image"), "number"),
    "signature": "yes_no",
}


class FormScope:
    """The fields and collections of one form, typed when asked for. Names are keys, else labels."""

    def __init__(self, catalog: "Catalog", form: Form) -> None:
        self._catalog = catalog
        self._form = form
        self._known: dict[str, FieldInfo] = {}

    @property
    def form(self) -> str:
        return self._form.key

    def field(self, name: str) -> FieldInfo | None:
        found = self._named(name)
        return None if found is None else self._info(found)

    def relation(self, name: str) -> Scope | None:
        found = self._named(name)
        if found is None:
            return None
        if found.kind == "certificate":
            return CERTIFICATE
        target = _target(found)
        return None if target is None else self._catalog.scope(target)

    def collection(self, name: str) -> Collection | None:
        collections = list(self.collections())
        by_key = (one for one in collections if one.key == name)
        return next(by_key, next((one for one in collections if one.label == name), None))

    def fields(self) -> Iterable[FieldInfo]:
        """All of them; one whose type is being found out right now looks like a text."""
        typing = self._catalog.typing
        return [
            FieldInfo(field.key, field.label, Type("text"), formula=field.formula)
            if field.kind == "formula" and typing(self.form, field.key)
            else self._info(field)
            for field in self._form.fields
        ]

    def collections(self) -> Iterator[Collection]:
        of = self._catalog
        for key, (child, back) in of.collections(self.form).items():
            many = of.field(child, back).kind == "relations"
            yield Collection(key, of.form(child).label, of.scope(child), back, many)
        for key, target in of.lists(self.form).items():
            yield Collection(key, of.field(self.form, key).label, of.scope(target), "", inside=True)

    def other(self, name: str) -> Scope | None:
        forms = self._catalog.forms
        found = next((form for form in forms if form.key == name), None)
        found = found or next((form for form in forms if form.label == name), None)
        return None if found is None else self._catalog.scope(found.key)

    def decision(self, name: str) -> Deciding | None:
        known = self._catalog.decisions
        return known.get(name) or next((one for one in known.values() if one.label == name), None)

    def readings(self, key: str, period: str) -> Any:
        field = self._form.field(key)
        if field is None or not field.tracked:
            return None
        return reading_rows(self._catalog.id(self.form), key, period, self._info(field).type)

    def _named(self, name: str) -> Field | None:
        by_label = (field for field in self._form.fields if field.label == name)
        return self._form.field(name) or next(by_label, None)

    def _info(self, field: Field) -> FieldInfo:
        if field.key in self._known:
            return self._known[field.key]
        info = FieldInfo(
            field.key,
            field.label,
            self._type(field),
            formula=field.formula,
            stored=field.kind == "formula" and self._catalog.maintained(self.form, field.key),
            column=JSONB() if KINDS[field.kind].value in STRUCTURED else None,
            tracked=field.tracked,
        )
        self._known[field.key] = info
        return info

    def _type(self, field: Field) -> Type:
        if field.kind == "formula":
            found = self._catalog.typed(self.form, field.key).type
            shown = field.type if field.type in ("number", "money", "percent") and found.family == "number" else None
            return found if shown is None else Type(shown, found.nullable)  # pyright: ignore[reportArgumentType]
        if field.kind in _SIMPLE:
            return Type(_SIMPLE[field.kind])
        if field.kind in ("persons", "relations"):
            return Type("references", form=list_target(field))
        target = _target(field)
        if target is not None:
            return Type("relation", form=target)
        options = tuple(Option(option.key, option.label) for option in field.options)
        return Type(field.kind, options=options)  # pyright: ignore[reportArgumentType]


# forms.reading: a value stands in the column of its family, a date as text
_READING = table(
    "reading", *(column(name) for name in ("form_id", "field", "period", "day", "record_id")),
    column("number", Numeric()), column("text", Text()), column("truth", Boolean()), schema="forms",
)  # fmt: skip


def reading_rows(form_id: int, key: str, period: str, type_: Type) -> Any:
    """`record_id`, `day` and `value` of one field's readings."""
    of = _READING.c
    value: Any = {"number": of.number, "yes_no": of.truth}.get(type_.family, of.text)
    if type_.family == "relation":
        value = cast(of.number, BigInteger())
    elif type_.family == "date":
        value = func.formula.date_value(of.text, type_=Date())
    words = [literal_column(f"'{word}'", Text()) for word in (key, period)]  # keys are validated identifiers
    return (
        select(type_coerce(of.record_id, BigInteger()).label("record_id"), type_coerce(of.day, Date()).label("day"),
               value.label("value"))
        .where(of.form_id == literal_column(str(form_id)), of.field == words[0], of.period == words[1])
        .subquery("reading")
    )  # fmt: skip


def _target(field: Field) -> str | None:
    if field.kind == "relation":
        return field.to
    return field.kind if field.kind in ("person", "department", "certificate") else None


def list_target(field: Field) -> str | None:
    """What the ids in a list of references are of."""
    return "person" if field.kind == "persons" else field.to if field.kind == "relations" else None


def _part(name: str, type_: Any) -> Callable[[Any], Any]:
    taken = {"Date": func.forms.part_date, "Numeric": func.forms.part_count}.get(
        type(type_).__name__, func.forms.part_text
    )
    return lambda value: taken(value, literal_column(f"'{name}'", Text()), type_=type_)


CERTIFICATE = PartsScope(
    "certificate",
    [
        FieldInfo("number", "证书编号", Type("text")),
        FieldInfo("issuer", "发证机构", Type("text")),
        FieldInfo("from", "生效日期", Type("date")),
        FieldInfo("until", "有效期至", Type("date")),
        FieldInfo("files", "文件数", Type("number")),
        FieldInfo("versions", "历史版本数", Type("number")),
    ],
    parts={
        **{name: _part(name, Text()) for name in ("number", "issuer")},
        **{name: _part(name, Date()) for name in ("from", "until")},
        **{name: _part(name, Numeric()) for name in ("files", "versions")},
    },
)


def _pseudo() -> dict[str, StaticScope]:
    text, yes_no = Type("text"), Type("yes_no")
    person, department = Type("relation", form="person"), Type("relation", form="department")
    people = StaticScope(
        "person",
        [
            FieldInfo("name", "姓名", text),
            FieldInfo("account", "账号", text),
            FieldInfo("mail", "邮箱", text),
            FieldInfo("phone", "手机", text),
            FieldInfo("active", "在职", yes_no),
            FieldInfo("department", "部门", department),
            FieldInfo("superior", "上级", person),
        ],
    )
    departments = StaticScope(
        "department",
        [
            FieldInfo("name", "名称", text),
            FieldInfo("key", "编码", text),
            FieldInfo("parent", "上级部门", department),
            FieldInfo("head", "负责人", person),
        ],
    )
    people.relations.update(department=departments, superior=people)
    departments.relations.update(parent=departments, head=people)
    return {"person": people, "department": departments}


PSEUDO_SCOPES: dict[str, StaticScope] = {**_pseudo(), "certificate": CERTIFICATE}

# the columns of people.person and people.department under the names that formulas use
_METADATA = MetaData()
PEOPLE_TABLES: dict[str, Table] = {
    "person": Table(
        "person",
        _METADATA,
        Column("id", BigInteger, primary_key=True),
        *(Column(name, Text, key=name) for name in ("name", "account", "mail", "phone")),
        Column("active", Boolean),
        Column("department_id", BigInteger, key="department"),
        Column("superior_id", BigInteger, key="superior"),
        schema="people",
    ),
    "department": Table(
        "department",
        _METADATA,
        Column("id", BigInteger, primary_key=True),
        *(Column(name, Text, key=name) for name in ("name", "key")),
        Column("parent_id", BigInteger, key="parent"),
        Column("head_id", BigInteger, key="head"),
        schema="people",
    ),
}
