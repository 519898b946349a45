"""Another record that looks as if it belonged to this one: the same customer and product line, near in time."""

from perennial.kernel import Query
from perennial.processes.definition import Find
from perennial.rules import Wanted


def own_columns(name: str, find: Find) -> dict[str, Wanted]:
    """Columns of the process's record that the search compares."""
    columns = {f"{name}_same_{at}": Wanted(field) for at, field in enumerate(find.same)}
    return columns | ({f"{name}_near": Wanted(find.near, "date")} if find.near else {})


def other_columns(find: Find) -> dict[str, Wanted]:
    """Columns of the records searched."""
    columns = {f"same_{at}": Wanted(field) for at, field in enumerate(find.same)}
    columns |= {"matches": Wanted(find.when, "yes_no")} if find.when else {}
    return columns | ({"on_date": Wanted(find.date, "date")} if find.date else {})


def found(find: Find, other: Query, *, name: str = "", r: str = "r", columns: str = "") -> str:
    """A select of the records that fit the row `r`, the nearest first. Blank equals nothing: it proves no kinship."""
    tests = [f"o.rid <> {r}.rid"] + [f"o.same_{at} = {r}.{name}_same_{at}" for at in range(len(find.same))]
    tests += ["o.matches"] if find.when else []
    if find.date and find.near:
        tests.append(f"o.on_date BETWEEN {r}.{name}_near - {find.days} AND {r}.{name}_near + {find.days}")
    order = f"ORDER BY abs(o.on_date - {r}.{name}_near), o.rid" if find.date and find.near else "ORDER BY o.rid"
    return f"SELECT o.rid FROM ({other.text}) o WHERE {' AND '.join(tests)} {order} LIMIT 1"
