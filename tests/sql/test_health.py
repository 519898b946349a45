"""The health score of the shipped app, by hand."""

import json

from builders import install_renewal

from perennial import records
from perennial.kernel import Tx


def test_a_customer_of_whom_nothing_is_known_is_neither_praised_nor_blamed(tx: Tx) -> None:
    install_renewal(tx)
    shown = json.loads(records.read(tx, "customer", records.create(tx, "customer", {"name": "厦门屿岸"})))["values"]
    assert (shown["usage_score"], shown["satisfaction_score"]) == ("70", "70")  # unknown, so in the middle
    # 0.35 x 70 + 0.2 x 100 + 0.15 x 70 + 0.15 x 40 + 0.15 x 100
    assert shown["health_score"] == "76"
