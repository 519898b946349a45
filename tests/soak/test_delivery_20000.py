"""Four deliverers, killed at random moments: no message is missing, rows exist once, and the other side sees a second
copy only of what was killed between its acceptance and our commit, with the same id, and listed as uncertain."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from builders import run
from message_world import AUDIENCE, REMINDER, decide, stand

from perennial import messages
from perennial.kernel import SYSTEM, Database
from tests.soak.company import Laborer

MESSAGES = int(os.environ.get("PERENNIAL_SOAK", "20000"))
WORKERS, KILLS, SEED = 4, 60, 2026


def found(database: Database, customers: int) -> None:
    """So many customers with a contact and a contract each: a mail and an SMS for each are decided and released."""
    stand(database)
    with database.begin(SYSTEM) as tx:
        messages.publish_audience(tx, messages.Audience.load(AUDIENCE))
        messages.publish_template(tx, messages.Template.load(REMINDER))
        many = {"count": customers}
        run(
            tx,
            "INSERT INTO data.customer (name, code)"
            " SELECT '客户' || n, 'K' || n FROM generate_series(2, %(count)s + 1) n",
            many,
        )
        run(
            tx,
            "INSERT INTO data.contact (customer, name, role, mail, phone)"
            " SELECT n, '人' || n, 'primary', n || '@example.com', (13800000000 + n)::text"
            " FROM generate_series(2, %(count)s + 1) n",
            many,
        )
        run(
            tx,
            "INSERT INTO data.contract (customer, number, start_date, end_date)"
            " SELECT n, 'S' || n, '2026-01-06', '2027-01-05' FROM generate_series(2, %(count)s + 1) n",
            many,
        )
        records = [
            row["id"] for row in tx.rows("SELECT id FROM data_read.contract WHERE number LIKE 'S%%' ORDER BY id")
        ]
        for at in range(0, len(records), 2000):
            decide(tx, *records[at : at + 2000], channels=["mail", "sms"])
        messages.release(tx, "mail")
        messages.release(tx, "sms")


@pytest.mark.soak
def test_no_message_is_missing_and_only_what_was_killed_unanswered_comes_twice(
    database: Database, tmp_path: Path
) -> None:
    found(database, MESSAGES // 2)
    sink = tmp_path / "sink"
    sink.touch()
    order = {"url": database.url, "sink": str(sink)}
    pids: dict[int, int] = {}
    codes: list[int] = []

    def labor(number: int) -> None:
        laborer = Laborer("deliverer.py")
        try:
            code = -9
            while code == -9:  # killed: its work is taken up by another
                pids[number] = laborer.begin(order)
                code = laborer.end()
                codes.append(code)
        finally:
            pids.pop(number, None)
            laborer.close()

    workers = [threading.Thread(target=labor, args=(number,)) for number in range(WORKERS)]
    for worker in workers:
        worker.start()
    chance, kills = random.Random(SEED), 0
    while kills < KILLS and any(worker.is_alive() for worker in workers):
        time.sleep(chance.uniform(0.2, 1.5))
        alive = list(pids.values())
        if alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(alive), signal.SIGKILL)
                kills += 1
    for worker in workers:
        worker.join()
    assert set(codes) <= {0, -9}

    copies = Counter(sink.read_text().split("\n")[:-1])
    with database.begin(SYSTEM) as tx:
        rows = tx.rows(
            "SELECT o.channel, o.wire_id, o.state, count(*) FILTER (WHERE a.outcome = 'uncertain') AS uncertain"
            " FROM messages.outbox o JOIN messages.attempt a ON a.outbox_id = o.id GROUP BY o.id"
        )
        decided = tx.value("SELECT count(*) FROM messages.outbox WHERE falls_from IS NULL")
        fallen = tx.value("SELECT count(*) FROM messages.outbox WHERE falls_from IS NOT NULL")
    assert decided == MESSAGES // 2 * 2
    assert len(rows) == decided + fallen
    twice = 0
    for row in rows:
        seen = copies.pop(f"{row['channel']} {row['wire_id']}", 0)
        if row["state"] == "sent":
            assert seen >= 1, row
        else:
            assert row["state"] == "uncertain", row
        assert seen <= 1 + row["uncertain"], row
        if row["channel"] == "sms":
            assert seen <= 1, row
        twice += seen > 1
    assert not copies, "what was accepted is known to us"
    uncertain = sum(1 for row in rows if row["uncertain"])
    print(f"\n{decided} messages, {kills} kills, {uncertain} uncertain attempts' messages, {twice} came twice")
    assert kills >= (10 if MESSAGES >= 1000 else 1), "too few kills to say anything"
    assert uncertain >= 1 or MESSAGES < 1000
