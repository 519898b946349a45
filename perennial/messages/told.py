"""Notices that what a person asked for is ready. They stand among the other notices."""

from perennial.kernel import Row, Tx


def tell(tx: Tx, person: int, what: str, subject: str) -> None:
    """`what`: export or pack; the subject is the file's name."""
    tx.run(
        "INSERT INTO messages.told (person_id, what, subject, at) VALUES (%(person)s, %(what)s, %(subject)s, %(now)s)",
        {"person": person, "what": what, "subject": subject},
    )


def told(tx: Tx, *, before: int | None, limit: int) -> list[Row]:
    """The acting person's, newest first."""
    return tx.rows(
        "SELECT id, what, subject, at AS decided_at, read_at FROM messages.told WHERE person_id = %(me)s"
        " AND (%(before)s::bigint IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )


def unread_told(tx: Tx) -> int:
    """How many of `told` are new."""
    return int(tx.value("SELECT count(*) FROM messages.told WHERE person_id = %(me)s AND read_at IS NULL"))


def read_told(tx: Tx, upto: int) -> int:
    return tx.run(
        "UPDATE messages.told SET read_at = %(now)s WHERE person_id = %(me)s AND read_at IS NULL AND id <= %(upto)s",
        {"upto": upto},
    )
