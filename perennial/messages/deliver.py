"""Send what is due: claim, commit the attempt, ask once more, then the wire.

One deliverer works at a time on each channel (a session lock of the database, gone with its process), and channels do
not wait for each other. So a message that is still `sending` when its channel's lock is taken was left by a crash: it
is *uncertain*. Mail repeats it once with the same Message-ID, a channel that knows a key of repetition more often, SMS
never: it takes another way and stays listed.

Whether a message may still leave is asked twice: for a whole claim in sets, and for each mail in a snapshot taken after
its attempt is committed. Whatever was committed before the attempt is seen by the second question, although READ
COMMITTED would hide it from the first; so nothing leaves after a commit that took its reason. docs/decisions/0009
"""

import contextlib
import datetime as dt
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg

from perennial import access
from perennial.kernel import SYSTEM, Database, Reason, Row, Tx, fail_point, statements
from perennial.messages.channels import Channel, Outcome, Wire, attempt, repeats
from perennial.messages.compose import compose
from perennial.messages.fallback import fall_back
from perennial.messages.policy import policy
from perennial.messages.restraint import ALONE, cap, hold_back, one_at_a_time, put_off_until

BATCH = 2000  # claimed at once, in sets; each mail is then a short transaction of its own
RETRY_MINUTES = (1, 5, 30, 120, 360)
_LOCK = 0x6F757462
_SQL = statements(__file__, "deliver.sql")

Guard = Callable[[Tx, Sequence[int]], Mapping[int, str]]
StillAlone = Callable[[], object]


@dataclass(slots=True)
class Delivered:
    """What one run did: outbox state -> how many."""

    counts: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, state: str, count: int = 1) -> None:
        if count:
            self.counts[state] = self.counts.get(state, 0) + count


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the deliverer goes by."""

    database: Database
    channels: Mapping[str, Channel]
    guard: Guard | None
    domain: str
    batch: int
    stopped: Callable[[], bool]


def deliver(
    database: Database,
    channels: Mapping[str, Channel],
    *,
    guard: Guard | None = None,
    domain: str = "perennial.invalid",
    batch: int = BATCH,
    stopped: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send everything that is due on released channels; those on which another deliverer works are left to it.

    guard    (tx, outbox ids) -> {id: reason code} of those that must not leave now; a code `hold…` postpones
    stopped  asked between two mails; the rest is for the next run
    returns  counts by the state they reached
    """
    run, done = Run(database, channels, guard, domain, batch, stopped), Delivered()
    with _locks(database) as locks:
        mine = locks.take()
        if not mine:
            return done
        with database.begin(SYSTEM, Reason("delivery")) as tx:
            done.add("uncertain", _interrupted(tx, channels, mine))
            tx.run(_SQL["split"], {"ids": []})
            due = [
                row["channel"] for row in tx.rows(_SQL["due"], {"channels": [one for one in mine if one in channels]})
            ]
        locks.give_back([one for one in mine if one not in due])
        for part in _beside(due, lambda channel: _work_off(run, channel, locks)):
            for state, count in part.counts.items():
                done.add(state, count)
    return done


def _beside(due: Sequence[str], work: Callable[[str], Delivered]) -> list[Delivered]:
    """Each channel at its own pace; what went wrong with one is raised when all have ended."""
    if len(due) < 2:
        return [work(channel) for channel in due]
    with ThreadPoolExecutor(len(due), thread_name_prefix="deliver") as pool:
        return [one.result() for one in [pool.submit(work, channel) for channel in due]]


def _work_off(run: Run, channel: str, locks: "_Locks") -> Delivered:
    """What is due on one channel, while it is ours."""
    done = Delivered()
    try:
        while not run.stopped():
            leaving = _claim(run, channel, done)
            if leaving is None:
                break
            fail_point("messages.claimed")
            for id_ in leaving:
                if run.stopped():
                    break
                locks.still_mine()
                if not _send(run, id_, done):
                    return done  # the channel asks for patience
    finally:
        locks.give_back([channel])
    return done


