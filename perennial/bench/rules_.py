"""Twenty rules look at every contract at their moment, against the same conditions written by hand: who matches, a
firing and an alert for each, into the same tables.

Besides: what a save costs with two hundred rules over changes beside one with none, in pairs, and how soon after a
single save they have reacted: `reacted_s` when all two hundred fire, each with an alert, a task and a notice
(`first_s`: the first time after they were published), `cleared_s` when all of them hold no more, `heard_s` when none
fires.
"""

import datetime as dt
import statistics
from typing import Any

import psycopg

from perennial import messages, processes, records, rules
from perennial.bench.scratch import PEOPLE, Scratch, best_of, timed
from perennial.kernel import SYSTEM, Reason, start_manual_clock

RULES, WATCHING, PAIRS, REACTIONS = 20, 200, 300, 5
HIGH = 10**9


def run(place: Scratch, rows: int) -> dict[str, Any]:
    raw = place.raw("rules.sql")
    part = rows // 50
    _fill(place, raw, rows, part)
    day = place.sql("SELECT clock_at FROM kernel.workspace")[0][0].astimezone(_ZONE).date()
    written: list[tuple[int, int, str]] = []

    def side(act: Any) -> float:
        nonlocal day
        if len(written) % 2 == 0:
            day += dt.timedelta(days=1)  # a round
        moment = dt.datetime.combine(day, dt.time(9), _ZONE)
        place.sql("UPDATE kernel.workspace SET clock_at = %s", [moment])
        place.sql(raw["empty"])
        seconds = timed(lambda: act(moment))
        written.append(place.sql(raw["written"])[0])
        return seconds

    taken = best_of({
        "ours": lambda: side(lambda _: rules.due(place.database)),
        "raw": lambda: side(lambda moment: _by_hand(place, raw, part, moment)),
    })  # fmt: skip
    for ours, theirs in zip(written[::2], written[1::2], strict=True):
        assert ours == theirs and ours[:2] == (RULES * part, RULES * part), (ours, theirs)
    place.say(f"each side and round: {RULES * part} matching, firings and alerts")
    place.say(raw["rule"])
    given = {
        "rule": 0,
        "version": 0,
        "from": 0,
        "to": part,
        "occasion": "",
        "now": dt.datetime.combine(day, dt.time(9)),
    }
    for (line,) in place.sql(f"EXPLAIN (COSTS OFF) {raw['rule']}", given):
        place.say(f"  {line}")
    ours, by_hand = min(taken["ours"]), min(taken["raw"])
    return {
        "ours_s": ours, "raw_s": by_hand, "ratio": ours / by_hand, "first_ours_s": taken["ours"][0],
        **_saves(place, rows),
    }  # fmt: skip


_ZONE = dt.timezone(dt.timedelta(hours=8))


