"""What holds for every formula: it never raises, `=` and `<>` are opposites, a condition means its value."""

import datetime as dt
import os
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial import formula
from perennial.kernel import Tx, render
from tests.property.formulas import HOSTILE, KINDS, formulas
from tests.unit.formula.company import company

EXAMPLES = int(os.environ.get("PERENNIAL_SOAK", "60"))
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]
laws = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=CHECKS, database=None, derandomize=True)
WORLD = company()
SCOPE = WORLD.scopes["contract"]
LARGEST = Decimal("1e20")
NEVER_BLANK = ("=", "<>", "<", "<=", ">", ">=", "AND", "OR", "NOT", "IN", "ISBLANK", "CONTAINS", "STARTSWITH", "LEN")


@pytest.fixture
def hostile(tx: Tx) -> Tx:
    tx.run(HOSTILE)
    tx.run("SET LOCAL statement_timeout = '20s'")
    return tx


def source() -> formula.TableSource:
    return formula.TableSource(WORLD.tables["contract"], SCOPE, WORLD.tables.__getitem__)


def columns(tx: Tx, expressions: list[Any], over: formula.TableSource) -> list[dict[str, Any]]:
    labelled = [expression.label(f"v{place}") for place, expression in enumerate(expressions)]
    with tx.savepoint():
        return tx.rows(render(formula.select(over.field("id"), *labelled, source=over).order_by(over.field("id"))))


def as_text(expression: Any) -> Any:
    return sa.cast(expression, sa.Text())


def test_no_formula_raises_on_any_row_and_results_stay_in_bounds(hostile: Tx) -> None:
    met: Counter[str] = Counter()

    @laws
    @given(st.lists(formulas(), min_size=8, max_size=8))
    def holds(texts: list[str]) -> None:
        checked = [formula.check(text, SCOPE) for text in texts]
        over = source()
        expressions = [formula.compile(typed, over) for typed in checked]
        columns(hostile, [as_text(expression) for expression in expressions], over)  # the server answers for every row
        statement = formula.select(*(e.label(f"v{i}") for i, e in enumerate(expressions)), source=over)
        with hostile.savepoint():
            rows = hostile.rows(render(statement.where(over.field("id") < 100)))
        for row in rows:
            for place, typed in enumerate(checked):
                bounded(row[f"v{place}"], typed)
                met[f"{typed.type.kind} {'blank' if row[f'v{place}'] is None else 'value'}"] += 1
        for typed in checked:
            met["through a relation"] += any(read.startswith("customer.") for read in typed.reads)
            met["over children"] += "customer.contracts" in typed.reads
            met["operators and calls"] += typed.height > 2

    holds()
    print(dict(met))
    for kind in ("number", "text", "date", "datetime", "yes_no"):
        assert met[f"{kind} value"] >= EXAMPLES, met
    for kind in ("number blank", "text blank", "date blank", "through a relation", "over children"):
        assert met[kind] >= EXAMPLES / 2, met


def bounded(value: Any, typed: formula.Typed) -> None:
    text = formula.print_(typed)
    if value is None:
        assert typed.op not in NEVER_BLANK, text
    elif isinstance(value, Decimal):
        assert -LARGEST < value < LARGEST, text
        assert -int(value.normalize().as_tuple().exponent) <= 10, text  # type: ignore[arg-type]
    elif isinstance(value, str):
        assert 0 < len(value) <= 32_767, text
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        assert value.year >= 1900, text


def test_equal_and_unequal_are_exact_opposites(hostile: Tx) -> None:
    met: Counter[str] = Counter()
    pair = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(formulas(kind), formulas(kind)))

    @laws
    @given(pair)
    def holds(sides: tuple[str, str]) -> None:
        left, right = sides
        equal, unequal = (formula.check(f"{left} {op} {right}", SCOPE) for op in ("=", "<>"))
        over = source()
        parts = [formula.compile(equal, over), formula.compile(unequal, over)]
        bare = [formula.compile_condition(equal, over), formula.compile_condition(unequal, over)]
        for row in columns(hostile, [*parts, *bare], over):
            assert {row["v0"], row["v1"]} == {True, False}, sides
            assert bool(row["v2"]) == row["v0"] and bool(row["v3"]) == row["v1"], sides
            met["equal" if row["v0"] else "unequal"] += 1

    holds()
    print(dict(met))
    assert min(met["equal"], met["unequal"]) >= EXAMPLES


