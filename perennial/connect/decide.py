"""What came back is followed: each event in a transaction of its own, as the person whose account acted.

Events come twice, late and in any order; what counts is how things stand when one is followed, so the second of two is
too late and nothing more. Who is first holds the instance (`processes.approving.decide`), here as in the browser.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from perennial import messages, people, processes
from perennial.connect import cards
from perennial.connect.heard import fresh_code, gone, heard
from perennial.connect.theirs import LABELS
from perennial.kernel import SYSTEM, Actor, Busy, Conflict, Database, Problem, Reason, Row, Tx, fail_point, log

BATCH = 200
RETRY_MINUTES = (0, 1, 5, 15, 60)  # after so many failures it is left, for somebody to look at
_LATEST_MS = 250_000_000_000_000  # beyond, no calendar
TOLD_HOURS = 24  # of one unknown account administrators are told once a day

_DUE = """
SELECT id FROM connect.event WHERE state = 'new' AND try_at <= %(now)s ORDER BY id LIMIT %(batch)s
"""
_CLAIM = """
SELECT * FROM connect.event WHERE id = %(id)s AND state = 'new' AND try_at <= %(now)s FOR UPDATE SKIP LOCKED
"""
_SETTLE = """
UPDATE connect.event SET state = %(state)s, why = %(why)s, facts = %(facts)s, person_id = %(person)s,
       settled_at = %(now)s
 WHERE id = %(id)s
"""
_FAILED = """
UPDATE connect.event
   SET tries = tries + 1, why = %(why)s,
       state = CASE WHEN tries + 1 > %(most)s THEN 'failed' ELSE state END,
       settled_at = CASE WHEN tries + 1 > %(most)s THEN %(now)s END,
       try_at = %(now)s + make_interval(mins => (%(minutes)s::int[])[least(tries + 1, %(most)s)])
 WHERE id = %(id)s AND state = 'new'
"""
_ADMINISTRATORS = """
SELECT DISTINCT p.id FROM people.person p JOIN people.membership m ON m.person_id = p.id
  JOIN people.role r ON r.id = m.role_id AND 'people' = ANY (r.may) WHERE p.active
"""
_WHOSE = """
SELECT p.id, p.name, p.active FROM connect.mirrored m JOIN people.person p ON p.id = m.person_id
 WHERE m.channel = %(channel)s AND (m.remote_id = %(about)s OR m.key = %(about)s) ORDER BY m.id DESC LIMIT 1
"""


def follow(database: Database, stopped: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Everything that waits to be followed; returns how many events reached which state. Any number may run beside each
    other: whoever loses an event sees no row."""
    done: Counter[str] = Counter()
    while not stopped():
        with database.begin(SYSTEM) as tx:
            due = [row["id"] for row in tx.rows(_DUE, {"batch": BATCH})]
        before = done.total()
        for id_ in due:
            if stopped():
                break
            if state := _one(database, id_):
                done[state] += 1
        if done.total() == before:
            break
    if done:
        database.notify_soon()
    return done


def _one(database: Database, id_: int) -> str | None:
    """None: somebody else has it, or it has to wait."""
    try:
        with database.begin(SYSTEM) as tx:
            row = tx.one(_CLAIM, {"id": id_})
            person = _who(tx, row) if row else None
        if row is None:
            return None
        known = person is not None and person["active"]
        who = Actor("person", person["id"], person["name"]) if person is not None and known else SYSTEM
        reason = Reason("user" if known else "connect", {"channel": row["channel"], "event": id_})
        return database.run(who, lambda tx: _followed(tx, id_, person), reason)
    except Exception as error:  # the job edge: one event never stops the others
        why = error.code if isinstance(error, Problem) else type(error).__name__
        if not isinstance(error, Busy):
            log.exception("an event of the other side could not be followed", number=id_)
        with database.begin(SYSTEM) as tx:
            given = {"id": id_, "why": why, "most": len(RETRY_MINUTES), "minutes": list(RETRY_MINUTES)}
            tx.run(_FAILED, given)
        return None


