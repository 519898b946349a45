"""The demo company's customers and contracts as they were a year ago: pure, seeded, nothing of the database.

Another seed gives another company. What happens from then on is lived: the engine runs, the colleagues act (`script`).
"""

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import Any

from perennial.demo import names

CUSTOMERS = 400
CONTRACTS = 285  # a year ago; renewals and new business bring them to about 600
MONTHLY = 6
REVIEWED = 32  # customers with an annual review
STORY = "HT-2026-0117"  # ¥195,300.00 at 18 %: demo/story
CSMS = tuple(account for account, _, _, roles in names.COLLEAGUES if "csm" in roles)
SALES = tuple(account for account, _, _, roles in names.COLLEAGUES if "sales" in roles)
PRODUCTS = (("crm", 38), ("erp", 26), ("hr", 14), ("bi", 12), ("service", 10))
DEPARTMENT_OF = {account: department for account, _, department, _ in names.COLLEAGUES}


@dataclass(slots=True)
class World:
    """Rows per form. Relations name the other row by its code or number, persons by account."""

    customers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    contacts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    contracts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def make(rng: Random, began: dt.date, days: int = 365) -> World:
    """Everything that the company had on the day `began`, `days` before today."""
    world = World()
    taken: set[str] = set()
    for at in range(CUSTOMERS):
        customer = _customer(rng, at, taken, began)
        world.customers.append(customer)
        world.contacts += _contacts(rng, customer["code"], began)
    with_contract = rng.sample(world.customers, k=CONTRACTS - 40)
    owners = with_contract + rng.sample(with_contract, k=40)
    for at, customer in enumerate(owners):
        number = f"HT-{began.year}-{at + 1:04d}"
        world.contracts.append(contract(rng, customer, number, began, monthly=at < MONTHLY))
    _reviews(Random(f"reviews/{began}"), world, began)
    _told(world, began + dt.timedelta(days=days))
    return world


def _reviews(rng: Random, world: World, began: dt.date) -> None:
    """What kind each customer is; some have an annual review, spread over the year and the coming months."""
    for customer in world.customers:
        kinds = ("licensed",) if customer["industry"] in ("medical", "food") else ("company", "company", "platform")
        customer["type"] = rng.choice(kinds if customer["industry"] != "education" else ("institution", "company"))
        customer["review_on"] = None
    for customer in rng.sample(world.customers, k=REVIEWED):
        customer["review_on"] = (began + dt.timedelta(days=rng.randrange(60, 460))).isoformat()


def _told(world: World, today: dt.date) -> None:
    """The first customer has the contract of which quotes.STORY tells; whoever else had its number has another."""
    world.customers[0] |= {
        "name": "苏州栖木医疗器械有限公司", "industry": "medical", "size": "large", "tier": "a", "type": "licensed",
        "csm": "linxiaotang", "department": DEPARTMENT_OF["linxiaotang"], "seats": 400,
    }  # fmt: skip
    for other in world.contracts:
        if other["number"] == STORY:
            other["number"] = f"HT-{STORY[3:7]}-{CONTRACTS + 1:04d}"
    end = today + dt.timedelta(days=40)
    world.contracts.append({
        "customer": world.customers[0]["code"], "number": STORY, "product_line": "bi", "amount": 198_600,
        "start_date": _months_before(end + dt.timedelta(days=1), 12).isoformat(), "end_date": end.isoformat(),
        "status": "pending", "renew_mode": "manual", "notice_days": None, "owner": "linxiaotang",
    })  # fmt: skip


def _customer(rng: Random, at: int, taken: set[str], began: dt.date) -> dict[str, Any]:
    industry = rng.choice(tuple(names.TRADES))
    size = rng.choices(("micro", "small", "medium", "large"), (20, 42, 28, 10))[0]
    csm = rng.choice(CSMS)
    return {
        "code": f"KH-{at + 1:04d}",
        "name": names.company(rng, industry, taken),
        "industry": industry,
        "size": size,
        "tier": {"large": "a", "medium": rng.choice("ab"), "small": rng.choice("bc"), "micro": "c"}[size],
        "status": "active",
        "since": (began - dt.timedelta(days=rng.randrange(60, 1500))).isoformat(),
        "csm": csm,
        "sales": rng.choice(SALES),
        "department": DEPARTMENT_OF[csm],
        "seats": {"micro": 10, "small": 40, "medium": 120, "large": 400}[size] * rng.choice((1, 2)),
        "phone": names.mobile(rng),
    }


def _contacts(rng: Random, code: str, began: dt.date) -> list[dict[str, Any]]:
    roles = ["primary"] + (["renewal"] if rng.random() < 0.6 else []) + (["finance"] if rng.random() < 0.4 else [])
    return [
        {
            "customer": code,
            "name": names.person(rng),
            "role": role,
            "position": rng.choice(names.POSITIONS),
            "mail": None if rng.random() < 0.03 else f"{code.lower()}.{role}@example.com",
            "phone": names.mobile(rng),
        }
        for role in roles
    ]


def contract(rng: Random, customer: dict[str, Any], number: str, began: dt.date, *, monthly: bool) -> dict[str, Any]:
    """One running contract of a customer that ends within the year after `began`."""
    base = {"micro": 9_800, "small": 28_000, "medium": 76_000, "large": 198_000}[customer["size"]]
    months = 1 if monthly else rng.choices((12, 24, 36), (86, 10, 4))[0]
    end = began + dt.timedelta(days=rng.randrange(1, 28 if monthly else 400))
    start = _months_before(end + dt.timedelta(days=1), months)
    automatic = monthly or rng.random() < 0.18
    amount = round(base * rng.uniform(0.6, 1.7) / (12 if monthly else 1), -2)
    return {
        "customer": customer["code"],
        "number": number,
        "product_line": rng.choices([key for key, _ in PRODUCTS], [weight for _, weight in PRODUCTS])[0],
        "amount": amount,
        "start_date": start.isoformat(),
        "end_date": end.isoformat(),
        "status": None if rng.random() < 0.05 else "pending",
        "renew_mode": "auto" if automatic else "manual",
        "notice_days": 30 if automatic and not monthly else None,
        "owner": customer["csm"],
    }


def _months_before(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("unreachable")
