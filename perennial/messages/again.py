"""Once more, and for the first time to many: what a person decides about messages that wait or have left."""

from perennial.kernel import Conflict, Invalid, Row, Tx, statements
from perennial.messages.mailbox import read_message

_SQL = statements(__file__, "again.sql")
AGAIN = ("sent", "failed", "bounced", "expired", "cancelled", "uncertain")


def resend(tx: Tx, id_: int, *, sure: bool = False) -> int:
    """A row of its own that points to the old one, with the values of then; its number. Whether it may still leave is
    asked at the claim, as ever. Of an uncertain one only by who is `sure`: it may have arrived."""
    state = read_message(tx, id_)["state"]
    if state not in AGAIN:
        raise Conflict("messages.not_possible", state=state)
    if state == "uncertain" and not sure:
        raise Conflict("messages.may_have_arrived")
    made = tx.value(_SQL["resend"], {"id": id_, "sure": sure})
    if made is None:
        raise Conflict("messages.not_possible", state=state)
    return int(made)


def mass_sendings(tx: Tx) -> list[Row]:
    """Templates whose first large batch waits for somebody to look: template, label, recipients, held_at."""
    return tx.rows(_SQL["mass_sendings"])


def approve_template(tx: Tx, key: str) -> None:
    """From now on it goes to as many as it likes."""
    if not tx.run(_SQL["approve"], {"key": key, "by": tx.actor.id if tx.actor.kind == "person" else None}):
        raise Invalid("messages.no_template", path="template", template=key)
