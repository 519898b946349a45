"""Lay the demo company's foundation: its clock a year back, its app, its people, what it had that day."""

import datetime as dt
from random import Random

from perennial import access, apps, people
from perennial.demo import names, rows, world
from perennial.kernel import SYSTEM, Database, Reason, Tx, set_workspace, start_manual_clock, workspace

YEAR_DAYS = 365


def found(database: Database, seed: int, days: int = YEAR_DAYS) -> None:
    """The company on the first day of its lived year; steps that an interrupted build has done are left alone."""
    with database.begin(SYSTEM) as tx:
        if workspace(tx).kind != "demo":
            morning = dt.datetime.combine(tx.today - dt.timedelta(days=days), dt.time(8), tx.zone)
            start_manual_clock(tx, "demo", morning)
            set_workspace(tx, name=names.COMPANY)
    apps.ensure(database)
    with database.begin(SYSTEM, Reason("setup")) as tx:
        if people.is_empty(tx):
            staff(tx)
            furnish(tx, world.make(Random(seed), tx.today, days))


def staff(tx: Tx) -> None:
    """Departments, persons, roles. Only the administrator gets in, by the demo's one click."""
    departments: dict[str, int] = {}
    for key, name, parent, _ in names.DEPARTMENTS:
        departments[key] = people.save_department(tx, key, name, parent_id=departments.get(parent or ""))
    persons: dict[str, int] = {}
    for account, name, department, roles in names.COLLEAGUES:
        persons[account] = people.create(
            tx,
            account=account,
            name=name,
            mail=f"{account}@example.com",
            department_id=departments[department],
            roles=roles,
        )
    for key, name, parent, head in names.DEPARTMENTS:
        people.save_department(tx, key, name, parent_id=departments.get(parent or ""), head_id=persons[head])


WEIGHTS = {"usage": "0.35", "tickets": "0.20", "satisfaction": "0.15", "contact": "0.15", "payment": "0.15"}


def furnish(tx: Tx, made: world.World) -> None:
    """What the company had: how it weighs health, customers, contacts, contracts, each form in one statement."""
    rows.create(tx, "health_weights", [{"name": "标准权重", "in_force": True, **WEIGHTS}])
    persons = {person.account: person.id for person in people.people(tx)}
    departments = {department.key: department.id for department in people.departments(tx)}
    customers = [
        {
            **row, "csm": persons[row["csm"]], "sales": persons[row["sales"]],
            "department": departments[row["department"]],
        }
        for row in made.customers
    ]  # fmt: skip
    rows.create(tx, "customer", customers)
    known = access.everything(tx, "customer")
    ids = {row["code"]: row["id"] for row in tx.rows(known.select("code"))}
    rows.create(tx, "contact", [{**row, "customer": ids[row["customer"]]} for row in made.contacts])
    contracts = [{**row, "customer": ids[row["customer"]], "owner": persons[row["owner"]]} for row in made.contracts]
    rows.create(tx, "contract", contracts)
