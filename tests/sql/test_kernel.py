import datetime as dt

from perennial.kernel import Tx


def test_a_transaction_knows_its_moment_in_the_workspace_zone(tx: Tx) -> None:
    assert tx.today == dt.date(2026, 11, 21)
    assert tx.now.isoformat() == "2026-11-21T09:00:00+08:00"
    assert tx.value("SELECT kernel.today()") == tx.today
    assert tx.value("SELECT %(today)s::date") == tx.today