def test_a_condition_in_where_means_its_value_and_not_means_the_rest(hostile: Tx) -> None:
    met: Counter[str] = Counter()

    @laws
    @given(formulas("yes_no"))
    def holds(text: str) -> None:
        plain, negated = formula.check(text, SCOPE, "yes_no"), formula.check(f"NOT({text})", SCOPE, "yes_no")
        over = source()
        value, not_value = formula.compile(plain, over), formula.compile(negated, over)
        where, not_where = formula.compile_condition(plain, over), formula.compile_condition(negated, over)
        for row in columns(hostile, [value, where, not_value, not_where], over):
            assert bool(row["v0"]) == bool(row["v1"]), text
            assert row["v2"] == bool(row["v3"]) == (not row["v0"]), text
            met[str(bool(row["v0"]))] += 1
            met["a comparison with blank"] += row["v1"] is None

    holds()
    print(dict(met))
    assert min(met["True"], met["False"], met["a comparison with blank"]) >= EXAMPLES / 2


def test_a_draft_gives_what_the_stored_row_gives(hostile: Tx) -> None:
    met: Counter[str] = Counter()
    stored = {row["id"]: row for row in hostile.rows("SELECT * FROM t.contract WHERE id < 100")}

    @laws
    @given(formulas(), st.sampled_from(sorted(stored)))
    def holds(text: str, row_id: int) -> None:
        typed = formula.check(text, SCOPE)
        over = source()
        statement = formula.select(as_text(formula.compile(typed, over)).label("it"), source=over)
        draft = formula.DraftSource(stored[row_id], SCOPE, WORLD.tables.__getitem__)
        drafted = formula.select(as_text(formula.compile(typed, draft)).label("it"), source=draft)
        with hostile.savepoint():
            wanted = hostile.value(render(statement.where(over.field("id") == row_id)))
            assert hostile.value(render(drafted)) == wanted, text
        met["blank" if wanted is None else "value"] += 1

    holds()
    print(dict(met))
    assert min(met["blank"], met["value"]) >= EXAMPLES / 10


def test_what_is_printed_reads_back_as_the_same_typed_tree() -> None:
    met: Counter[str] = Counter()

    @laws
    @given(formulas())
    def holds(text: str) -> None:
        typed = formula.check(text, SCOPE)
        printed = formula.print_(typed)
        again = formula.check(printed, SCOPE)
        assert again.node == typed.node and again.type == typed.type and again.reads == typed.reads
        assert formula.print_(again) == printed
        met["shorter"] += len(printed) < len(text)
        met["labels became keys"] += "[" in text

    holds()
    print(dict(met))
    assert met["shorter"] >= EXAMPLES / 5 and met["labels became keys"] >= 1


def test_every_formula_can_be_explained_and_the_explanation_ends_in_its_value(hostile: Tx) -> None:
    met: Counter[str] = Counter()

    @laws
    @given(formulas(), st.sampled_from([1, 2, 3, 7]))
    def holds(text: str, row_id: int) -> None:
        typed = formula.check(text, SCOPE)
        over = source()
        value = formula.select(formula.compile(typed, over).label("it"), source=over).where(over.field("id") == row_id)
        with hostile.savepoint():
            wanted = hostile.value(render(value))
            found = formula.explain(typed, source(), hostile, row_id)
        assert found is not None and found.value == wanted, text
        met["with parts"] += bool(found.parts)
        met["with flips"] += bool(found.flips)

    holds()
    print(dict(met))
    assert met["with parts"] >= EXAMPLES / 4
