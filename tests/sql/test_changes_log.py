"""What a write leaves behind, and what it does not."""

from typing import Any

import psycopg
import pytest

from perennial import changes
from perennial.forms import Catalog
from perennial.kernel import SYSTEM, Actor, Database, Reason, Tx
from tests.builders import field, form, install, run

DEAL = form(
    "deal",
    "name: text",
    "amount: money",
    "due: date",
    "tags: multi_select",
    field("parent: relation", to="deal", reverse="parts"),
    field("total: formula", formula="SUMIF(parts, TRUE, amount)", stored=True),
    field("score: formula", formula="amount * 2", tracked=True),
)


def prepared(database: Database) -> Catalog:
    with database.begin(SYSTEM) as tx:
        return install(tx, DEAL)


def log(tx: Tx) -> list[dict[str, Any]]:
    return tx.rows(
        "SELECT c.op::text AS op, c.record_id, c.fields, c.before, c.after FROM changes.change c ORDER BY c.id"
    )


def test_an_insert_logs_identity_only(database: Database) -> None:
    prepared(database)
    with database.begin(Actor("person", 7, "李"), Reason("import", {"file": "a.xlsx"})) as tx:
        run(tx, "INSERT INTO data.deal (name, amount) SELECT 'x' || n, n FROM generate_series(1, 3) n")
        assert [row["op"] for row in log(tx)] == ["I", "I", "I"]
        assert all(row["fields"] is None and row["before"] is None and row["after"] is None for row in log(tx))
        assert tx.rows("SELECT op::text, fields FROM changes.reaction") == [{"op": "I", "fields": None}]
        written = tx.one("SELECT actor, reason, at, day FROM changes.transaction")
        assert written == {
            "actor": {"kind": "person", "id": 7, "label": "李"},
            "reason": {"kind": "import", "file": "a.xlsx"},
            "at": tx.now,
            "day": tx.today,
        }


def test_an_update_logs_changed_fields_before_and_after(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.deal (name, amount, due) VALUES ('a', 10, '2026-12-01'), ('b', 20, NULL)")
    with database.begin(SYSTEM) as tx:
        run(tx, "UPDATE data.deal SET amount = 20, due = '2026-12-01', version = version + 1")
        [first, second] = log(tx)[2:]
        assert (first["op"], first["fields"]) == ("U", ["amount"])
        assert (first["before"], first["after"]) == ({"amount": 10, "version": 1}, {"amount": 20})
        assert (second["fields"], second["before"]) == (["due"], {"due": None, "version": 1})
        assert second["after"] == {"due": "2026-12-01"}
        reaction = tx.rows("SELECT op::text, fields FROM changes.reaction WHERE op = 'U'")
        assert reaction == [{"op": "U", "fields": ["amount", "due"]}]


def test_an_update_that_changes_nothing_leaves_nothing(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.deal (name, amount) VALUES ('a', 10)")
    with database.begin(SYSTEM) as tx:
        counts = "SELECT (SELECT count(*) FROM changes.transaction) t, (SELECT count(*) FROM changes.reaction) r"
        before = tx.one(counts)
        run(tx, "UPDATE data.deal SET amount = 10.00, name = 'a'")
        run(tx, "UPDATE data.deal SET amount = 11 WHERE false")
        run(tx, "DELETE FROM data.deal WHERE false")
        run(tx, "INSERT INTO data.deal (name) SELECT 'x' WHERE false")
        assert tx.one(counts) == before and len(log(tx)) == 1


def test_the_bin_and_the_way_back_read_as_such(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.deal (name) VALUES ('a')")
        run(tx, "UPDATE data.deal SET deleted_at = %(now)s")
        run(tx, "UPDATE data.deal SET deleted_at = NULL, name = 'b'")
        ops = [(row["op"], row["fields"]) for row in log(tx)]
        assert ops == [("I", None), ("D", ["deleted_at"]), ("R", ["name", "deleted_at"])]


def test_a_removed_row_is_kept_whole(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.deal (name, amount, tags) VALUES ('a', 12.5, '{x,y}')")
        run(tx, "DELETE FROM data.deal")
        last = log(tx)[-1]
        assert last["op"] == "X"
        kept = {key: last["before"][key] for key in ("name", "amount", "tags", "due", "version", "id")}
        assert kept == {"name": "a", "amount": 12.5, "tags": ["x", "y"], "due": None, "version": 1, "id": 1}


def test_a_maintained_column_is_named_and_a_tracked_one_logged_with_its_values(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.deal (name) VALUES ('a')")
        run(tx, "UPDATE data.deal SET total = 5, score = 6")
        last = log(tx)[-1]
        assert last["fields"] == ["total", "score"]
        assert (last["before"], last["after"]) == ({"score": None}, {"score": 6})


def test_a_write_that_nobody_stands_behind_is_refused(database: Database) -> None:
    name = prepared(database).table("deal").name
    insert = f"INSERT INTO data.{name} (name, created_at, updated_at) VALUES ('a', now(), now())"
    with database.connection() as bare, pytest.raises(psycopg.errors.InsufficientPrivilege, match="without an actor"):
        bare.execute(insert)


def test_a_form_is_never_truncated(database: Database) -> None:
    prepared(database)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="truncated"), database.begin(SYSTEM) as tx:
        run(tx, "TRUNCATE data.deal")


def test_another_reason_inside_is_another_transaction_of_the_log(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM, Reason("user")) as tx:
        run(tx, "INSERT INTO data.deal (name) VALUES ('a')")
        with tx.because(Reason("process", {"node": "renew"})):
            run(tx, "INSERT INTO data.deal (name) VALUES ('b')")
        run(tx, "INSERT INTO data.deal (name) VALUES ('c')")
        rows = tx.rows(
            "SELECT t.reason->>'kind' AS kind, count(*) AS n FROM changes.change c"
            " JOIN changes.transaction t ON t.id = c.transaction_id GROUP BY t.id ORDER BY t.id"
        )
        assert rows == [{"kind": "user", "n": 2}, {"kind": "process", "n": 1}]


def test_an_upsert_logs_what_it_did_to_each_row(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.deal (id, name) VALUES (1, 'a')")
        run(
            tx,
            "INSERT INTO data.deal (id, name) VALUES (1, 'b'), (2, 'c')"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        )
        assert sorted((row["op"], row["record_id"]) for row in log(tx)) == [("I", 1), ("I", 2), ("U", 1)]


def test_history_reads_newest_first_without_what_was_only_recomputed(database: Database) -> None:
    catalog = prepared(database)
    with database.begin(Actor("person", 7, "李")) as tx:
        run(tx, "INSERT INTO data.deal (name, amount) VALUES ('a', 1)")
        run(tx, "UPDATE data.deal SET total = 5")
        run(tx, "UPDATE data.deal SET amount = 2")
        found = changes.history(tx, catalog.id("deal"), 1)
        assert [(row["op"], row["fields"], row["actor"]["label"]) for row in found] == [
            ("U", ["amount"], "李"),
            ("I", None, "李"),
        ]


def test_a_bulk_update_after_single_ones_in_the_same_session_stays_fast(database: Database) -> None:
    prepared(database)
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.deal (name, amount) SELECT 'x', 1 FROM generate_series(1, 30000)")
        run(tx, "UPDATE data.deal SET amount = 2 WHERE id = 1")
        run(tx, "SET LOCAL statement_timeout = '15s'")  # compared pair by pair it takes minutes
        assert run(tx, "UPDATE data.deal SET amount = 3") == 30000
