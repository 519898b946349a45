"""The hand-over to the reactor: every write once, to one worker."""

from sqlalchemy import text

from perennial import changes
from perennial.kernel import SYSTEM, Database
from tests.builders import at, form, install, run

DEAL = form("deal", "name: text", "amount: money")


def prepared(database: Database) -> int:
    with database.begin(SYSTEM) as tx:
        return install(tx, DEAL).id("deal")


def write(database: Database, *statements: str) -> None:
    with database.begin(SYSTEM) as tx:
        for statement in statements:
            run(tx, statement)


def test_claiming_takes_reactions_away_and_names_what_happened(database: Database) -> None:
    deal = prepared(database)
    write(database, "INSERT INTO data.deal (name) VALUES ('a'), ('b')", "UPDATE data.deal SET name = 'c', amount = 1")
    with database.begin(SYSTEM) as tx:
        claimed = changes.claim(tx)
        assert claimed is not None
        assert [(event.form_id, event.op, event.fields) for event in claimed.events] == [
            (deal, "I", frozenset()),
            (deal, "U", frozenset({"name", "amount"})),
        ]
        assert len(claimed.transactions) == 1
    with database.begin(SYSTEM) as tx:
        assert changes.claim(tx) is None


def test_a_rolled_back_claim_is_offered_again(database: Database) -> None:
    prepared(database)
    write(database, "INSERT INTO data.deal (name) VALUES ('a')")
    try:
        with database.begin(SYSTEM) as tx:
            assert changes.claim(tx) is not None
            raise KeyError
    except KeyError:
        pass
    with database.begin(SYSTEM) as tx:
        assert changes.claim(tx) is not None


def test_two_workers_never_share_a_transaction(database: Database) -> None:
    prepared(database)
    for name in "abcd":
        write(
            database, f"INSERT INTO data.deal (name) VALUES ('{name}')", f"UPDATE data.deal SET name = name || '{name}'"
        )
    with database.begin(SYSTEM) as one, database.begin(SYSTEM) as other:
        first, second = changes.claim(one, 3), changes.claim(other, 3)
        assert first is not None and second is not None
        assert len(first.transactions) == 3 and len(second.transactions) == 1
        assert not set(first.transactions) & set(second.transactions)
        assert {event.op for event in second.events} == {"I", "U"}


def test_a_worker_that_came_second_does_not_get_what_the_first_finished(database: Database) -> None:
    prepared(database)
    write(database, "INSERT INTO data.deal (name) VALUES ('a')", "UPDATE data.deal SET name = 'b'")
    with database.begin(SYSTEM) as one, database.begin(SYSTEM) as other:
        assert changes.claim(one) is not None
        assert changes.claim(other) is None


def test_a_reaction_that_keeps_failing_is_parked_and_is_no_longer_on_its_way(database: Database) -> None:
    prepared(database)
    write(database, "INSERT INTO data.deal (name) VALUES ('a')")
    with database.begin(SYSTEM) as tx:
        [transaction] = tx.rows("SELECT transaction_id AS id FROM changes.reaction")
        assert changes.unhandled_since(tx) == tx.now
    for _ in range(5):
        with database.begin(SYSTEM) as tx:
            changes.failed(tx, [transaction["id"]], "22012 division by zero")
    with database.begin(SYSTEM) as tx:
        assert changes.claim(tx) is None
        assert changes.unhandled_since(tx) is None


def test_claimed_changes_are_a_relation_with_the_state_before_the_first_of_them(database: Database) -> None:
    deal = prepared(database)
    write(database, "INSERT INTO data.deal (name, amount) VALUES ('a', 1), ('b', 2), ('c', 3)")
    with database.begin(SYSTEM) as tx:
        changes.claim(tx)
    write(database, "UPDATE data.deal SET amount = 5 WHERE id <= 2")
    write(
        database,
        "UPDATE data.deal SET amount = 6, name = 'z' WHERE id = 1",
        "UPDATE data.deal SET deleted_at = %(now)s WHERE id = 2",
        "INSERT INTO data.deal (name) VALUES ('d')",
    )
    with database.begin(SYSTEM) as tx:
        claimed = changes.claim(tx)
        assert claimed is not None
        net = changes.claimed_changes(deal).subquery("net")
        rows = tx.rows(net.select().order_by(text("record_id")), {"transactions": claimed.transactions})
        told = [
            (row["record_id"], sorted(row["fields"]), row["before"], row["created"], row["deleted"]) for row in rows
        ]
        assert told == [
            (1, ["amount", "name"], {"amount": 1.0, "name": "a"}, False, False),
            (2, ["amount", "deleted_at"], {"amount": 2.0, "deleted_at": None}, False, True),
            (4, [], {}, True, False),
        ]
        was = tx.rows(
            f"SELECT p.name, p.amount FROM {at(tx, 'data.deal')} d,"
            ' jsonb_populate_record(d, \'{"amount": 1, "name": "a"}\') p'
            " WHERE d.id = 1"
        )
        assert was == [{"name": "a", "amount": 1}]
