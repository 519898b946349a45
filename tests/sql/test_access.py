import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from worlds import built_once

import perennial
from perennial import access, people
from perennial import formula as language
from perennial.formula import check, compile_condition
from perennial.kernel import SYSTEM, Actor, Database, Denied, Invalid, Missing, Tx
from tests.builders import field, form, install

CUSTOMER = form(
    "customer", "name: text", "csm: person", "unit: department", "phone: phone", "secret: number", "open: number",
    field("doubled: formula", formula="secret * 2"), field("opened: formula", formula="open * 2"),
    title="name", owner="csm",
)  # fmt: skip
CONTRACT = form(
    "contract", field("customer: relation", to="customer", reverse="contracts"), "number: text", "amount: money",
    "keeper: person", title="number",
)  # fmt: skip
NOTE = form("note", field("contract: relation", to="contract", reverse="notes"), "text: text")


class World:
    """Three departments (company > sales > north), four people, two forms and a child of a child."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.begin(SYSTEM) as tx:
            install(tx, CUSTOMER, CONTRACT, NOTE)
            self.company = people.save_department(tx, "company", "公司")
            self.sales = people.save_department(tx, "sales", "销售", parent_id=self.company)
            self.north = people.save_department(tx, "north", "华北", parent_id=self.sales)
            self.boss = people.create(tx, "boss", "老板", department_id=self.company)
            self.lead = people.create(tx, "lead", "组长", department_id=self.sales)
            self.rep = people.create(tx, "rep", "代表", department_id=self.north)
            self.peer = people.create(tx, "peer", "同事", department_id=self.north)

    def role(self, key: str, *holders: int, **forms: dict[str, Any]) -> None:
        trees = {name: {"fields": {"*": "write"}, "rights": ["read", "update"], **tree} for name, tree in forms.items()}
        with self.database.begin(SYSTEM) as tx:
            access.publish(tx, [access.load({"role": key, "label": key, "forms": trees})])
            for person in holders:
                people.assign(tx, person, [*people.find(tx, person).roles, key])

    def row(self, form: str, **values: Any) -> int:
        created_by = values.pop("by", None)
        with self.database.begin(SYSTEM) as tx:
            table = access.readable(tx, form).target
            values = {"version": 1, "created_at": tx.now, "updated_at": tx.now, "created_by": created_by, **values}
            return int(tx.value(table.insert().values(**values).returning(table.c.id)))

    @contextmanager
    def as_(self, person: int) -> Iterator[Tx]:
        with self.database.begin(Actor("person", person, "")) as tx:
            yield tx

    def ids(self, person: int, form: str) -> list[int]:
        with self.as_(person) as tx:
            return sorted(row["id"] for row in tx.rows(access.readable(tx, form).select()))

    def shown(self, person: int, form: str, *keys: str) -> list[dict[str, Any]]:
        with self.as_(person) as tx:
            rows = access.readable(tx, form)
            return tx.rows(rows.select(*keys).order_by(rows.source.table.c["id"]))


@pytest.fixture
@built_once
def world(database: Database) -> World:
    return World(database)


def value(tx: Tx, form: str, formula: str) -> list[Any]:
    """An ad hoc formula over every readable row, in order of id."""
    rows = access.readable(tx, form)
    column = language.compile(check(formula, rows.scope), rows.source)
    where = rows.where
    found = tx.rows(select(column.label("v")).select_from(rows.from_).where(where).order_by(rows.source.table.c["id"]))
    return [row["v"] for row in found]


def test_the_system_sees_every_live_row(world: World) -> None:
    one, gone = world.row("customer", name="在"), world.row("customer", name="走")
    with world.database.begin(SYSTEM) as tx:
        target = access.readable(tx, "customer").target
        tx.run(target.update().where(target.c.id == gone).values(deleted_at=tx.now))
        for deleted, expected in ((False, [one]), (True, [gone]), (None, [one, gone])):
            found = tx.rows(access.readable(tx, "customer", deleted=deleted).select())
            assert sorted(row["id"] for row in found) == expected


def test_own_rows_are_those_one_keeps_and_those_nobody_keeps_but_one_made(world: World) -> None:
    world.role("csm", world.rep, customer={"rows": "own"})
    kept = world.row("customer", csm=world.rep, by=world.peer)
    world.row("customer", csm=world.peer, by=world.rep)
    made = world.row("customer", csm=None, by=world.rep)
    world.row("customer", csm=None, by=world.peer)
    assert world.ids(world.rep, "customer") == [kept, made]


def test_the_first_person_field_keeps_a_record_of_a_form_that_names_no_owner(world: World) -> None:
    world.role("csm", world.rep, contract={"rows": "own"})
    mine = world.row("contract", keeper=world.rep)
    world.row("contract", keeper=world.peer, by=world.rep)
    assert world.ids(world.rep, "contract") == [mine]


def test_departments_hold_the_rows_of_their_people_and_those_below_hold_more(world: World) -> None:
    world.role("near", world.lead, world.rep, customer={"rows": "department"})
    world.role("deep", world.boss, customer={"rows": "department_below"})
    of_rep = world.row("customer", csm=world.rep)
    of_peer = world.row("customer", csm=None, by=world.peer)
    of_lead = world.row("customer", csm=world.lead)
    by_unit = world.row("customer", csm=None, unit=world.north)
    world.row("customer", csm=None)
    assert world.ids(world.rep, "customer") == [of_rep, of_peer, by_unit]
    assert world.ids(world.lead, "customer") == [of_lead]
    assert world.ids(world.boss, "customer") == [of_rep, of_peer, of_lead, by_unit]


def test_who_heads_a_department_sees_it_from_wherever_they_sit(world: World) -> None:
    world.role("deep", world.peer, customer={"rows": "department_below"})
    with world.database.begin(SYSTEM) as tx:
        people.save_department(tx, "sales", "销售", parent_id=world.company, head_id=world.peer)
    of_lead = world.row("customer", csm=world.lead)
    world.row("customer", csm=world.boss)
    assert world.ids(world.peer, "customer") == [of_lead]


def test_a_form_that_knows_no_owner_asks_the_record_it_belongs_to(world: World) -> None:
    world.role("deep", world.lead, note={"rows": "department_below"})
    contracts = [world.row("contract", keeper=person) for person in (world.rep, world.boss)]
    notes = [world.row("note", contract=contract) for contract in contracts]
    assert world.ids(world.lead, "note") == notes[:1]


def test_a_formula_scope_reads_through_relations_whatever_its_reader_may_see(world: World) -> None:
    world.role("csm", world.rep, contract={"rows": "customer.csm = ME()"})
    mine, other = (world.row("customer", csm=person) for person in (world.rep, world.peer))
    contract = world.row("contract", customer=mine)
    world.row("contract", customer=other)
    world.row("contract", customer=None)
    assert world.ids(world.rep, "contract") == [contract]


def test_several_roles_add_up(world: World) -> None:
    world.role("own", world.rep, customer={"rows": "own", "fields": {"*": "write"}})
    world.role("all", world.rep, customer={
        "rows": "all", "rights": ["read"], "fields": {"*": "read", "phone": "masked", "secret": "hidden"}})  # fmt: skip
    world.row("customer", csm=world.rep, phone="13812348888", secret=1)
    world.row("customer", csm=world.peer, phone="13912349999", secret=2)
    shown = world.shown(world.rep, "customer", "phone", "secret")
    assert [(row["phone"], row["secret"]) for row in shown] == [("13812348888", 1), ("139****9999", None)]
    with world.as_(world.rep) as tx:
        assert len(tx.rows(access.writable(tx, "customer").select())) == 1
        assert access.readable(tx, "customer").fields["phone"] == "write"
        assert value(tx, "customer", "secret") == [1, None]
        assert value(tx, "customer", 'phone = "13912349999"') == [False, False], "a masked value cannot be guessed at"
        assert value(tx, "customer", "doubled") == [2, 4], "a published fact with a grant of its own"


def test_masks_show_enough_to_recognise_and_too_little_to_learn(world: World) -> None:
    masked = {"rows": "all", "rights": ["read"], "fields": {"*": "masked"}}
    world.role("guest", world.rep, customer=masked)
    world.row("customer", name="厦门屿岸", phone="13812348888", secret=7, csm=world.peer)
    world.row("customer", name=None, phone="+8613812348888")
    world.row("customer", phone="1234567")
    first, second, third = world.shown(world.rep, "customer", "name", "phone", "secret", "csm")
    assert first == {"id": first["id"], "name": "****", "phone": "138****8888", "secret": "****", "csm": "****"}
    assert (second["name"], second["phone"], third["phone"]) == (None, "+86138****8888", "****")


def test_naming_a_hidden_or_masked_field_is_the_error_of_naming_none(world: World) -> None:
    world.role("guest", world.rep, customer={"fields": {"*": "read", "secret": "hidden", "phone": "masked"}})

    def error(formula: str) -> tuple[Any, ...]:
        with world.as_(world.rep) as tx, pytest.raises(Invalid) as caught:
            check(formula, access.readable(tx, "customer").scope, want="yes_no")
        return caught.value.code, caught.value.facts.get("suggestion")

    with world.as_(world.rep) as tx:
        rows = access.readable(tx, "customer")
        for key in ("secret", "sacred"):
            with pytest.raises(Invalid) as caught:
                rows.check(key)
            assert (caught.value.code, caught.value.path) == ("access.no_such_field", key)
        assert rows.readable_fields(masked=False) == ["name", "csm", "unit", "open", "doubled", "opened"]
    assert error("secret > 1") == error("sacred > 1") == ("formula.unknown_name", None)
    assert error("phone > 1")[0] == "formula.unknown_name"


def test_a_relation_to_an_unreadable_record_shows_no_label_and_gives_no_value(world: World) -> None:
    world.role("csm", world.rep, contract={"rows": "all"}, customer={"rows": "own", "fields": {"*": "read"}})
    mine = world.row("customer", name="我的", csm=world.rep)
    other = world.row("customer", name="别人的", csm=world.peer)
    for customer in (mine, other, None):
        world.row("contract", customer=customer)
    with world.as_(world.rep) as tx:
        rows = access.readable(tx, "contract")
        column = rows.reference("customer").label("customer")
        where = rows.where
        found = tx.rows(select(column).select_from(rows.from_).where(where).order_by(rows.source.table.c["id"]))
        assert [row["customer"] for row in found] == [{"id": mine, "label": "我的"}, {"denied": True}, None]
        assert value(tx, "contract", "customer.name") == ["我的", None, None]
        assert value(tx, "contract", "customer.csm.name") == ["代表", None, None]


def test_an_aggregate_counts_only_what_its_reader_may_read(world: World) -> None:
    world.role("csm", world.rep, customer={"rows": "all"}, contract={"rows": "own"})
    customer = world.row("customer")
    world.row("contract", customer=customer, keeper=world.rep, amount=100)
    world.row("contract", customer=customer, keeper=world.peer, amount=30)
    with world.as_(world.rep) as tx:
        assert value(tx, "customer", "SUMIF(contracts, TRUE, amount)") == [100]
        assert value(tx, "customer", "COUNTIF(contracts)") == [1]
    with world.database.begin(SYSTEM) as tx:
        assert value(tx, "customer", "SUMIF(contracts, TRUE, amount)") == [130]


def test_a_form_without_a_grant_is_missing_like_one_that_does_not_exist(world: World) -> None:
    world.role("csm", world.rep, customer={"rows": "own"})
    with world.as_(world.rep) as tx:
        errors: list[tuple[str, type[Exception]]] = []
        for name in ("contract", "nonsense"):
            with pytest.raises(Missing) as caught:
                access.readable(tx, name)
            errors.append((caught.value.code, type(caught.value)))
        assert errors[0] == errors[1]
        with pytest.raises(Invalid):
            check("COUNTIF(contracts) > 0", access.readable(tx, "customer").scope)


def test_a_readable_form_without_the_right_is_denied(world: World) -> None:
    world.role("guest", world.rep, customer={"rights": ["read"], "rows": "all"})
    with world.as_(world.rep) as tx:
        assert access.may(tx, "read", "customer") and not access.may(tx, "update", "customer")
        for right in ("update", "delete"):
            with pytest.raises(Denied):
                access.writable(tx, "customer", right)
        with pytest.raises(Denied):
            access.creatable(tx, "customer")
        assert access.readable(tx, "customer").fields["name"] == "read", "write means nothing without update"


def test_what_may_be_written_may_depend_on_the_row(world: World) -> None:
    world.role("own", world.rep, customer={"rows": "own"})
    world.role("near", world.rep, customer={"rows": "department", "fields": {"*": "read", "open": "write"}})
    world.row("customer", csm=world.rep)
    world.row("customer", csm=world.peer)
    with world.as_(world.rep) as tx:
        rows = access.writable(tx, "customer")
        both = (rows.may_write("name").label("name"), rows.may_write("open").label("open"))
        where = rows.where
        found = tx.rows(select(*both).select_from(rows.from_).where(where).order_by(rows.source.table.c["id"]))
        assert [(row["name"], row["open"]) for row in found] == [(True, True), (False, True)]


def test_publishing_a_role_counts_from_the_next_statement_on(world: World) -> None:
    world.role("guest", world.rep, customer={"rows": "all"})
    world.row("customer")
    assert len(world.ids(world.rep, "customer")) == 1
    world.role("guest", customer={"rows": "own"})
    assert world.ids(world.rep, "customer") == []


def test_roles_survive_being_written_to_a_file_and_read_back(world: World) -> None:
    tree = {"role": "csm", "label": "客户成功", "may": ["import"],
            "forms": {"customer": {"rows": "csm = ME()", "rights": ["read"], "fields": {"*": "read"}}}}  # fmt: skip
    assert access.dump(access.load(tree)) == tree
    with world.database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(tree)])
        assert access.dump(next(role for role in access.roles(tx) if role.key == "csm")) == tree


def test_a_wrong_role_is_refused_with_the_place_of_the_mistake(world: World) -> None:
    def tree(**grant: Any) -> dict[str, Any]:
        return {
            "role": "x",
            "label": "X",
            "forms": {"customer": {"rights": ["read"], "fields": {"*": "read"}, **grant}},
        }

    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"label": "X"}, "role", "access.attribute"),
        ({**tree(), "colour": "red"}, "colour", "access.unknown_attribute"),
        ({**tree(), "may": ["fly"]}, "may", "people.unknown_right"),
        (tree(rights=["steal"]), "forms.customer.rights", "access.unknown_right"),
        (tree(rights=["update"]), "forms.customer.rights", "access.read_first"),
        (tree(fields={"name": "blink"}), "forms.customer.fields.name", "access.unknown_level"),
        (tree(fields={"nmae": "read"}), "forms.customer.fields.nmae", "access.no_such_field"),
        (tree(rows="scm = ME()"), "forms.customer.rows", "formula.unknown_name"),
        (tree(rows="secret + 1"), "forms.customer.rows", "formula.wrong_result"),
        ({"role": "x", "label": "X", "forms": {"nonsense": {}}}, "forms.nonsense", "access.no_such_form"),
        ({"role": "x", "label": "X", "forms": {"*": {"rows": "1 = 1"}}}, "forms.*.rows", "access.rows_of_every"),
    ]
    for wrong, path, code in cases:
        with world.database.begin(SYSTEM) as tx, pytest.raises(Invalid) as caught:
            access.publish(tx, [access.load(wrong)])
        assert (caught.value.path, caught.value.code) == (path, code)


def test_a_publication_of_forms_that_breaks_a_row_condition_is_noticed(world: World) -> None:
    world.role("rich", world.rep, customer={"rows": "open > 5"})
    changed = replace(CUSTOMER, fields=tuple(one for one in CUSTOMER.fields if one.key not in ("open", "opened")))
    with world.database.begin(SYSTEM) as tx:
        access.recheck(tx)
        install(tx, changed)
        with pytest.raises(Invalid) as caught:
            access.recheck(tx)
    assert (caught.value.code, caught.value.path) == ("formula.unknown_name", "roles.rich.forms.customer.rows")


def test_nobody_takes_away_their_own_administration(world: World) -> None:
    with world.database.begin(SYSTEM) as tx:
        people.assign(tx, world.boss, ["business_admin"])
    with world.as_(world.boss) as tx, pytest.raises(Invalid) as caught:
        access.publish(tx, [], removed=["business_admin"])
    assert caught.value.code == "access.own_administration"


def test_a_filter_over_a_computed_field_compiles_to_its_inputs_only_where_all_are_readable(world: World) -> None:
    world.role("guest", world.rep, customer={"rows": "all", "fields": {"*": "read", "secret": "hidden"}})
    with world.as_(world.rep) as tx:
        scope = access.readable(tx, "customer").scope
        assert scope.field("opened").formula == "open * 2"  # pyright: ignore[reportOptionalMemberAccess]
        assert scope.field("doubled").formula is None  # pyright: ignore[reportOptionalMemberAccess]


def test_the_sql_of_a_role_is_the_same_for_all_who_hold_it(world: World) -> None:
    world.role("csm", world.rep, world.peer, customer={"rows": "own"})
    keys = []
    for person in (world.rep, world.peer):
        with world.as_(person) as tx:
            rows = access.readable(tx, "customer")
            keys.append((rows.key, str(rows.select("name"))))
    assert keys[0] == keys[1]


def test_a_count_is_over_the_rows_in_scope(world: World) -> None:
    world.role("csm", world.rep, customer={"rows": "own"})
    for person in (world.rep, world.rep, world.peer):
        world.row("customer", csm=person, open=3)
    with world.as_(world.rep) as tx:
        rows = access.readable(tx, "customer")
        keep = compile_condition(check("open = 3", rows.scope, want="yes_no"), rows.source)
        assert tx.value(select(func.count()).select_from(rows.from_).where(rows.where, keep)) == 2


def _names_a_table(source: Path) -> list[str]:
    """What in a module could reach a form's physical table without asking access."""
    if source.suffix == ".sql":
        found = re.findall(r"^(?!\s*--).*\bdata\.\w+.*$", source.read_text(encoding="utf-8"), re.MULTILINE)
        return [f"{source.name}: {line.strip()}" for line in found]
    places: list[str] = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        match node:
            case ast.Constant(value=str(text)) if re.search(
                r"(FROM|JOIN|INTO|UPDATE|ONLY|TABLE|ON)\s+\"?data\"?\.", text
            ):
                places.append(text)
            case ast.keyword(arg="schema", value=ast.Constant(value="data")):
                places.append("schema=data")
            case ast.Call(func=ast.Attribute(attr="table", value=owner)) if ast.unparse(owner) not in (
                "sa",
                "sqlalchemy",
            ):
                places.append(ast.unparse(node))
            case ast.Attribute(attr="physical"):
                places.append(ast.unparse(node))
            case _:
                pass
    return [f"{source.name}: {place}" for place in places]


def test_only_access_and_forms_can_name_the_table_of_a_form() -> None:
    package = Path(perennial.__file__).parent
    sources = [path for kind in ("*.py", "*.sql") for path in package.rglob(kind)]
    # the raw side of the bench is SQL by hand on purpose
    inside = [path for path in sources if path.relative_to(package).parts[0] in ("access", "forms", "bench")]
    assert any(_names_a_table(path) for path in inside), "the test knows such a place when it sees one"
    assert [found for path in sources if path not in inside for found in _names_a_table(path)] == []


def test_every_reader_works_when_tables_have_names_that_nobody_could_guess(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setenv("PERENNIAL_RANDOM_TABLES", "1")
    world = World(database)
    world.role("csm", world.rep, customer={"rows": "own"}, contract={"rows": "customer.csm = ME()"})
    mine = world.row("customer", csm=world.rep)
    world.row("contract", customer=mine)
    with world.as_(world.rep) as tx:
        assert access.readable(tx, "customer").target.name.startswith("t_")
        assert value(tx, "contract", "customer.csm.name") == ["代表"]
