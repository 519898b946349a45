"""Journey 1 behind the browser: 5,295 customers and contracts from the telecom file, imported, repeated, undone.

Figures: shared/data/README.md, and counted from the file by hand below.
"""

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from builders import at

from perennial.kernel import SYSTEM, Database, Tx
from perennial.records import imports

FILE = Path(__file__).parent.parent / "data" / "churn" / "telco_customers.csv"
TERM = 'IF(Contract = "Month-to-month", 1, IF(Contract = "One year", 12, 24))'
SINCE = "EDATE(DATE(2026, 11, 1), -tenure)"
END = f"EDATE({SINCE}, (INT(tenure / {TERM}) + 1) * {TERM})"
MAPPING: dict[str, Any] = {
    "targets": [
        {
            "form": "customer",
            "key": ["code"],
            "fields": [
                {"field": "code", "column": "customerID"},
                {"field": "name", "column": "customerID"},
                {"field": "since", "formula": SINCE},
            ],
        },
        {
            "form": "contract",
            "key": ["number"],
            "fields": [
                {"field": "customer", "from": "customer"},
                {"field": "number", "formula": 'customerID & "-1"'},
                {"field": "amount", "column": "MonthlyCharges"},
                {"field": "end_date", "formula": END},
                {"field": "start_date", "formula": f"EDATE({END}, -{TERM})"},
                {"field": "renew_mode", "formula": 'IF(Contract = "Month-to-month", "自动续费", "手动确认")'},
                {"field": "status", "formula": 'IF(Churn = "Yes", "已流失", "待续费")'},
                {"field": "churn_reason", "formula": 'IF(Churn = "Yes", "未知", "")'},
            ],
        },
    ]
}


def upload(database: Database, path: Path = FILE, mapping: dict[str, Any] | None = None, form: str = "contract") -> int:
    with database.begin(SYSTEM) as tx:
        import_id = imports.upload(tx, form, path.name, path)
        if mapping is not None:
            imports.set_mapping(tx, import_id, mapping)
    return import_id


def check_and_run(database: Database, import_id: int, **options: Any) -> dict[str, Any]:
    with database.begin(SYSTEM) as tx:
        imports.check(tx, import_id)
        imports.start(tx, import_id, **options)
    return imports.run_now(database, import_id)


def state(tx: Tx) -> list[Any]:
    """Every row and version of the two forms."""
    return tx.rows(at(tx, "SELECT id, version, updated_at, deleted_at FROM data.customer ORDER BY id")) + tx.rows(
        at(tx, "SELECT id, version, updated_at, deleted_at, amount, status FROM data.contract ORDER BY id")
    )


def log_size(tx: Tx) -> tuple[int, ...]:
    names = ("changes.change", "changes.transaction", "changes.reaction")
    return tuple(tx.value(f"SELECT count(*) FROM {name}") for name in names)


def months_later(day: dt.date, months: int) -> dt.date:
    """Only for days that every month has."""
    at = day.year * 12 + day.month - 1 + months
    return day.replace(year=at // 12, month=at % 12 + 1)


def by_hand() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tenure, term = int(row["tenure"]), {"Month-to-month": 1, "One year": 12, "Two year": 24}[row["Contract"]]
            since = end = months_later(dt.date(2026, 11, 1), -tenure)
            while end <= dt.date(2026, 11, 1):
                end = months_later(end, term)
            found[row["customerID"] + "-1"] = {
                "code": row["customerID"], "since": since, "start_date": months_later(end, -term), "end_date": end,
                "amount": Decimal(row["MonthlyCharges"]), "renew_mode": "auto" if term == 1 else "manual",
                "status": "lost" if row["Churn"] == "Yes" else "pending",
                "churn_reason": "unknown" if row["Churn"] == "Yes" else None,
            }  # fmt: skip
    return found


def test_the_telecom_file_becomes_customers_and_contracts_once_and_can_be_undone(renewal: Database) -> None:
    import_id = upload(renewal, mapping=MAPPING)
    with renewal.begin(SYSTEM) as tx:
        before = log_size(tx)
        told = imports.check(tx, import_id)
        assert log_size(tx) == before
    assert (told["rows"], told["good"], told["bad"]) == (5295, 5295, 0)
    assert [(t["form"], t["created"], t["updated"], t["unchanged"]) for t in told["targets"]] == [
        ("customer", 5295, 0, 0),
        ("contract", 5295, 0, 0),
    ]
    assert Decimal(told["sums"]["amount"]) == Decimal("343304.25")

    result = check_and_run(renewal, import_id)
    assert [(t["form"], t["created"]) for t in result["targets"]] == [("customer", 5295), ("contract", 5295)]
    assert Decimal(result["sums"]["amount"]) == Decimal("343304.25")
    with renewal.begin(SYSTEM) as tx:
        by_us = (
            "SELECT k.number, c.code, c.since, k.start_date, k.end_date, k.amount, k.renew_mode, k.status,"
            " k.churn_reason FROM data.contract k JOIN data.customer c ON c.id = k.customer"
        )
        rows = tx.rows(at(tx, by_us))
        assert {row.pop("number"): row for row in rows} == by_hand()
        assert tx.value(at(tx, "SELECT sum(amount) FROM data.contract")) == Decimal("343304.25")
        counts = Counter(row["status"] for row in rows)
        assert (counts["lost"], counts["pending"]) == (1392, 3903)
        assert Counter(row["renew_mode"] for row in rows) == {"auto": 2930, "manual": 1107 + 1258}
        reason = tx.value("SELECT DISTINCT reason FROM changes.transaction WHERE reason ->> 'kind' = 'import'")
        assert reason == {"kind": "import", "import": import_id, "answer": "tasks", "file": FILE.name}
        assert tx.value(at(tx, "SELECT sum(open_contracts) FROM data.customer")) == 3903  # maintained columns are right
        known, size = state(tx), log_size(tx)

    again = check_and_run(renewal, upload(renewal, mapping=MAPPING))
    assert [(t["created"], t["updated"], t["unchanged"]) for t in again["targets"]] == [(0, 0, 5295), (0, 0, 5295)]
    with renewal.begin(SYSTEM) as tx:
        assert (state(tx), log_size(tx)) == (known, size)

    with renewal.begin(SYSTEM) as tx:
        undone = imports.undo(tx, import_id)
    assert undone["kept_count"] == 0
    assert {t["form"]: t["removed"] for t in undone["targets"]} == {"customer": 5295, "contract": 5295}
    with renewal.begin(SYSTEM) as tx:
        for form in ("customer", "contract"):
            assert tx.value(at(tx, f"SELECT count(*) FROM data.{form} WHERE deleted_at IS NULL")) == 0
