"""What a person asked for is ready, or what colleagues did with their tasks: told in the list of notices."""

from perennial.kernel import Row, Tx


def tell(tx: Tx, person: int, what: str, subject: str, *, number: int | None = None) -> None:
    """`what`: export or pack, then the subject is the file's name; given, taken or urged by the actor, then it is what
    the first of `number` tasks asks for."""
    tx.run(
        "INSERT INTO messages.told (person_id, what, subject, at, by_id, number)"
        " VALUES (%(person)s, %(what)s, %(subject)s, %(now)s, %(me)s, %(number)s)",
        {"person": person, "what": what, "subject": subject, "number": number},
    )


def told(tx: Tx, *, before: int | None, limit: int) -> list[Row]:
    """The acting person's, newest first."""
    return tx.rows(
        "SELECT t.id, t.what, t.subject, t.at AS decided_at, t.read_at, p.name AS who, t.number FROM messages.told t"
        " LEFT JOIN people.person p ON p.id = t.by_id WHERE t.person_id = %(me)s"
        " AND (%(before)s::bigint IS NULL OR t.id < %(before)s) ORDER BY t.id DESC LIMIT %(limit)s",
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
