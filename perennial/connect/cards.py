"""Cards of approvals: put to whom they wait for, and turned into their result wherever they were decided.

One row of `connect.card` per open vote, person and channel, made in sets from tasks as they are. What differs is worked
off one exchange at a time, each committed as begun before it leaves, as the mirror does (`mirror`): a card whose
exchange was never answered is put there again under its key.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from perennial import access, messages
from perennial.connect.cards_sides import APPROVAL, REPEATED_MINUTES, App, Put, change, put, shape_of
from perennial.connect.faces import Face, ended, face
from perennial.connect.mirror import BACKOFF_S, CHANNELS, Worked, mine, note
from perennial.kernel import SYSTEM, Database, Missing, Problem, Reason, Row, Tx, fail_point, statements

BATCH = 100
_LOCK = 0x63617264
_SQL, _MIRROR = statements(__file__, "cards.sql"), statements(__file__, "mirror.sql")


def show_cards(database: Database, stopped: Callable[[], bool] = lambda: False) -> Worked:
    """Every card is as it should be, on every channel that takes something now; counts by what was done."""
    done = Worked()
    with database.begin(SYSTEM, Reason("mirror")) as tx:
        if not tx.value(_ANY) or not (apps := _apps(tx)):
            return done
    with mine(database, list(apps), _LOCK) as (channels, still_mine):
        with database.begin(SYSTEM, Reason("mirror")) as tx:
            apps = {channel: app for channel, app in _apps(tx).items() if channel in channels}
            changed = tx.one(_SQL["refresh"], {"channels": list(apps)})
            done.add("refreshed", sum((changed or {}).values()))
            made = messages.setup_of(tx, "dingtalk") if "dingtalk" in apps else None
            approval_code = made.text("approval_code") if made else ""
        for channel, app in apps.items():
            _work_off(database, channel, app, approval_code, still_mine, stopped, done)
    return done


_ANY = "SELECT EXISTS (SELECT FROM people.account) OR EXISTS (SELECT FROM connect.card WHERE try_at IS NOT NULL)"


def _apps(tx: Tx) -> dict[str, App]:
    """Those of the channels that take something now."""
    ready = [row["channel"] for row in tx.rows(_MIRROR["ready"], {"channels": list(CHANNELS)})]
    return {channel: app for channel in ready if (app := messages.app_of(tx, channel)) is not None}


def _work_off(
    database: Database, channel: str, app: App, approval_code: str, still_mine: Callable[[], object],
    stopped: Callable[[], bool], done: Worked,
) -> None:  # fmt: skip
    while not stopped():
        with database.begin(SYSTEM, Reason("mirror")) as tx:
            due = [row["id"] for row in tx.rows(_SQL["claim"], {"channel": channel, "batch": BATCH})]
        if not due:
            return
        for id_ in due:
            if stopped():
                return
            still_mine()
            if not _one(database, app, id_, approval_code, done):
                return


def _one(database: Database, app: App, id_: int, approval_code: str, done: Worked) -> bool:
    """One card, one exchange. False: the channel is to be left alone."""
    with database.begin(SYSTEM, Reason("mirror")) as tx:
        card = tx.one(_SQL["take"], {"id": id_})
        if card is None:
            return True
        says = _face(tx, card)
        card |= {"says": _hash(says)}
        act = _act(tx, app, card, shape_of(app, approval_code))
        if act is None:
            return True
        tx.run(_SQL["begin"], {"id": id_})
    fail_point("connect.card_begun")
    came = put(app, card, says, approval_code) if act == "put" else change(app, card, says)
    fail_point("connect.card_wire_done")
    with database.begin(SYSTEM, Reason("mirror")) as tx:
        _settle(tx, card, act, came)
        done.add(act if came.reply.state == "sent" else came.reply.state)
        return note(tx, card["channel"], came.reply)


def _face(tx: Tx, card: Row) -> Face:
    """As its person reads it; whoever has nothing to do with it any more reads that alone."""
    try:
        with access.seeing_as(tx, card["person_id"]):
            return face(tx, card, card["language"])
    except Missing:
        language = "en" if card["language"] == "en" else "zh"
        return Face("", "", result=ended(tx, {**card, "wanted": "over"}, language), language=language)


def _hash(says: Face) -> str:
    return hashlib.sha256(json.dumps(asdict(says), sort_keys=True).encode()).hexdigest()


def _act(tx: Tx, app: App, card: Row, shape: str) -> str | None:
    """put, change, or None where nothing is to be done; that is written down then."""
    stands, wanted = card["stands"], card["wanted"]
    if stands == "none":
        asked_long_ago = card["sent_at"] is not None and card["unsure"] and not _repeatable(tx, card, shape)
        if asked_long_ago:  # perhaps it stands there, perhaps not: a second one would be worse
            tx.run(_SQL["failed"], _failing(card, "uncertain", "", None))
            return None
        if wanted == "over" and not card["unsure"]:
            tx.run(_SQL["even"], {"id": card["id"], "stands": "over"})
            return None
        return "put"
    once = card["channel"] == "wecom" and wanted == "open" and not card["note"]  # its code is for the end
    same = not card["unsure"] and (card["hash"] == card["says"] or once)
    if same or (stands == "over" and wanted == "over" and not card["note"] and card["hash"] == card["says"]):
        tx.run(_SQL["even"], {"id": card["id"], "stands": stands})
        return None
    return "change"


def _repeatable(tx: Tx, card: Row, shape: str) -> bool:
    """Whether putting it there a second time is known there as the first."""
    if card["channel"] == "dingtalk":
        return shape != APPROVAL
    return (tx.now - card["sent_at"]).total_seconds() < REPEATED_MINUTES[card["channel"]] * 60


def _settle(tx: Tx, card: Row, act: str, came: Put) -> None:
    reply = came.reply
    gone = reply.state == "permanent" and reply.why == "not_found" and act == "change"  # it can be changed no more
    if reply.state == "sent" or gone:
        stands = "open" if act == "put" else card["wanted"]
        kept = json.dumps(card["note"]) if card["note"] is not None else None
        tx.run(
            _SQL["settle"],
            {
                "id": card["id"], "stands": stands, "remote_id": reply.remote_id or None,
                "shape": came.shape or card["shape"], "hash": card["says"], "used": card["code"], "code": came.code,
                "note": kept, "said": card["wanted"] == "over", "wanted": card["wanted"], "basis": card["basis"],
            },
        )  # fmt: skip
        if act == "put" and card["wanted"] == "over":  # it was over before it was known to be there
            tx.run("UPDATE connect.card SET try_at = %(now)s WHERE id = %(id)s", {"id": card["id"]})
        return
    if reply.state == "permanent" and reply.why not in messages.REFUSED:
        tx.run(_SQL["failed"], _failing(card, reply.why, reply.detail, None))
        return
    of_channel = reply.state == "permanent" or reply.wait_s is not None
    later = (reply.wait_s or 0.0) if of_channel else BACKOFF_S[min(card["attempts"], len(BACKOFF_S) - 1)]
    lost = reply.state == "uncertain" or card["unsure"]
    attempts = card["attempts"] if of_channel else card["attempts"] + 1
    given = _failing(card, reply.why or reply.state, reply.detail, float(later))
    tx.run(_SQL["failed"], {**given, "unsure": lost, "attempts": attempts})


def _failing(card: Row, problem: str, detail: str, later_s: float | None) -> dict[str, Any]:
    return {
        "id": card["id"], "unsure": False, "problem": problem, "detail": detail[:500], "later_s": later_s,
        "attempts": card["attempts"],
    }  # fmt: skip


# --- what is heard of them


def card_of(tx: Tx, channel: str, about: str) -> Row | None:
    """The card that an event names by our key, or by their number of it."""
    return tx.one(_SQL["card"], {"channel": channel, "about": about})


def pressed(tx: Tx, id_: int) -> None:
    """It was decided over there."""
    tx.run(_SQL["pressed"], {"id": id_})


def told(tx: Tx, channel: str, about: str, problem: Problem, *, late: bool) -> None:
    """A press came to nothing: its card says why, a late one how it ended; somebody else's card is left alone."""
    card = card_of(tx, channel, about)
    if card is not None and card["person_id"] == tx.actor.id:
        facts = json.loads(json.dumps(problem.facts, default=str, ensure_ascii=False))
        said = {"code": problem.code, "facts": facts, "late": late}
        tx.run(_SQL["told"], {"id": card["id"], "note": json.dumps(said, ensure_ascii=False)})


def fresh_code(tx: Tx, channel: str, about: str, code: str) -> None:
    """WeCom: a press brings what changes the card once more."""
    tx.run(_SQL["fresh_code"], {"channel": channel, "about": about, "code": code})
