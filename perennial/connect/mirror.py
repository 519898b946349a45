"""To-dos over there are as tasks are here.

In:   tasks, accounts; channels that are set up as an application and released
Out:  `connect.mirrored` even with both sides; what is wrong with a channel in `connect.standing`
Read in this order: refresh (mirror.sql: what should be there, in sets), _one (what differs, one exchange at a time),
_settle (what an answer makes of it), reconcile (what changed over there), heard (what people did there).

An exchange is committed as begun before it leaves. So a row that is `unsure` when it is taken was left without an
answer, by the wire or by a crash: it is looked for under its key before anything is created again.
"""

import contextlib
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import psycopg

from perennial import messages
from perennial.channels import Reply, dingtalk, feishu, wecom
from perennial.connect.sides import CARDS_A_MINUTE, DingTalk, Feishu, Found, Side, Stood, WeCom
from perennial.connect.words import Words, words_of
from perennial.kernel import SYSTEM, Actor, Database, Reason, Row, Tx, fail_point, statements

CHANNELS = ("dingtalk", "feishu", "wecom")
BATCH = 200
BACKOFF_S = (10, 30, 60, 120, 300)  # of one row; an outage lasts as long as it lasts, so nothing is ever given up
PATIENCE, REST_S, MOST_REST_S = 3, 30, 300  # exchanges that fail in a row, then the channel rests, longer each time
_LOCK = 0x6D697272
_SQL = statements(__file__, "mirror.sql")
_PLANS = "SET LOCAL enable_nestloop = {0}; SET LOCAL enable_mergejoin = {0}"
_NOTHING_SENT = ("unreachable", "throttled")
Act = Literal["create", "change", "close", "even"]


@dataclass(slots=True)
class Worked:
    """What a run did: create, change, close, failed and the like -> how many."""

    counts: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, what: str, count: int = 1) -> None:
        if count:
            self.counts[what] = self.counts.get(what, 0) + count


@contextlib.contextmanager
def mine(
    database: Database, channels: Sequence[str], lock: int = _LOCK
) -> Generator[tuple[list[str], Callable[[], object]]]:
    """(those channels on which nobody else mirrors, raises when they are ours no more): gone with the process."""
    with database.connection() as connection:
        connection.autocommit = True
        try:
            found = connection.execute(
                "SELECT key FROM unnest(%s::text[]) key WHERE pg_try_advisory_lock(%s, hashtext(key)) ORDER BY key",
                [list(channels), lock],
            ).fetchall()
            yield [row["key"] for row in found], lambda: connection.execute("SELECT 1")
        finally:
            with contextlib.suppress(psycopg.OperationalError):
                connection.execute("SELECT pg_advisory_unlock_all()")
                connection.autocommit = False


def sides(tx: Tx, channels: Sequence[str]) -> dict[str, Side]:
    """Those of the channels that take something now."""
    found: dict[str, Side] = {}
    for row in tx.rows(_SQL["ready"], {"channels": list(channels)}):
        match messages.app_of(tx, row["channel"]):
            case dingtalk.App() as app:
                known = {one["remote"]: one["union_id"] for one in tx.rows(_SQL["union_ids"])}
                found["dingtalk"] = DingTalk(app, known)
            case wecom.App() as app:
                found["wecom"] = WeCom(app)
            case feishu.App() as app:
                found["feishu"] = Feishu(app)
            case None:
                pass
    return found


def refresh(tx: Tx, channels: Sequence[str]) -> int:
    """What should be there is as tasks are now; how many rows that changed."""
    given = {"channels": list(channels)}
    tx.run(_SQL["never_there"], given)
    tx.run(_PLANS.format("off"))  # nobody knows how many rows are due: compared in any other way, all with all
    counts = tx.one(_SQL["refresh"], given)
    tx.run(_PLANS.format("on"))
    assert counts is not None
    return sum(counts.values())


def work_off(
    database: Database, channel: str, side: Side, still_mine: Callable[[], object], stopped: Callable[[], bool],
    done: Worked,
) -> bool:  # fmt: skip
    """What differs on one channel is even, as far as the other side lets it. False: it wants to be left alone."""
    given = {"channel": channel, "batch": BATCH, "most": CARDS_A_MINUTE if channel == "wecom" else 0}
    while not stopped():
        with database.begin(SYSTEM, Reason("mirror")) as tx:
            rows = tx.rows(_SQL["claim"], given)
        if not rows:
            return True
        for row in rows:
            if stopped():
                return False
            still_mine()
            if not _one(database, side, row, done):
                return False
    return False


def act_of(row: Row, changes: bool = True) -> Act:
    """What makes both sides even. `changes`: what stands there can be changed."""
    if row["wanted"] == "closed":
        if row["unsure"] and row["stands"] in ("none", "gone"):
            return "create"  # whether it was made is not known: found or made again, it is closed next
        return "close" if row["stands"] == "open" or row["unsure"] else "even"
    if row["stands"] in ("none", "gone"):
        return "create"
    if row["stands"] == "open" and not changes:  # ended for sure, or not at all: then it is made anew
        return "close" if row["unsure"] else "even"
    if row["stands"] == "closed" and not changes and not row["code"]:
        return "create"
    return "even" if row["stands"] == "open" and row["sent_basis"] == row["basis"] and not row["unsure"] else "change"


