"""When nothing leaves, how much is too much, and which way is taken when one fails: one definition per workspace.

What is not said holds nothing back: quiet hours, caps and the question before a mass sending are off until somebody
turns them on.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from perennial.kernel import Invalid, Tx
from perennial.messages.definition import WAYS

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
FALLBACK = ("mail", "sms")
DAYS = 400  # a calendar without a working day in so many is wrong


@dataclass(frozen=True, slots=True)
class Quiet:
    """From `since` in the evening `until` the morning, and the whole of days that are no working days."""

    since: str = "21:00"
    until: str = "08:30"
    workdays_only: bool = False


@dataclass(frozen=True, slots=True)
class Cap:
    """How many messages one contact gets at most; 0 is no limit."""

    day: int = 0
    week: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """`merge`: what is one message to one contact on one day: that of one template, or whatever concerns the customer.
    `fallback`: the channels in order; behind the last one somebody is asked to call. `approve_above`: a template that
    nobody has approved waits when it has more recipients than this; 0 never. `link_base`: where people reach this
    program from outside; without it no message has a link."""

    quiet: Quiet | None = None
    cap: Cap = field(default_factory=Cap)
    merge: Literal["template", "customer"] = "template"
    fallback: tuple[str, ...] = FALLBACK
    approve_above: int = 0
    link_base: str = ""

    @classmethod
    def load(cls, tree: Mapping[str, Any]) -> "Policy":
        try:
            rest = dict(tree)
            quiet = rest.pop("quiet", None)
            made = cls(
                quiet=None if quiet is None else Quiet(**quiet), cap=Cap(**(rest.pop("cap", None) or {})),
                fallback=tuple(rest.pop("fallback", FALLBACK)), **rest,
            )  # fmt: skip
        except TypeError as error:
            raise _wrong("policy", str(error)) from None
        _checked(made)
        return made

    def dump(self) -> dict[str, Any]:
        return {**asdict(self), "fallback": list(self.fallback)}


def _wrong(path: str, detail: str) -> Invalid:
    return Invalid("messages.policy", path=path, detail=detail)


def _checked(made: Policy) -> None:
    for name, time in (("since", made.quiet.since), ("until", made.quiet.until)) if made.quiet else ():
        if not _TIME.fullmatch(str(time)):
            raise _wrong(f"quiet.{name}", str(time))
    for name, number in (("cap.day", made.cap.day), ("cap.week", made.cap.week), ("approve_above", made.approve_above)):
        if number < 0:
            raise _wrong(name, str(number))
    if made.link_base and not re.fullmatch(r"https?://[^\s/]+(/[^\s]*)?", str(made.link_base)):
        raise _wrong("link_base", str(made.link_base))
    if made.merge not in ("template", "customer"):
        raise _wrong("merge", made.merge)
    if len(set(made.fallback)) < len(made.fallback) or set(made.fallback) - set(WAYS):
        raise _wrong("fallback", ", ".join(made.fallback))


def policy(tx: Tx) -> Policy:
    """The one in force."""
    if "messages.policy" not in tx.memo:
        tree = tx.value("SELECT definition FROM messages.policy")
        tx.memo["messages.policy"] = Policy.load(tree or {})
    return tx.memo["messages.policy"]


def save_policy(tx: Tx, made: Policy) -> None:
    """In force from the next claim on; what waits for an hour or a day of the one before is asked anew."""
    tx.memo.pop("messages.policy", None)
    tx.run(
        "INSERT INTO messages.policy (definition, at, by) VALUES (%(tree)s, %(now)s, %(by)s::jsonb)"
        ' ON CONFLICT ("only") DO UPDATE SET definition = excluded.definition, at = excluded.at, by = excluded.by',
        {"tree": json.dumps(made.dump(), ensure_ascii=False), "by": tx.actor.as_json()},
    )
    tx.run(
        "UPDATE messages.outbox SET try_at = %(now)s, why = NULL"
        " WHERE state = 'queued' AND why IN ('quiet', 'cap') AND try_at > %(now)s"
    )


def allowed_at(tx: Tx, quiet: Quiet | None, now: dt.datetime | None = None) -> dt.datetime:
    """When something may leave for a customer: `now`, or the next moment that is neither quiet nor on a day off."""
    now = tx.now if now is None else now
    if quiet is None:
        return now
    since, until = dt.time.fromisoformat(quiet.since), dt.time.fromisoformat(quiet.until)
    local = now.astimezone(tx.zone)
    day, time = local.date(), local.time()
    if since > until:  # over midnight
        silent = time >= since or time < until
        opens = day + dt.timedelta(days=int(time >= since))
    else:
        silent, opens = since <= time < until, day
    if quiet.workdays_only:
        first = _workday(tx, opens if silent else day)
        if first != (opens if silent else day):  # a day off begins to count when the night before it is over
            return dt.datetime.combine(first, until if since > until else dt.time(), tx.zone)
    return dt.datetime.combine(opens, until, tx.zone) if silent else now


def _workday(tx: Tx, day: dt.date) -> dt.date:
    """This day, or the next on which people work."""
    sql = "SELECT CASE WHEN kernel.is_workday(d) THEN d ELSE kernel.workday_offset(d, 1) END"
    sql += " FROM (SELECT %(day)s::date) x (d)"
    return tx.value(sql, {"day": day})
