"""The demo company's history is lived: nothing in it lacks the ledger or log row that made it."""

from decimal import Decimal

import pytest
from backtested import compared

from perennial import demo
from perennial.kernel import SYSTEM, Database

pytestmark = pytest.mark.usefixtures("home")  # what was sealed are files
DAYS = 24


def lived(database: Database, seed: int) -> Database:
    with database.begin(SYSTEM) as tx:  # an empty workspace of an ordinary kind
        tx.run("UPDATE kernel.workspace SET kind = 'real', clock_kind = 'real', clock_at = '-infinity'")
    demo.prepare(database, seed, lived_days=DAYS)
    return database


@pytest.fixture
def company(database: Database) -> Database:
    return lived(database, 1)


def test_everything_in_the_demo_was_lived_and_then_the_clock_is_real(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM data_read.customer") == 400
        assert tx.value("SELECT count(*) FROM data_read.contract") >= 285
        # every finished task of a node left it by a step of that day, every open one stands where its token waits
        assert tx.value("SELECT count(*) FROM tasks.task WHERE state = 'done'") > 20
        assert (
            tx.value(
                "SELECT count(*) FROM tasks.task t WHERE t.state = 'done' AND t.message_id IS NULL"
                " AND NOT EXISTS (SELECT FROM processes.step s"
                " WHERE s.token_id = t.token_id AND s.left_at::date = t.finished_at::date)"
                " AND NOT EXISTS (SELECT FROM processes.vote v WHERE v.id = t.vote_id AND v.decided_at = t.finished_at)"
                " AND NOT EXISTS (SELECT FROM rules.alert a JOIN rules.firing f ON f.rule_id = a.rule_id"
                "  WHERE a.id = t.alert_id AND f.record_id = t.record_id AND f.at = t.opened_at)"
            )
            == 0
        )
        # every message was decided by a step or by a rule that fired
        assert tx.value("SELECT count(*) FROM messages.outbox WHERE state IN ('sent', 'merged')") > 20
        assert (
            tx.value(
                "SELECT count(*) FROM messages.outbox WHERE decision NOT LIKE 'step:%%' AND NOT EXISTS (SELECT FROM"
                " rules.firing f WHERE f.id::text = split_part(decision, ':', 2) AND f.at = decided_at)"
            )
            == 0
        )
        # every renewed or lost contract has a change that made it so, within the lived days
        assert tx.value("SELECT count(*) FROM data_read.contract WHERE status IN ('renewed', 'lost')") > 3
        assert (
            tx.value(
                "SELECT count(*) FROM data_read.contract c WHERE c.status IN ('renewed', 'lost') AND NOT EXISTS ("
                " SELECT FROM changes.change h JOIN changes.transaction t ON t.id = h.transaction_id"
                "  WHERE h.record_id = c.id AND h.after ->> 'status' = c.status"
                "    AND t.at BETWEEN now() - interval '30 days' AND now())"
            )
            == 0
        )
        # the quote of HT-2026-0117 has gone through many hands and waits for finance, which is asked again
        assert tx.rows(
            "SELECT q.amount, q.discount, q.status FROM data_read.quote q"
            "  JOIN data_read.contract c ON c.id = q.contract WHERE c.number = 'HT-2026-0117'"
        ) == [{"amount": 195300, "discount": Decimal("0.18"), "status": "submitted"}]
        waiting = tx.rows(
            "SELECT v.why, p.name FROM processes.vote v JOIN people.person p ON p.id = v.person_id"
            "  JOIN processes.approval a ON a.id = v.approval_id JOIN data_read.quote q ON q.id = a.record_id"
            "  JOIN data_read.contract c ON c.id = q.contract"
            " WHERE v.state = 'asked' AND c.number = 'HT-2026-0117'"
        )
        assert waiting == [{"why": "changed", "name": "顾明哲"}]
        workspace = tx.one("SELECT kind, clock_kind FROM kernel.workspace")
        assert workspace == {"kind": "demo", "clock_kind": "real"}
        assert tx.value("SELECT released_at FROM messages.channel WHERE key = 'mail'") is None
    assert compared(company)["end_unconfirmed"] > 10  # backtest, engine, and Python over the log are of one mind
    demo.prepare(company, 1)  # a second start leaves it alone
    with company.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM data_read.customer") == 400


def test_another_seed_gives_another_company() -> None:
    import datetime as dt
    from random import Random

    from perennial.demo import world

    one, other = (world.make(Random(seed), dt.date(2025, 11, 21)) for seed in (1, 2))
    assert {row["name"] for row in one.customers} != {row["name"] for row in other.customers}
    assert world.make(Random(1), dt.date(2025, 11, 21)) == one
