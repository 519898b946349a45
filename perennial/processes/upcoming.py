"""The next moment at which anything falls due: where a manual clock goes next."""

import datetime as dt

from perennial import rules
from perennial.kernel import Tx
from perennial.processes import versions
from perennial.processes.ending import by_clock
from perennial.processes.occurrences import occurrences, window


def next_moment(tx: Tx, through: dt.datetime) -> dt.datetime | None:
    """The earliest due moment after now and at or before `through`: an occurrence, a waiting token, the end of a hold,
    a midnight when some process covers records or ends by the day, what rules have to do; None when there is none."""
    found: list[dt.datetime] = []
    row = tx.one(
        "SELECT (SELECT min(t.wake_at) FROM processes.token t"
        "         WHERE t.state IN ('ready', 'waiting') AND t.wake_at > %(now)s AND t.wake_at <= %(through)s) AS token,"
        "       (SELECT min(until) FROM processes.hold WHERE ended_at IS NULL AND until > %(now)s) AS hold",
        {"through": through},
    )
    assert row is not None
    found += [moment for moment in row.values() if moment is not None]
    if by_clock(tx) or any(active.process.covers for active in versions.active(tx)):
        found.append(dt.datetime.combine(tx.today + dt.timedelta(days=1), dt.time(), tx.zone))
    for active in versions.active(tx):
        for start in active.process.starts:
            if start.on != "date" or start.key not in active.triggers:
                continue
            only, bounds = window(tx, active.process, start, tx.now, min([through, *found]))
            query = occurrences(tx, active.process, start, only=only)
            moment = tx.value(
                f"SELECT min(o.due_at) FROM ({query.text}) o WHERE o.due_at > %(now)s AND o.due_at <= %(through)s"
                " AND NOT EXISTS (SELECT FROM processes.decision d WHERE d.trigger_id = %(trigger)s"
                "                    AND d.record_id = o.record_id AND d.basis = o.basis)",
                {**query.params, **bounds, "through": min([through, *found]), "trigger": active.triggers[start.key],
                 "zone": tx.zone.key},
            )  # fmt: skip
            if moment is not None:
                found.append(moment)
    if (moment := rules.next_moment(tx, min([through, *found]))) is not None:
        found.append(moment)
    moments = [moment for moment in found if moment <= through]
    return min(moments).astimezone(tx.zone) if moments else None
