"""How every channel stands, on one page: set up or not, working or why not, what it did today.

`state`   none: not set up · new: set up, nothing has left yet · well · trouble: the last try or message did not leave
          · resting: the other side asked for patience, until `wait_until` · stopped: it does not let us in as it is set
          up, or the secrets do not open; nothing leaves until somebody looks
`why`     of trouble, resting, stopped: a code of `channels.WHYS`, or secret_lost
"""

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from perennial import people
from perennial.kernel import Row, Tx, statements
from perennial.messages.setup import KINDS
from perennial.messages.ways import by_environment, sender_by_environment

_SQL = statements(__file__, "overview.sql")
State = Literal["none", "new", "well", "trouble", "resting", "stopped"]
_OWN = {"mail": "mail", "sms": "phone"}  # where a person is reached


def overview(tx: Tx) -> list[dict[str, Any]]:
    """One row per channel that can be set up: key, kind, values (no secrets), state, why, problem in the words of the
    other side, counts of today, the last try, and where "send me one" would go (`to`; `asks_to`: nobody knows)."""
    here = dt.datetime.combine(tx.today, dt.time(), tx.zone)
    rows = tx.rows(_SQL["channels"], {"keys": list(KINDS), "since": here})
    me = tx.one("SELECT mail, phone FROM people.person WHERE id = %(me)s") or {}
    accounts = {one.channel: one.remote for one in people.accounts_of(tx, tx.actor.id or 0)}
    return [_one(tx, row, me, accounts, here) for row in rows]


def _one(tx: Tx, row: Row, me: Mapping[str, Any], accounts: Mapping[str, str], here: dt.datetime) -> dict[str, Any]:
    key, tree = row["key"], row["settings"]
    by_server = tree is None and key in by_environment()
    kind = tree["kind"] if tree else None
    state, why = standing(row, by_server, tx.now)
    to = me.get(_OWN[key]) if key in _OWN else accounts.get(key) if kind == "app" else None
    counts = {name: row[name] for name in ("sent", "failed", "uncertain", "bounced", "waiting")}
    taken = tx.one(_SQL["taken_in"], {"since": here}) if key == "mail_in" and tree else None
    return {
        "channel": key, "kind": kind, "values": tree["values"] if tree else _of_server() if by_server else {},
        "by_server": by_server, "state": state, "why": why, "problem": row["problem"], "problem_at": row["problem_at"],
        "wait_until": rest_until(row) if state == "resting" else None, "outward": row["outward"],
        "released_at": row["released_at"], **counts, "tried": row["tried"], "to": to or None,
        "asks_to": kind == "app" and not to, "taken": taken,
    }  # fmt: skip


def standing(row: Row, by_server: bool, now: dt.datetime) -> tuple[State, str | None]:
    """How a channel stands, and why it does not work."""
    why = row["problem_why"] or _code(row["problem"])
    tried = row["tried"] or {}
    if row["settings"] is None and not by_server:
        return "none", None
    if row["problem"] == "secret_lost":
        return "stopped", "secret_lost"
    if row["stopped"]:
        return "stopped", why
    missed = tried and tried["state"] != "sent" and not row["sent_since"]
    until = rest_until(row)
    if until is not None and until > now:
        return "resting", (tried["why"] if missed and until != row["wait_until"] else why)
    if missed:
        return "trouble", tried["why"] or tried["state"]
    if row["problem"]:
        return "trouble", why
    return ("well" if tried or row["used"] or row["sent"] else "new"), None


def rest_until(row: Row) -> dt.datetime | None:
    """Until when the other side wants to be left alone, as it told a delivery or the last try."""
    tried, asked = row["tried"] or {}, row["wait_until"]
    if tried.get("why") != "throttled" or not tried.get("wait_s") or row["sent_since"]:
        return asked
    told = dt.datetime.fromisoformat(tried["at"]) + dt.timedelta(seconds=tried["wait_s"])
    return told if asked is None else max(asked, told)


def _code(problem: str | None) -> str | None:
    """The mailbox writes `code: what the server said`."""
    return problem.partition(":")[0] if problem else None


def _of_server() -> dict[str, str]:
    """What the environment says about mail, without its password."""
    parts = urlsplit(os.environ.get("PERENNIAL_SMTP_URL", ""))
    return {"host": parts.hostname or "", "sender": sender_by_environment()}


def sms_codes(tx: Tx) -> list[Row]:
    """What SMS ask a vendor's template for: template, label, code, params (its gaps, in order)."""
    return tx.rows(_SQL["codes"])