def _fill(place: Scratch, raw: dict[str, str], rows: int, part: int) -> None:
    """Contracts, and twenty rules of which each finds a fiftieth of them."""
    with place.database.begin(SYSTEM) as tx:
        start_manual_clock(tx, "test", dt.datetime.combine(tx.today, dt.time(12), tx.zone))
        rules.remove(tx, [rule.key for rule in rules.current(tx)])  # the shipped ones
    place.say(f"filling {rows} contracts")
    with place.database.begin(SYSTEM, Reason("setup")) as tx:
        tx.run(raw["persons"], {"people": PEOPLE})
        tx.run(raw["customers"], {"customers": max(1, rows // 10)})
        tx.run(raw["contracts"], {"rows": rows, "customers": max(1, rows // 10), "people": PEOPLE})
    place.sql("DELETE FROM changes.reaction")
    with place.database.begin(SYSTEM, Reason("publish")) as tx:
        for at in range(RULES):
            rules.publish(tx, rules.load({
                "rule": f"r{at:02}", "label": f"r{at}", "form": "contract", "when": {"kind": "daily", "at": "09:00"},
                "condition": f'AND(status = "pending", amount > {at * part}, amount <= {(at + 1) * part})',
            }))  # fmt: skip
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _by_hand(place: Scratch, raw: dict[str, str], part: int, now: dt.datetime) -> None:
    with psycopg.connect(place.url) as connection:
        known = connection.execute("SELECT id, version_id FROM rules.rule WHERE version_id IS NOT NULL ORDER BY key")
        for at, (rule, version) in enumerate(known.fetchall()):
            given = {"rule": rule, "version": version, "from": at * part, "to": (at + 1) * part,
                     "occasion": f"period:{now.date()}", "now": now}  # fmt: skip
            connection.execute(raw["rule"].encode(), given)


def _saves(place: Scratch, rows: int) -> dict[str, Any]:
    """Pairs of a save without and one with rules over what it changes; the time until they have reacted to one."""
    with place.database.begin(SYSTEM, Reason("publish")) as tx:
        rules.remove(tx, [f"r{at:02}" for at in range(RULES)])
        messages.publish_template(
            tx, messages.Template("bench", "bench", "contract", "{{number}}", "{{amount}}", channels=("in_app",))
        )
        for at in range(WATCHING):
            rules.publish(tx, rules.load({
                "rule": f"w{at}", "label": f"w{at}", "form": "contract", "when": {"kind": "changed"},
                "condition": f"AND(amount > {HIGH + at}, NOT(ISBLANK(end_date)))",
                "actions": [{"kind": "task", "label": f"w{at}"}, {"kind": "notify", "template": "bench"}],
            }))  # fmt: skip
    place.sql(place.raw("rules.sql")["empty"])
    processes.react(place.database)
    ratios = [_pair(place, 1 + at % (rows - 1), many_first=at % 2 == 0) for at in range(PAIRS)]
    place.sql("UPDATE rules.rule SET paused_at = NULL")
    processes.react(place.database)
    first = _reacted(place, 1, 3 * HIGH)
    cleared = [_reacted(place, 1, 1)]
    reacted: list[float] = []
    heard: list[float] = []
    for at in range(REACTIONS):
        reacted.append(_reacted(place, 2, 3 * HIGH))
        heard.append(_reacted(place, 2, 3 * HIGH + 1 + at))
        cleared.append(_reacted(place, 2, 1))
    counts = place.sql(
        "SELECT (SELECT count(*) FROM rules.firing), (SELECT count(*) FROM rules.alert WHERE state = 'resolved'),"
        " (SELECT count(*) FROM tasks.task WHERE alert_id IS NOT NULL AND state = 'closed'),"
        " (SELECT count(*) FROM messages.outbox WHERE template = 'bench')"
    )
    assert set(counts[0]) == {WATCHING * (REACTIONS + 1)}, counts
    spread = sorted(ratios)
    beside = round(0.98 * PAIRS**0.5)  # of the median, at 95 percent
    return {
        "save_ratio": statistics.median(ratios),
        "save_ratio_95": [spread[PAIRS // 2 - beside], spread[PAIRS // 2 + beside]],
        "first_s": first, "reacted_s": statistics.median(reacted), "reacted_most_s": max(reacted),
        "cleared_s": statistics.median(cleared), "heard_s": statistics.median(heard),
    }  # fmt: skip


def _pair(place: Scratch, id_: int, *, many_first: bool) -> float:
    """A save with rules to one without, of the same record, a moment apart."""
    seconds: dict[bool, float] = {}
    for many in (many_first, not many_first):
        place.sql(f"UPDATE rules.rule SET paused_at = {'NULL' if many else 'now()'}")
        seconds[many] = timed(lambda many=many: _save(place, id_, {"amount": str(id_ * 2 + many)}))
    if many_first:
        processes.react(place.database)
    return seconds[True] / seconds[False]


def _reacted(place: Scratch, id_: int, amount: int) -> float:
    _save(place, id_, {"amount": str(amount)})
    return timed(lambda: processes.react(place.database))


def _save(place: Scratch, id_: int, values: dict[str, Any]) -> None:
    with place.database.begin(SYSTEM, Reason("user")) as tx:
        version = tx.value("SELECT version FROM data_read.contract WHERE id = %(id)s", {"id": id_})
        records.update(tx, "contract", id_, version, values)
