"""Both shipped rules over a company's days: the backtest, the engine's own rows, and Python over the log's rows."""

import datetime as dt
from pathlib import Path
from typing import Any

import yaml
from reference import backtest as reference

import perennial
from perennial import rules
from perennial.kernel import SYSTEM, Database, Row, Tx

HORIZON = 180
_CHANGES = (
    "SELECT c.id, c.transaction_id, c.record_id, c.op::text AS op, c.before, t.at FROM changes.change c"
    " JOIN changes.transaction t ON t.id = c.transaction_id JOIN forms.form f ON f.id = c.form_id"
    " WHERE f.key = %(form)s"
)


def tree(key: str) -> dict[str, Any]:
    path = Path(perennial.__file__).parent / "bundled" / "renewal" / "rules" / f"{key}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def compared(database: Database) -> dict[str, int]:
    """How many firings of each rule were the same three times; figures were those that Python counts."""
    with database.begin(SYSTEM) as tx:
        since = tx.value("SELECT min(published_at) FROM rules.rule").astimezone(tx.zone)
        until: dt.datetime = tx.now
        first, last = since.date() + dt.timedelta(days=1), until.date() - dt.timedelta(days=1)
        expected = {"end_unconfirmed": _reminders(tx, since, until), "health_low": _low(tx, since, until)}
        lost = _lost(tx, "c.id"), _lost(tx, "c.customer")
    found: dict[str, int] = {}
    for key, told in expected.items():
        with database.begin(SYSTEM) as tx:
            assert _rows(rules.backtest.played(tx, rules.load(tree(key)), since, until)) == sorted(told), key
        with database.begin(SYSTEM) as tx:
            engine = tx.rows(
                "SELECT f.record_id, f.at, f.step, f.outcome, f.reason FROM rules.firing f JOIN rules.rule r"
                " ON r.id = f.rule_id WHERE r.key = %(key)s", {"key": key},
            )  # fmt: skip
            assert _rows(engine) == sorted(told), key
            asked = rules.backtest.ask(tx, [tree(key)], since=first, until=last, horizon_days=HORIZON)
        rules.backtest.run(database, asked)
        with database.begin(SYSTEM) as tx:
            run = rules.backtest.one(tx, asked)
            figures = rules.backtest_figures.figures(tx, run, 0)
            weeks = {n: row["fired"] for n, row in enumerate(rules.backtest_figures.weeks(tx, run, 0)) if row["fired"]}
        within = [one for one in told if first <= one[1].date() <= last]
        if key == "health_low":  # the first Monday of a backtest finds what is low already
            with database.begin(SYSTEM) as tx:
                start = dt.datetime.combine(first, dt.time(), since.tzinfo)
                within = [one for one in _low(tx, start, until) if one[1].date() <= last]
        wanted = reference.figures(within, lost[key == "health_low"], first, last, HORIZON)
        assert {**{name: figures[name] for name in wanted if name != "weeks"}, "weeks": weeks} == wanted, key
        found[key] = sum(one[3] == "fired" for one in told)
    return found


def _rows(rows: list[Row]) -> list[reference.Firing]:
    """Late is fired, too: what a clock that moves by days decides."""
    return sorted(
        (row["record_id"], row["at"], row["step"], row["reason"] or "fired") for row in rows if row["outcome"] != "gap"
    )


def _reminders(tx: Tx, since: dt.datetime, until: dt.datetime) -> list[reference.Firing]:
    zone = tx.zone
    now = tx.rows("SELECT id, status, renew_mode, intent, amount, end_date, start_date FROM data_read.contract")
    changes = [{**row, "at": row["at"].astimezone(zone)} for row in tx.rows(_CHANGES, {"form": "contract"})]
    assert tx.value(f"SELECT count(*) FROM ({_CHANGES}) x WHERE op <> 'I'", {"form": "payment"}) == 0
    paid: dict[int, list[tuple[dt.datetime, float]]] = {}
    for row in tx.rows(
        f"SELECT p.contract, x.at, p.amount FROM data_read.payment p JOIN ({_CHANGES}) x ON x.record_id = p.id"
        " WHERE p.purpose = 'renewal'", {"form": "payment"},
    ):  # fmt: skip
        paid.setdefault(row["contract"], []).append((row["at"], float(row["amount"])))
    return reference.reminders(reference.states(now, changes, since - dt.timedelta(days=999)), paid, since, until)


def _low(tx: Tx, since: dt.datetime, until: dt.datetime) -> list[reference.Firing]:
    readings: dict[int, dict[dt.date, float]] = {}
    for row in tx.rows(
        "SELECT record_id, day, number FROM forms.reading WHERE period = 'week' AND field = 'health_score'"
    ):
        readings.setdefault(row["record_id"], {})[row["day"]] = float(row["number"])
    return reference.low_twice(readings, since, until)


def _lost(tx: Tx, by: str) -> dict[int, list[dt.date]]:
    rows = tx.rows(f"SELECT {by} AS record, c.lost_on FROM data_read.contract c WHERE c.status = 'lost'")
    found: dict[int, list[dt.date]] = {}
    for row in rows:
        found.setdefault(row["record"], []).append(row["lost_on"])
    return found
