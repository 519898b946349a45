"""Departments: a tree. `people.department_tree(above_id, department_id, steps)` holds every pair, kept by a trigger, so
"mine and below" in SQL is `department_id IN (SELECT department_id FROM people.department_tree WHERE above_id = …)` and
"up the tree" is `WHERE department_id = … ORDER BY steps`.
"""

from dataclasses import dataclass

from psycopg import errors as pg

from perennial.kernel import Invalid, Tx


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
    tx: Tx, key: str, name: str, *, parent_id: int | None = None, head_id: int | None = None, active: bool = True
) -> int:
    """The department with this key is as given; a parent below itself is refused. Returns its id."""
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
        raise Invalid("people.no_such", path="parent", field="parent") from error
