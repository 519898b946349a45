"""Send what is due: claim, commit the attempt, ask once more, then the wire.

One deliverer works at a time (a session lock of the database, gone with its process). So a message that is still
`sending` when the lock is taken was left by a crash: it is *uncertain*. Mail repeats it once with the same Message-ID.

Whether a message may still leave is asked twice: for a whole claim in sets, and for each mail in a snapshot taken after
its attempt is committed. Whatever was committed before the attempt is seen by the second question, although READ
COMMITTED would hide it from the first; so nothing leaves after a commit that took its reason. docs/decisions/0009
"""

import contextlib
import datetime as dt
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from perennial.kernel import SYSTEM, Database, Reason, Row, Tx, fail_point, statements
from perennial.messages.channels import Channel, Outcome, Wire, attempt
from perennial.messages.compose import compose

BATCH = 2000  # claimed at once, in sets; each mail is then a short transaction of its own
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
    stopped: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send everything that is due on released channels; return at once when another deliverer works.

    guard    (tx, outbox ids) -> {id: reason code} of those that must not leave now; a code `hold…` postpones
    stopped  asked between two mails; the rest is for the next run
    returns  counts by the state they reached
    """
    done = Delivered()
    with _alone(database) as still_alone:
        if still_alone is None:
            return done
        with database.begin(SYSTEM, Reason("delivery")) as tx:
            done.add("uncertain", tx.run(_SQL["interrupted"]))
            tx.run(_SQL["repeat_uncertain"], {"channels": list(channels)})
            tx.run(_SQL["split"], {"ids": []})
        while not stopped():
            leaving = _claim(database, channels, guard, batch, done)
            if leaving is None:
                break
            fail_point("messages.claimed")
            for id_ in leaving:
                if stopped():
                    break
                still_alone()
                _send(database, channels, guard, id_, domain, done)
    return done


@contextlib.contextmanager
def _alone(database: Database) -> Generator[Callable[[], object] | None]:
    """Nobody else delivers inside; None: somebody does. The function raises when the lock was lost meanwhile."""
    with database.connection() as lock:
        lock.autocommit = True
        row = lock.execute("SELECT pg_try_advisory_lock(%s) AS mine", [_LOCK]).fetchone()
        try:
            yield (lambda: lock.execute("SELECT 1")) if row and row["mine"] else None
        finally:
            with contextlib.suppress(psycopg.OperationalError):  # a lost connection has no lock any more
                if row and row["mine"]:
                    lock.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
                lock.autocommit = False


def _claim(
    database: Database, channels: Mapping[str, Channel], guard: Guard | None, batch: int, done: Delivered
) -> list[int] | None:
    """What may leave now, each id a mail, lines of one mail merged; None when nothing was due."""
    with database.begin(SYSTEM, Reason("delivery")) as tx:
        claimed = [row["id"] for row in tx.rows(_SQL["claim"], {"channels": list(channels), "batch": batch})]
        if not claimed:
            return None
        claimed += [row["id"] for row in tx.rows(_SQL["split"], {"ids": claimed})]
        ids = {"ids": claimed}
        done.add("cancelled", tx.run(_SQL["withdrawn"], ids))
        done.add("expired", tx.run(_SQL["expire"], ids))
        refused = dict(guard(tx, claimed)) if guard else {}
        postponed = [id_ for id_, why in refused.items() if why.startswith("hold")]
        cancelled = [id_ for id_ in refused if id_ not in set(postponed)]
        tx.run(_SQL["postpone"], {"ids": postponed})
        done.add("cancelled", tx.run(_SQL["cancel"], {"ids": cancelled, "whys": [refused[id_] for id_ in cancelled]}))
        done.add("merged", tx.run(_SQL["merge"], {**ids, "zone": tx.zone.key}))
        instant = [key for key, channel in channels.items() if channel.instant]
        done.add("sent", tx.run(_SQL["send_instantly"], {**ids, "channels": instant}))
        return [row["id"] for row in tx.rows(_SQL["leaving"], ids)]


def _send(
    database: Database, channels: Mapping[str, Channel], guard: Guard | None, id_: int, domain: str, done: Delivered
) -> None:
    """One mail: its attempt is committed, it is still wanted, it is on the wire, the answer is written down."""
    with database.begin(SYSTEM, Reason("delivery")) as tx:
        leaving = tx.one(_SQL["attempt"], {"id": id_, "domain": domain})
    if leaving is None:
        return  # cancelled since the claim
    fail_point("messages.attempt_committed")
    with database.begin(SYSTEM, Reason("delivery")) as tx:
        wire = _wanted(tx, leaving, guard)
    if wire is None:
        return  # the next claim says why
    fail_point("messages.before_wire")
    outcome = attempt(channels[leaving["channel"]], wire)
    fail_point("messages.wire_done")
    with database.begin(SYSTEM, Reason("delivery")) as tx:
        done.add(_settle(tx, id_, leaving["attempt_id"], leaving["tries"], outcome))
    fail_point("messages.settled")


def _wanted(tx: Tx, leaving: Row, guard: Guard | None) -> Wire | None:
    """The mail as it leaves; None, and it is back in the queue, when something took its reason meanwhile."""
    id_ = leaving["id"]
    ids = tx.value(_SQL["wanted"], {"id": id_})
    if ids is None or (guard and guard(tx, ids)):
        tx.run(_SQL["take_back"], {"id": id_, "attempt": leaving["attempt_id"]})
        return None
    return compose(tx, [id_])[id_]


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