def _who(tx: Tx, row: Row) -> Row | None:
    """Whose account acted; where a platform does not say, whose to-do it is: it is there for nobody else."""
    if row["remote"]:
        return people.holder(tx, row["channel"], row["remote"])
    return tx.one(_WHOSE, {"channel": row["channel"], "about": row["about"]}) if row["about"] else None


def _followed(tx: Tx, id_: int, person: Row | None) -> str | None:
    row = tx.one(_CLAIM, {"id": id_})
    if row is None:
        return None
    state, why, facts = "followed", None, {}
    try:
        if tx.actor.kind == "system" and (row["remote"] or person is not None):
            state, why = "refused", "unknown_account" if person is None else "inactive"
            if person is None:
                _tell(tx, row)
        elif tx.actor.kind == "system":
            state, why = "followed", "unknown"  # of a thing that is none of ours
        else:
            with tx.savepoint():
                state, why = _act(tx, row)
    except Busy:
        raise
    except Problem as problem:
        if problem.code == "processes.vote_done":  # a second press, or the event under another number
            return _settled(tx, id_, "followed", "again", {})
        state = "late" if isinstance(problem, Conflict) else "refused"
        why, facts = problem.code, problem.facts
        cards.told(tx, row["channel"], row["about"], problem, late=state == "late")
    fail_point("connect.followed")
    return _settled(tx, id_, state, why, facts)


def _settled(tx: Tx, id_: int, state: str, why: str | None, facts: Mapping[str, Any]) -> str:
    tree = json.dumps(dict(facts), default=str, ensure_ascii=False)
    tx.run(_SETTLE, {"id": id_, "state": state, "why": why, "facts": tree, "person": tx.actor.id})
    return state


def _act(tx: Tx, row: Row) -> tuple[str, str | None]:
    """(state, why). A Problem says that it was refused, or that somebody was first."""
    channel, what, about = row["channel"], row["what"], row["about"]
    if code := row["said"].get("code"):
        cards.fresh_code(tx, channel, about, code)
        fresh_code(tx, about, code)
    if what in ("agree", "refuse"):
        return _decide(tx, channel, about, what, row["said"].get("remark", ""))
    given: dict[str, Any] = {"key": about, "remote_id": about}
    at_ms = row["said"].get("at_ms")
    happened = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC) if at_ms and at_ms < _LATEST_MS else None
    if what == "gone":
        gone(tx, channel, **given)
        return "followed", None
    said = heard(tx, channel, **given, at=happened)
    return ("late", said) if said == "late" else ("followed", None if said == "finished" else said)


def _decide(tx: Tx, channel: str, about: str, what: str, remark: str) -> tuple[str, str | None]:
    """The decision that a press on a card means, by the function behind the page's own button."""
    card = cards.card_of(tx, channel, about)
    if card is None:
        return "refused", "no_card"
    said = processes.approving.Said(remark)
    processes.approving.decide(tx, card["vote_id"], "approved" if what == "agree" else "rejected", said)
    cards.pressed(tx, card["id"])
    return "followed", None


def _tell(tx: Tx, row: Row) -> None:
    """Who administers people learns that an account of nobody was used, once a day."""
    recent = tx.value(
        "SELECT EXISTS (SELECT FROM connect.event WHERE channel = %(channel)s AND remote = %(remote)s"
        " AND why = 'unknown_account' AND settled_at > %(now)s::timestamptz - make_interval(hours => %(hours)s))",
        {"channel": row["channel"], "remote": row["remote"], "hours": TOLD_HOURS},
    )
    if recent:
        return
    for one in tx.rows(_ADMINISTRATORS):
        messages.tell(tx, one["id"], "unknown_account", f"{LABELS[row['channel']].english} · {row['remote']}")
