"""Sealed means: nobody alters it unseen, and nothing committed is left out."""

import datetime as dt
from pathlib import Path

import pytest

from perennial import changes
from perennial.kernel import SYSTEM, Database
from tests.builders import form, install, run


def prepared(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "name: text", "amount: money"))


def write(database: Database, statement: str) -> None:
    with database.begin(SYSTEM) as tx:
        run(tx, statement)


def set_clock(database: Database, moment: str) -> None:
    write(database, f"UPDATE kernel.workspace SET clock_at = '{moment}+08'")


def test_every_committed_transaction_is_sealed_once(database: Database) -> None:
    prepared(database)
    write(database, "INSERT INTO data.deal (name) VALUES ('a')")
    assert changes.seal(database) == 1
    assert changes.seal(database) == 0
    write(database, "UPDATE data.deal SET name = 'b'")
    assert changes.seal(database) == 1
    with database.begin(SYSTEM) as tx:
        assert [row["batch"] for row in tx.rows("SELECT batch FROM changes.transaction ORDER BY id")] == [1, 2]
        assert changes.verify(tx) is None


def test_a_transaction_that_commits_later_than_a_younger_one_is_not_skipped(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as slow:
        run(slow, "INSERT INTO data.deal (name) VALUES ('slow')")
        write(database, "INSERT INTO data.deal (name) VALUES ('fast')")
        assert changes.seal(database) == 1
    assert changes.seal(database) == 1
    with database.begin(SYSTEM) as tx:
        batches = [row["batch"] for row in tx.rows("SELECT batch FROM changes.transaction ORDER BY id")]
        assert batches == [2, 1]
        assert changes.verify(tx) is None


def test_a_batch_ends_with_the_workspace_day(database: Database) -> None:
    prepared(database)
    write(database, "INSERT INTO data.deal (name) VALUES ('a')")
    set_clock(database, "2026-11-22 00:30")
    write(database, "INSERT INTO data.deal (name) VALUES ('b')")
    assert changes.seal(database) == 2
    with database.begin(SYSTEM) as tx:
        rows = tx.rows("SELECT day::text, sealed_at FROM changes.batch ORDER BY number")
        zone = dt.timezone(dt.timedelta(hours=8))
        assert [(row["day"], row["sealed_at"].astimezone(zone).isoformat()) for row in rows] == [
            ("2026-11-21", "2026-11-22T00:00:00+08:00"),
            ("2026-11-22", "2026-11-22T00:30:00+08:00"),
        ]
        assert changes.batch_at(tx, dt.date(2026, 11, 21)) == 1
        assert changes.batch_at(tx, dt.datetime(2026, 11, 22, 0, 30, tzinfo=zone)) == 2
        assert changes.batch_at(tx, dt.date(2026, 11, 20)) == 0


TAMPERING = {
    "a value": ("UPDATE changes.change SET after = '{\"name\": \"z\"}' WHERE op = 'U'", ("change", "changed", 2)),
    "an actor": ("UPDATE changes.transaction SET actor = '{}' WHERE id = 1", ("transaction", "changed", 1)),
    "a removed row": ("DELETE FROM changes.change WHERE op = 'I'", ("change", "missing", 1)),
    "an added row": (
        "INSERT INTO changes.change (transaction_id, form_id, record_id, op) VALUES (2, 1, 1, 'D')",
        ("change", "added", 2),
    ),
    "a moved transaction": ("UPDATE changes.transaction SET batch = 1 WHERE id = 2", ("transaction", "changed", 2)),
    "a digest": (
        "UPDATE changes.batch SET change_digests = sha256('') WHERE number = 2",
        ("batch", "chain", 2),
    ),
    "a removed batch": ("DELETE FROM changes.batch WHERE number = 1", ("transaction", "added", 1)),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_verify_names_the_first_bad_batch_and_row(database: Database, what: str) -> None:
    prepared(database)
    write(database, "INSERT INTO data.deal (name) VALUES ('a')")
    changes.seal(database)
    write(database, "UPDATE data.deal SET name = 'b'")
    changes.seal(database)
    statement, (where, how, batch) = TAMPERING[what]
    write(database, statement)
    with database.begin(SYSTEM) as tx:
        bad = changes.verify(tx)
        assert bad is not None
        assert (bad.what, bad.how, bad.batch) == (where, how, batch)


def test_a_chain_cut_off_or_rewritten_as_a_whole_is_seen_outside(database: Database, tmp_path: Path) -> None:
    prepared(database)
    head = tmp_path / "head.json"
    write(database, "INSERT INTO data.deal (name) VALUES ('a')")
    changes.seal(database, head)
    write(database, "UPDATE data.deal SET name = 'b'")
    changes.seal(database, head)
    with database.begin(SYSTEM) as tx:
        assert changes.verify(tx, head) is None
        run(tx, "DELETE FROM changes.batch WHERE number = 2")
        run(tx, "DELETE FROM changes.change WHERE transaction_id = 2")
        run(tx, "DELETE FROM changes.transaction WHERE id = 2")
        assert changes.verify(tx) is None
        assert changes.verify(tx, head) == changes.Bad(2, "head", None, "behind")
