"""What stands over there is compared with what we think stands there: strays are closed, what was deleted is made anew,
what was done without our hearing of it is heard.

DingTalk is asked for the open to-dos of each person, Feishu for each task of ours; WeCom's cards cannot be read.
Everybody is asked about daily, after an outage and on demand; who has something open there in between, since of
DingTalk's to-dos no event tells. An organisation has some thousand calls a month, so the more people the more seldom.
"""

from collections.abc import Callable
from typing import Literal

from perennial.channels import Reply, dingtalk
from perennial.connect.heard import gone, heard
from perennial.connect.mirror import Worked, note
from perennial.connect.sides import DingTalk, Feishu, Side
from perennial.connect.words import words_of
from perennial.kernel import SYSTEM, Actor, Busy, Database, Reason, Row, Tx, log, statements

EVERY_HOURS = 24
LOOK_MINUTES = {"dingtalk": 20, "feishu": 1}  # for each person, each task: so many apart; some 2,000 calls a month
LEAST_MINUTES = 15
Wanted = Literal["all", "open", ""]
_SQL = statements(__file__, "reconcile.sql")


def ask_reconcile(tx: Tx, channel: str) -> None:
    """With the next turn of the worker; what was refused for good is tried once more."""
    tx.run(_SQL["ask"], {"channel": channel})
    tx.run(_SQL["again"], {"channel": channel})


def mirror_figures(tx: Tx) -> list[Row]:
    """Each channel: how much stands there, what waits, what was refused for good, how the other side answers."""
    return tx.rows(_SQL["figures"])


def wanted(database: Database, channel: str) -> Wanted:
    """What is due to be compared."""
    given = {"channel": channel, "hours": EVERY_HOURS, "each": LOOK_MINUTES.get(channel, 0), "least": LEAST_MINUTES}
    with database.begin(SYSTEM) as tx:
        return tx.value(_SQL["wanted"], given) or ""


def reconcile(database: Database, channel: str, side: Side, what: Wanted, done: Worked) -> bool:
    """Both sides compared; what differs waits for the next exchange. False: there was nothing to compare, or the other
    side did not answer to the end, and it is tried again."""
    if not what:
        return False
    with database.begin(SYSTEM, Reason("mirror")) as tx:
        persons = [row["person_id"] for row in tx.rows(_SQL["persons"], {"channel": channel})] if what == "all" else []
    for person in persons:
        _said_otherwise(database, channel, person, done)
    match side:
        case DingTalk():
            whole = _dingtalk(database, side, what, done)
        case Feishu():
            whole = _each(database, side, channel, done, lambda tx: tx.rows(_SQL["open"], {"channel": channel}))
        case _:
            whole = True
    if whole:
        with database.begin(SYSTEM, Reason("mirror")) as tx:
            tx.run(_SQL["reconciled"], {"channel": channel, "whole": what == "all"})
        done.add("reconciled" if what == "all" else "looked")
    return whole


def _said_otherwise(database: Database, channel: str, person: int, done: Worked) -> None:
    """A record is called something else by now, or is no more for this person to read: it is said anew."""
    with database.begin(Actor("person", person, ""), Reason("mirror")) as tx:
        rows = tx.rows(_SQL["said"], {"channel": channel, "person": person})
        words = words_of(tx, rows)
        stale = [row["id"] for row in rows if row["words"] != words[row["id"]].dump()]
        if stale:
            done.add("said anew", tx.run(_SQL["say_anew"], {"ids": stale}))


def _dingtalk(database: Database, side: DingTalk, what: Wanted, done: Worked) -> bool:
    with database.begin(SYSTEM) as tx:
        given = {"channel": "dingtalk", "everybody": what == "all"}
        remotes = [row["remote"] for row in tx.rows(_SQL["remotes"], given)]
    for remote in remotes:
        who = side.union_id(remote)
        there = who if isinstance(who, Reply) else dingtalk.list_todos(side.app, who)
        if isinstance(there, Reply):
            if _noted(database, "dingtalk", there):
                continue  # of this person: nobody there any more
            return False
        listed = {one.source_id: one.id for one in there if one.source_id}
        with database.begin(SYSTEM, Reason("mirror")) as tx:
            given = {"channel": "dingtalk", "remote": remote, "keys": list(listed)}
            done.add("strays", tx.run(_SQL["reopened_there"], given))
            strays = [row["key"] for row in tx.rows(_SQL["nobodys"], given)]
        for key in strays:
            if not _noted(database, "dingtalk", dingtalk.complete_todo(side.app, str(who), listed[key])):
                return False
            done.add("strays")
        if not _each(database, side, "dingtalk", done, lambda tx, given=given: tx.rows(_SQL["not_listed"], given)):
            return False
    return True


def _each(database: Database, side: Side, channel: str, done: Worked, which: Callable[[Tx], list[Row]]) -> bool:
    """How each of these stands, one request for each."""
    with database.begin(SYSTEM) as tx:
        rows = which(tx)
    for row in rows:
        found = side.find(row)
        if isinstance(found, Reply):
            if found.why == "not_found":
                with database.begin(SYSTEM, Reason("mirror")) as tx:
                    gone(tx, channel, key=row["key"])
                done.add("gone")
            if not _noted(database, channel, found):
                return False
        elif found.done and row["stands"] == "open":
            hear(database, channel, row, done)
        elif not found.done and row["stands"] == "closed":
            with database.begin(SYSTEM, Reason("mirror")) as tx:
                done.add("strays", tx.run(_SQL["reopened_there"], {"channel": channel, "keys": [row["key"]]}))
    return True


def hear(database: Database, channel: str, row: Row, done: Worked) -> None:
    """Done there, and nobody told us: followed as if somebody had."""
    try:
        with database.begin(Actor("person", row["person_id"], row["person"])) as tx:
            done.add(heard(tx, channel, key=row["key"]))
    except Busy as error:
        log.warning("heard of later", channel=channel, row=row["id"], why=error.code)
    else:
        database.notify_soon()


def _noted(database: Database, channel: str, reply: Reply) -> bool:
    """Whether the channel may be asked on."""
    with database.begin(SYSTEM, Reason("mirror")) as tx:
        goes_on = note(tx, channel, reply)
    return goes_on and reply.state in ("sent", "permanent")
