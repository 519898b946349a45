"""Send me one: whether a channel works as it is set up, told at once. It leaves although the channel is held."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perennial import people
from perennial.kernel import Conflict, Invalid, Tx
from perennial.messages.channels import Channel, Outcome, Wire
from perennial.messages.setup import note_try, setup
from perennial.messages.ways import by_environment, way_of

_SAID = {
    "zh": ("常青：渠道测试", "这是 {name} 在 {at} 发给自己的测试消息。收到它，说明渠道可用。"),
    "en": (
        "Perennial: channel test",
        "{name} sent this to themselves at {at}. Reading it means that the channel works.",
    ),
}
_TO_PEOPLE = {"mail": "mail", "sms": "phone"}


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be sent, outside any transaction, by `attempt(trial.way, trial.wire)`."""

    way: Channel
    wire: Wire


def trial(tx: Tx, channel: str, *, to: str = "", code: str = "", params: Mapping[str, str] | None = None) -> Trial:
    """To the acting person's own address or account; `to`: another number of theirs at the service. `code`, `params`:
    of an SMS, by default the first template that is set up."""
    made = setup(tx, channel)
    way = way_of(tx, channel) if made else by_environment().get(channel)
    if way is None:
        raise Conflict("messages.not_set_up", channel=channel)
    me = tx.one("SELECT name, mail, phone, language FROM people.person WHERE id = %(me)s")
    assert me is not None
    group = made is not None and made.kind in ("robot", "imap")
    address = "*" if group else me[_TO_PEOPLE[channel]] if channel in _TO_PEOPLE else to or _own(tx, channel)
    if not address:
        raise Invalid("messages.no_own_address", path="to", channel=channel)
    subject, body = _SAID[me["language"]]
    at = tx.now.astimezone(tx.zone).strftime("%Y-%m-%d %H:%M")
    codes: Mapping[str, str] = (made.values.get("codes") or {}) if made else {}
    wire = Wire(
        wire_id=f"<try.{secrets.token_hex(8)}@perennial.invalid>", name=me["name"], address=address, subject=subject,
        body=body.format(name=me["name"], at=at), code=code or next(iter(codes.values()), ""),
        params=tuple((params or {}).items()),
    )  # fmt: skip
    return Trial(way, wire)


def _own(tx: Tx, channel: str) -> str:
    """The account there that is bound to the acting person."""
    return next((one.remote for one in people.accounts_of(tx, tx.actor.id or 0) if one.channel == channel), "")


def tried(tx: Tx, channel: str, outcome: Outcome, took_ms: int = 0) -> dict[str, Any]:
    """The result, kept at the channel."""
    told = {"state": outcome.state, "why": outcome.why, "detail": outcome.detail[:500], "at": tx.now.isoformat(),
            "took_ms": took_ms, "wait_s": outcome.wait_s}  # fmt: skip
    note_try(tx, channel, told)
    return {**told, "at": tx.now}
