"""Send what is due: claim, commit the attempt, then the wire.

One deliverer works at a time (a session lock of the database, gone with its process). So a message that is still
`sending` when the lock is taken was left by a crash: it is *uncertain*. Mail repeats it once with the same Message-ID.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from perennial.kernel import SYSTEM, Database, Reason, Tx, fail_point, statements
from perennial.messages.channels import Channel, Outcome, attempt
from perennial.messages.compose import compose

BATCH = 200
RETRY_MINUTES = (1, 5, 30, 120, 360)
_LOCK = 0x6F7574626F78
_SQL = statements(__file__, "deliver.sql")

Guard = Callable[[Tx, Sequence[int]], Mapping[int, str]]


@dataclass(slots=True)
class Delivered:
    """What one run did: outbox state -> how many."""

    counts: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, state: str, count: int = 1) -> None:
        if count:
            self.counts[state] = self.counts.get(state, 0) + count


def deliver(
    database: Database,
    channels: Mapping[str, Channel],
    *,
    guard: Guard | None = None,
    domain: str = "perennial.invalid",
    batch: int = BATCH,
) -> Delivered:
    """Send everything that is due on released channels; return at once when another deliverer works.

    guard    (tx, outbox ids) -> {id: reason code} of those that must not leave now; a code `hold…` postpones
    returns  counts by the state they reached
    """
    done = Delivered()
    with database.connection() as lock:
        lock.autocommit = True
        row = lock.execute("SELECT pg_try_advisory_lock(%s) AS mine", [_LOCK]).fetchone()
        if row is None or not row["mine"]:
            return done
        try:
            with database.begin(SYSTEM, Reason("delivery")) as tx:
                done.add("uncertain", tx.run(_SQL["interrupted"]))
                tx.run(_SQL["repeat_uncertain"], {"channels": list(channels)})
            while _batch(database, channels, guard, domain, batch, done):
                pass
        finally:
            lock.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
            lock.autocommit = False
    return done


def _batch(
    database: Database, channels: Mapping[str, Channel], guard: Guard | None, domain: str, batch: int, done: Delivered
) -> bool:
    """One claimed batch; False when nothing was left."""
    with database.begin(SYSTEM, Reason("delivery")) as tx:
        claimed = [row["id"] for row in tx.rows(_SQL["claim"], {"channels": list(channels), "batch": batch})]
        if not claimed:
            return False
        done.add("expired", tx.run(_SQL["expire"], {"ids": claimed}))
        refused = dict(guard(tx, claimed)) if guard else {}
        postponed = [id_ for id_, why in refused.items() if why.startswith("hold")]
        cancelled = [id_ for id_ in refused if id_ not in set(postponed)]
        tx.run(_SQL["postpone"], {"ids": postponed})
        done.add("cancelled", tx.run(_SQL["cancel"], {"ids": cancelled, "whys": [refused[id_] for id_ in cancelled]}))
        done.add("merged", tx.run(_SQL["merge"], {"ids": claimed, "zone": tx.zone.key}))
        instant = [key for key, channel in channels.items() if channel.instant]
        done.add("sent", tx.run(_SQL["send_instantly"], {"ids": claimed, "channels": instant}))
        leaving = tx.rows(_SQL["attempt"], {"ids": claimed, "domain": domain})
        wires = compose(tx, [row["id"] for row in leaving])
    fail_point("messages.attempt_committed")
    for row in leaving:
        wire = wires[row["id"]]
        outcome = attempt(channels[row["channel"]], wire)
        fail_point("messages.wire_done")
        with database.begin(SYSTEM, Reason("delivery")) as tx:
            done.add(_settle(tx, row["id"], row["attempt_id"], row["tries"], outcome))
    return True


def _settle(tx: Tx, outbox_id: int, attempt_id: int, tries: int, outcome: Outcome) -> str:
    tx.run(_SQL["end_attempt"], {"id": attempt_id, "outcome": outcome.state, "detail": outcome.detail[:500]})
    state, why, wait = outcome.state, outcome.state, dt.timedelta(0)
    if outcome.state == "temporary":
        again = tries <= len(RETRY_MINUTES)
        state = "queued" if again else "failed"
        why = "retry" if again else "gave_up"
        wait = dt.timedelta(minutes=RETRY_MINUTES[tries - 1]) if again else wait
    elif outcome.state == "permanent":
        state = "failed"
    tx.run(
        _SQL["settle"],
        {"id": outbox_id, "state": state, "why": None if state == "sent" else why, "try_at": tx.now + wait},
    )
    return state
