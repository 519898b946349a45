"""Golden formulas: how each is printed, its type, what it reads, and its value by somebody else's calculation."""

import calendar
import datetime as dt
import math
import statistics
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from perennial import formula
from perennial.kernel import Invalid, Tx, render
from tests.sql.test_formula_rows import NOTED, ROWS
from tests.unit.formula.company import company

FOLDER = Path(__file__).parent.parent / "golden" / "formulas"
PYTHON = {"dt": dt, "math": math, "statistics": statistics, "calendar": calendar}
SOURCES = ("hand", "excel", "vector", "python")


def groups() -> list[dict[str, Any]]:
    files = [path for path in sorted(FOLDER.glob("*.yaml")) if path.name != "wrong.yaml"]
    return [group for path in files for group in yaml.safe_load(path.read_text(encoding="utf-8"))]


def cases(group: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """(text, value, printed)."""
    third = group["from"] != "python"
    return [(case[0], case[1], case[2] if third and len(case) > 2 else case[0]) for case in group["cases"]]


def same(found: Any, wanted: Any) -> bool:
    if isinstance(found, Decimal) and isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-10)
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def test_every_golden_formula_is_printed_typed_and_calculated_as_written_there(tx: Tx) -> None:
    tx.run(ROWS + NOTED)
    world = company()
    wrong: list[str] = []
    count = 0
    for group in groups():
        form, row = group.get("form", "contract"), group.get("row", 1)
        assert group["from"] in SOURCES
        for text, wanted, printed in cases(group):
            count += 1
            typed = formula.check(text, world.scopes[form])
            source = formula.TableSource(world.tables[form], world.scopes[form], world.tables.__getitem__)
            value = formula.compile(typed, source).label("it")
            found = tx.value(render(formula.select(value, source=source).where(source.field("id") == row)))
            if not same(found, wanted):
                wrong.append(f"{text}: {found!r}, not {wanted!r}")
            if formula.print_(typed) != printed:
                wrong.append(f"{text}: printed {formula.print_(typed)}")
            type_ = str(typed.type)
            if type_.rstrip("?") != group["type"].rstrip("?") or (type_ != group["type"] and not group.get("loose")):
                wrong.append(f"{text}: of type {type_}, not {group['type']}")
            if sorted(typed.reads) != sorted(group.get("reads", [])):
                wrong.append(f"{text}: reads {sorted(typed.reads)}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert count >= 300, count


def test_python_agrees_with_the_golden_values_that_name_it() -> None:
    for group in groups():
        if group["from"] == "python":
            for text, wanted, expression in group["cases"]:
                found = eval(expression, PYTHON)
                assert found == wanted or math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-10), text


@pytest.mark.parametrize(
    ("text", "code", "position"), yaml.safe_load((FOLDER / "wrong.yaml").read_text(encoding="utf-8"))
)
def test_what_is_wrong_is_refused_with_its_place(text: str, code: str, position: int) -> None:
    with pytest.raises(Invalid) as caught:
        formula.check(text, company().scopes["contract"])
    assert (caught.value.code, caught.value.facts["position"]) == (code, position)
