"""What a person asked for is ready, what colleagues did with their tasks, what became of an alert: told in the list of
notices."""

from collections.abc import Sequence

import sqlalchemy as sa

from perennial import access
from perennial.kernel import Row, Tx


def tell(tx: Tx, person: int, what: str, subject: str, *, number: int | None = None) -> None:
    """`what`: export or pack, then the subject is the file's name; given, taken or urged by the actor, then it is what
    the first of `number` tasks asks for."""
    tx.run(
        "INSERT INTO messages.told (person_id, what, subject, at, by_id, number)"
        " VALUES (%(person)s, %(what)s, %(subject)s, %(now)s, %(me)s, %(number)s)",
        {"person": person, "what": what, "subject": subject, "number": number},
    )


def tell_about(tx: Tx, what: str, about: Sequence[tuple[int, str, str, int]]) -> None:
    """Each of these (person, subject, form, record) is a notice that leads to the record. `what`: escalated, then
    the subject is what the rule is called."""
    persons, subjects, forms, records = zip(*about, strict=True) if about else ((), (), (), ())
    tx.run(
        "INSERT INTO messages.told (person_id, what, subject, at, number, form, record_id)"
        " SELECT x.person, %(what)s, x.subject, %(now)s, 1, x.form, x.record"
        "  FROM unnest(%(persons)s::bigint[], %(subjects)s::text[], %(forms)s::text[], %(records)s::bigint[])"
        "       AS x (person, subject, form, record)",
        {"what": what, "persons": list(persons), "subjects": list(subjects), "forms": list(forms),
         "records": list(records)},
    )  # fmt: skip


def told(tx: Tx, *, before: int | None, limit: int) -> list[Row]:
    """The acting person's, newest first; `title`: of the record that it leads to, as they may read it."""
    rows = tx.rows(
        "SELECT t.id, t.what, t.subject, t.at AS decided_at, t.read_at, p.name AS who, t.number,"
        " coalesce(t.form, '') AS form, coalesce(t.record_id, 0) AS record_id FROM messages.told t"
        " LEFT JOIN people.person p ON p.id = t.by_id WHERE t.person_id = %(me)s"
        " AND (%(before)s::bigint IS NULL OR t.id < %(before)s) ORDER BY t.id DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )
    titles = {form: _titles(tx, form, rows) for form in {row["form"] for row in rows} - {""}}
    return [{**row, "title": titles.get(row["form"], {}).get(row["record_id"])} for row in rows]


def _titles(tx: Tx, form: str, of: Sequence[Row]) -> dict[int, str | None]:
    if not access.may(tx, "read", form):
        return {}
    rows = access.readable(tx, form)
    where, title, id_ = rows.where, rows.label(), rows.source.table.c["id"]
    ids = sa.bindparam("ids", [row["record_id"] for row in of if row["form"] == form], sa.ARRAY(sa.BigInteger))
    named = sa.select(id_.label("id"), title.label("title")).select_from(rows.from_).where(where, id_ == sa.any_(ids))
    return {row["id"]: row["title"] for row in tx.rows(named)}


def unread_told(tx: Tx) -> int:
    """How many of `told` are new."""
    return int(tx.value("SELECT count(*) FROM messages.told WHERE person_id = %(me)s AND read_at IS NULL"))


def read_told(tx: Tx, upto: int) -> int:
    return tx.run(
        "UPDATE messages.told SET read_at = %(now)s WHERE person_id = %(me)s AND read_at IS NULL AND id <= %(upto)s",
        {"upto": upto},
    )
