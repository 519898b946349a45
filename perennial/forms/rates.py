"""How long a rewriting operation holds a table: rows times what a row took here before, else times a guess.

A row's cost follows the number of indexes of its form and the machine; both are in what was measured.
"""

from perennial.forms.plan import Operation
from perennial.kernel import Tx

LEAST_ROWS = 1_000  # fewer say more about the statement than about a row
LAST = 3


def note(tx: Tx, operation: Operation, seconds: float) -> None:
    """The operation was done and took so long."""
    if operation.grade != "instant" and operation.ms and operation.rows >= LEAST_ROWS:
        tx.run(
            "INSERT INTO forms.rate (form, act, rows, seconds) VALUES (%(form)s, %(act)s, %(rows)s, %(seconds)s)",
            {"form": operation.form, "act": operation.act, "rows": operation.rows, "seconds": seconds},
        )


def expected_ms(tx: Tx, form: str, act: str, rows: int, guess_us: int) -> int:
    """From the last measured ones of this form and act; from the guess when there is none."""
    each = tx.value(
        "SELECT sum(seconds) * 1e6 / sum(rows) FROM (SELECT rows, seconds FROM forms.rate"
        " WHERE (form, act) = (%(form)s, %(act)s) ORDER BY id DESC LIMIT %(last)s) r",
        {"form": form, "act": act, "last": LAST},
    )
    return round(rows * float(guess_us if each is None else each) / 1000)
