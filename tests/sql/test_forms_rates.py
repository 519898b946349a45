"""What a plan says about its time was measured here, once something was."""

from dataclasses import replace

from builders import at, field, form, install

from perennial import forms
from perennial.forms.plan import Operation
from perennial.kernel import Tx


def planned(tx: Tx, was: forms.Form) -> Operation:
    """The conversion of a text to a number."""
    return forms.propose(tx, [replace(was, fields=(replace(was.fields[0], kind="number"),))]).operations[0]


def test_a_plan_tells_the_time_that_a_row_took_in_this_form(tx: Tx) -> None:
    was = form("thing", field("size: text"))
    install(tx, was, form("other", field("size: text")))
    tx.run(f"INSERT INTO {at(tx, 'data.thing')} (size) SELECT n::text FROM generate_series(1, 2000) n")
    assert planned(tx, was).ms == 100  # 2,000 rows at the guess of 50 us
    for seconds in (99, 1, 2, 3):  # the last three count: 6 s for 3,000 rows
        tx.run(
            "INSERT INTO forms.rate (form, act, rows, seconds) VALUES ('thing', 'convert_field', 1000, %(s)s)",
            {"s": seconds},
        )
    tx.run("INSERT INTO forms.rate (form, act, rows, seconds) VALUES ('other', 'convert_field', 1000, 50)")
    assert planned(tx, was).ms == 4000
    forms.apply(tx, forms.propose(tx, [replace(was, fields=(replace(was.fields[0], kind="number"),))]))
    last = tx.one("SELECT form, act, rows, seconds FROM forms.rate ORDER BY id DESC LIMIT 1")
    assert last is not None
    assert (last["form"], last["act"], last["rows"]) == ("thing", "convert_field", 2000)
    assert 0 < last["seconds"] < 60
