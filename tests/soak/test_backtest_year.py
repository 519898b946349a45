"""Both shipped rules over a year of the demo company: the backtest, the engine's rows, Python over the log's rows."""

import os

import pytest
from backtested import compared

from perennial import demo
from perennial.kernel import SYSTEM, Database

SEED = int(os.environ.get("PERENNIAL_SOAK") or 2026)
DAYS = int(os.environ.get("PERENNIAL_DAYS") or 365)

pytestmark = pytest.mark.usefixtures("home")  # what was sealed are files


@pytest.mark.soak
def test_a_year_of_the_demo_backtested_is_the_year_that_was_lived(database: Database) -> None:
    with database.begin(SYSTEM) as tx:  # an empty workspace of an ordinary kind
        tx.run("UPDATE kernel.workspace SET kind = 'real', clock_kind = 'real', clock_at = '-infinity'")
    demo.prepare(database, SEED, lived_days=DAYS)
    found = compared(database)
    print(f"seed {SEED}, {DAYS} days: {found}")
    assert found["end_unconfirmed"] > DAYS / 2 and found["health_low"] > 0