class _Locks:
    """One lock per channel, of one connection that several threads use."""

    def __init__(self, connection: "psycopg.Connection[Row]") -> None:
        self._connection = connection

    def take(self) -> list[str]:
        """The channels on which nobody else works now."""
        found = self._connection.execute(
            "SELECT key FROM messages.channel WHERE key NOT IN ('in_app', 'mail_in')"
            " AND pg_try_advisory_lock(%s, hashtext(key)) ORDER BY key",
            [_LOCK],
        ).fetchall()
        return [row["key"] for row in found]

    def give_back(self, channels: Sequence[str]) -> None:
        with contextlib.suppress(psycopg.OperationalError):  # a lost connection has no lock any more
            self._connection.execute(
                "SELECT pg_advisory_unlock(%s, hashtext(key)) FROM unnest(%s::text[]) key", [_LOCK, list(channels)]
            )

    def still_mine(self) -> None:
        """Raises when the connection, and the locks with it, was lost meanwhile."""
        self._connection.execute("SELECT 1")


@contextlib.contextmanager
def _locks(database: Database) -> Generator[_Locks]:
    with database.connection() as connection:
        connection.autocommit = True
        try:
            yield _Locks(connection)
        finally:
            with contextlib.suppress(psycopg.OperationalError):
                connection.execute("SELECT pg_advisory_unlock_all()")
                connection.autocommit = False


def _interrupted(tx: Tx, channels: Mapping[str, Channel], mine: Sequence[str]) -> int:
    """What a crash left is uncertain; what may be repeated is in the queue again, what never is takes another way."""
    lost = tx.run(_SQL["interrupted"], {"mine": list(mine)})
    often = {channel: repeats(channel, channels.get(channel)) for channel in mine}
    known = [channel for channel in mine if channel in channels]
    tx.run(_SQL["repeat_uncertain"], {"channels": known, "often": [often[channel] for channel in known]})
    never = [channel for channel in mine if not often[channel]]
    fall_back(tx, [row["id"] for row in tx.rows(_SQL["never_repeated"], {"channels": never})])
    return lost


def _claim(run: Run, channel: str, done: Delivered) -> list[int] | None:
    """What may leave now, each id a mail, lines of one mail merged; None when nothing was due."""
    with run.database.begin(SYSTEM, Reason("delivery")) as tx:
        rules = policy(tx)
        if rules.approve_above:
            tx.run(_SQL["hold_mass"], {"most": rules.approve_above})
        by_customer = {"by_customer": rules.merge == "customer"}
        claimed = [row["id"] for row in tx.rows(_SQL["claim"], {"channel": channel, "batch": run.batch, **by_customer})]
        if not claimed:
            return None
        claimed += [row["id"] for row in tx.rows(_SQL["split"], {"ids": claimed})]
        ids = {"ids": claimed}
        done.add("cancelled", tx.run(_SQL["withdrawn"], ids))
        done.add("expired", tx.run(_SQL["expire"], ids))
        refused = dict(run.guard(tx, claimed)) if run.guard else {}
        postponed = [id_ for id_, why in refused.items() if why.startswith("hold")]
        cancelled = [id_ for id_ in refused if id_ not in set(postponed)]
        tx.run(_SQL["postpone"], {"ids": postponed})
        done.add("cancelled", tx.run(_SQL["cancel"], {"ids": cancelled, "whys": [refused[id_] for id_ in cancelled]}))
        done.add("cancelled", hold_back(tx, rules, claimed))
        if channel not in ALONE:
            done.add("merged", tx.run(_SQL["merge"], {**ids, "zone": tx.zone.key, **by_customer}))
        cap(tx, rules, claimed)
        if run.channels[channel].instant:
            done.add("sent", tx.run(_SQL["send_instantly"], ids))
        return [row["id"] for row in tx.rows(_SQL["leaving"], ids)]


