"""Departments: a tree. `people.department_tree(above_id, department_id, steps)` holds every pair, kept by a trigger, so
"mine and below" in SQL is `department_id IN (SELECT department_id FROM people.department_tree WHERE above_id = …)` and
"up the tree" is `WHERE department_id = … ORDER BY steps`.
"""

from dataclasses import dataclass
from itertools import chain, count

from psycopg import errors as pg

from perennial.kernel import Invalid, Tx, Words

_NAME = Words("部门名称", "the name of the department")
_ENDS = {"parent": Words("上级部门", "department above"), "head": Words("部门负责人", "head")}


@dataclass(frozen=True, slots=True)
class Department:
    id: int
    key: str
    name: str
    parent_id: int | None
    head_id: int | None
    active: bool


def departments(tx: Tx, *, all_: bool = False) -> list[Department]:
    """Active departments (with `all_`: every one), parents before children."""
    rows = tx.rows(
        "SELECT d.id, d.key, d.name, d.parent_id, d.head_id, d.active FROM people.department d"
        " WHERE d.active OR %(all)s"
        " ORDER BY (SELECT max(steps) FROM people.department_tree t WHERE t.department_id = d.id), d.id",
        {"all": all_},
    )
    return [Department(**row) for row in rows]


def save_department(
    tx: Tx,
    key: str,
    name: str,
    *,
    parent_id: int | None = None,
    head_id: int | None = None,
    active: bool = True,
    new: bool = False,
) -> int:
    """The department with this key is as given; a parent below itself is refused. Returns its id.

    new   it is none of those there are: a key that is taken gets a number
    """
    if not (name := name.strip()) or not key.strip():
        raise Invalid("people.required", path="name", field=_NAME)
    if new:
        tx.lock("people.department")
        taken = {row["key"] for row in tx.rows("SELECT key FROM people.department")}
        key = next(one for one in chain([key], (f"{key} {nth}" for nth in count(2))) if one not in taken)
    values = {"key": key, "name": name, "parent": parent_id, "head": head_id, "active": active}
    try:
        with tx.savepoint():
            return int(
                tx.value(
                    "INSERT INTO people.department (key, name, parent_id, head_id, active)"
                    " VALUES (%(key)s, %(name)s, %(parent)s, %(head)s, %(active)s)"
                    " ON CONFLICT (key) DO UPDATE SET name = excluded.name, parent_id = excluded.parent_id,"
                    " head_id = excluded.head_id, active = excluded.active RETURNING id",
                    values,
                )
            )
    except (pg.UniqueViolation, pg.CheckViolation) as error:
        raise Invalid("people.department_cycle", path="parent", name=name) from error
    except pg.ForeignKeyViolation as error:
        wrong = "head" if "head" in (error.diag.constraint_name or "") else "parent"
        raise Invalid("people.no_such", path=wrong, field=_ENDS[wrong]) from error