def _one(database: Database, side: Side, claimed: Row, done: Worked) -> bool:
    """One exchange: committed as begun, on the wire, its answer written down. False: the channel wants to be left
    alone."""
    actor = Actor("person", claimed["person_id"], claimed["person"])  # the words are what they may read
    with database.begin(actor, Reason("mirror")) as tx:
        row = tx.one(_SQL["take"], {"id": claimed["id"]})
        if row is None:
            return True
        if row["held"]:
            return False
        act = act_of(row, side.changes)
        if act == "even":
            tx.run(_SQL["even"], {"id": row["id"]})
            return True
        if act == "create" and row["stands"] != "none":
            row |= {"stands": "none", "key": _fresh_key(tx, row["key"])}
        words = _words(tx, row, act)
        tree = json.dumps(words.dump(), ensure_ascii=False)
        tx.run(_SQL["begin"], {"id": row["id"], "words": tree, "key": row["key"], "stands": row["stands"]})
        row |= {"at": tx.now}
    fail_point("connect.begun")
    stood = _exchange(side, row, act, words)
    fail_point("connect.wire_done")
    with database.begin(SYSTEM, Reason("mirror")) as tx:
        goes_on = _settle(tx, side, row, act, stood, done)
    fail_point("connect.settled")
    return goes_on


def _fresh_key(tx: Tx, old: str) -> str:
    """What is gone, or cannot be opened again, is made anew under another one."""
    sql = "SELECT tag || replace(gen_random_uuid()::text, '-', '') FROM connect.tag"
    return str(tx.value(sql) or old)


def _words(tx: Tx, row: Row, act: Act) -> Words:
    """Of a creation that may have arrived, the very same again: some compare words."""
    if row["words"] and (act == "close" or row["form"] is None or (act == "create" and row["unsure"])):
        return Words.load(row["words"])
    return words_of(tx, [row])[row["id"]]


def _exchange(side: Side, row: Row, act: Act, words: Words) -> Stood:
    if act == "create" and row["unsure"] and row["stands"] == "none" and side.looks:
        there = side.find(row)
        if isinstance(there, Found):
            return Stood(Reply("sent", "duplicate", remote_id=there.remote_id), stands="closed" if there.done else None)
        if there.why != "not_found":
            return Stood(there)
    match act:
        case "create":
            return side.create(row, words)
        case "change":
            return side.change(row, words)
        case _:
            return side.close(row)


_ENDS: Mapping[Act, str] = {"create": "open", "change": "open", "close": "closed"}


def _settle(tx: Tx, side: Side, row: Row, act: Act, stood: Stood, done: Worked) -> bool:
    """What the answer makes of the row and of the channel; whether the channel takes more."""
    reply, channel = stood.reply, row["channel"]
    if isinstance(side, DingTalk):
        for remote, union_id in side.learned.items():
            tx.run(_SQL["keep_union_id"], {"remote": remote, "union_id": union_id})
        side.learned.clear()
    facts: dict[str, Any] = {
        "id": row["id"], "stands": row["stands"], "unsure": row["unsure"], "remote_id": reply.remote_id or None,
        "said": False, "basis": row["basis"], "code": row["code"], "created": False, "opened": False,
        "attempts": row["attempts"], "problem": None, "detail": None, "ended": False, "later_s": None,
    }  # fmt: skip
    if reply.state == "permanent" and reply.why == "not_found" and act != "create":
        reply = replace(reply, state="sent")
        facts |= {"stands": "gone", "unsure": False, "attempts": 0}
    elif reply.state == "sent":
        found = reply.why == "duplicate" and row["unsure"]  # it may have older words
        facts |= {
            "stands": stood.stands or _ENDS[act], "unsure": False, "attempts": 0, "created": act == "create",
            "said": act != "close" and not found, "code": stood.code, "opened": _opened(row, act),
        }  # fmt: skip
    elif reply.state == "permanent" and reply.why not in messages.REFUSED:
        facts |= {"unsure": False, "ended": True, "problem": reply.why, "detail": reply.detail}
    elif reply.state == "permanent" or reply.wait_s is not None:  # of the channel: the row has lost nothing
        facts |= {"later_s": reply.wait_s or 0.0}
    else:
        wait = BACKOFF_S[min(row["attempts"], len(BACKOFF_S) - 1)]
        facts |= {
            "unsure": row["unsure"] or reply.why not in _NOTHING_SENT, "attempts": row["attempts"] + 1,
            "problem": reply.why or reply.state, "detail": reply.detail, "later_s": float(wait),
        }  # fmt: skip
    tx.run(_SQL["settle"], facts)
    done.add(act if reply.state == "sent" else reply.state)
    return note(tx, channel, reply)


def _opened(row: Row, act: Act) -> bool:
    return act == "create" or (act == "change" and (row["stands"] != "open" or row["unsure"]))


def note(tx: Tx, channel: str, reply: Reply) -> bool:
    """What an answer says of the channel; whether it takes more now."""
    said = {"channel": channel, "problem": reply.why or reply.state, "detail": reply.detail}
    if reply.state == "permanent" and reply.why in messages.REFUSED:
        tx.run(_SQL["waits"], {**said, "wait_s": None})
        return False
    if reply.state in ("sent", "permanent"):
        tx.run(_SQL["well"], said)
        return True
    if reply.wait_s is not None:
        tx.run(_SQL["waits"], {**said, "wait_s": reply.wait_s})
        return False
    rests = tx.value(_SQL["unwell"], {**said, "patience": PATIENCE, "rest_s": REST_S, "most_s": MOST_REST_S})
    return not rests