def _send(run: Run, id_: int, done: Delivered) -> bool:
    """One mail: its attempt is committed, it is still wanted, it is on the wire, the answer is written down. False: the
    channel takes nothing more for a while."""
    with run.database.begin(SYSTEM, Reason("delivery")) as tx:
        one_at_a_time(tx, policy(tx), id_)
        leaving = tx.one(_SQL["attempt"], {"id": id_, "domain": run.domain})
    if leaving is None:
        return True  # cancelled since the claim
    fail_point("messages.attempt_committed")
    with run.database.begin(SYSTEM, Reason("delivery")) as tx:
        wire = _wanted(tx, leaving, run.guard)
    if wire is None:
        return True  # the next claim says why
    fail_point("messages.before_wire")
    channel = run.channels[leaving["channel"]]
    outcome = attempt(channel, wire)
    fail_point("messages.wire_done")
    with run.database.begin(SYSTEM, Reason("delivery")) as tx:
        done.add(_settle(tx, leaving, outcome, repeats(leaving["channel"], channel)))
    fail_point("messages.settled")
    return outcome.wait_s is None and not outcome.refused


def _wanted(tx: Tx, leaving: Row, guard: Guard | None) -> Wire | None:
    """The mail as it leaves; None, and it is back in the queue, when something took its reason meanwhile."""
    id_ = leaving["id"]
    ids = tx.value(_SQL["wanted"], {"id": id_})
    back = put_off_until(tx, policy(tx), leaving)
    if ids is None or back or (guard and guard(tx, ids)):
        later, why = back or (None, None)
        tx.run(_SQL["take_back"], {"id": id_, "attempt": leaving["attempt_id"], "later": later, "why": why})
        return None
    if leaving["person_id"] is None:
        return compose(tx, [id_])[id_]
    with access.seeing_as(tx, leaving["person_id"]):  # a colleague is told what they may read
        return compose(tx, [id_])[id_]


def _settle(tx: Tx, leaving: Row, outcome: Outcome, repeatable: int) -> str:
    """What the answer makes of the message, and of its channel. A request for patience is no failed attempt."""
    id_, tries = leaving["id"], leaving["tries"]
    told = {"why": outcome.why or None, "detail": outcome.detail[:500], "remote_id": outcome.remote_id or None}
    tx.run(_SQL["end_attempt"], {"id": leaving["attempt_id"], "outcome": outcome.state, **told})
    state, why, wait = outcome.state, outcome.why or outcome.state, dt.timedelta(0)
    if outcome.refused or outcome.wait_s is not None:
        state, tries = "queued", tries - 1
        wait = dt.timedelta(seconds=outcome.wait_s or 0)
    elif outcome.state == "temporary":
        again = tries <= len(RETRY_MINUTES)
        state = "queued" if again else "failed"
        why = "retry" if again else "gave_up"
        wait = dt.timedelta(minutes=RETRY_MINUTES[tries - 1]) if again else wait
    elif outcome.state == "permanent":
        state = "failed"
    facts = {
        "id": id_,
        "state": state,
        "why": None if state == "sent" else why,
        "try_at": tx.now + wait,
        "tries": tries,
    }
    tx.run(_SQL["settle"], {**facts, "remote_id": told["remote_id"]})
    _tell_of_channel(tx, leaving["channel"], outcome)
    if state == "failed" or (state == "uncertain" and not repeatable):
        fall_back(tx, [id_])
    return state


def _tell_of_channel(tx: Tx, channel: str, outcome: Outcome) -> None:
    """Its last problem, gone with the next success; how long it is to be left alone."""
    why = outcome.why or outcome.state
    facts = {"channel": channel, "problem": outcome.detail[:500] or why, "why": why}
    if outcome.state == "sent":
        tx.run(_SQL["channel_well"], facts)
    elif outcome.refused:
        tx.run(_SQL["channel_refused"], facts)
    elif outcome.wait_s is not None:
        tx.run(_SQL["channel_waits"], {**facts, "wait_s": outcome.wait_s})
    elif outcome.state != "permanent":
        tx.run(_SQL["channel_problem"], facts)
