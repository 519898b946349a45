"""What a way out is, and a recorder that takes everything (demo history, simulation, tests)."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Wire:
    """One message, ready to leave."""

    wire_id: str
    name: str
    address: str
    subject: str
    body: str
    code: str = ""  # the template that an SMS vendor has approved
    params: tuple[tuple[str, str], ...] = ()  # what goes into its gaps, in its order
    opt_out: str = ""  # the recipient's own link


@dataclass(frozen=True, slots=True)
class Outcome:
    """`sent`: accepted. `temporary`: try again later. `permanent`: never. `uncertain`: the answer did not come."""

    state: Literal["sent", "temporary", "permanent", "uncertain"]
    detail: str = ""
    why: str = ""  # of docs/decisions/0026
    remote_id: str = ""
    wait_s: float | None = None  # how long the channel is to be left alone

    @property
    def refused(self) -> bool:
        """The channel as it is set up is not taken, whoever it is for."""
        return self.state == "permanent" and self.why in REFUSED


REFUSED = ("signature", "credentials", "permission", "ip", "gone", "quota")  # of our account, whoever it is for
REPEATS = {"mail": 1, "webhook": 5, "wecom": 3, "feishu": 3}  # an unanswered attempt, where its key makes it one


class Channel(Protocol):
    """`instant` channels take a whole batch without being called: the batch is marked sent in one statement."""

    instant: bool

    def send(self, wire: Wire) -> Outcome: ...


def repeats(key: str, channel: Channel | None) -> int:
    """How often an attempt that was never answered is made again: as the channel says, else as its kind does."""
    return int(getattr(channel, "repeats", REPEATS.get(key, 0)))


def attempt(channel: Channel, wire: Wire) -> Outcome:
    """Send one; a channel that raises leaves its message uncertain and never stops the others."""
    try:
        return channel.send(wire)
    except Exception as error:
        return Outcome("uncertain", f"{type(error).__name__}: {error}")


def unsubscribe(wire: Wire) -> dict[str, str]:
    """How a mail program offers not to get such mail (RFC 8058)."""
    if not wire.opt_out:
        return {}
    return {"List-Unsubscribe": f"<{wire.opt_out}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


class Recorder:
    """Takes everything, sends nothing."""

    instant = True

    def send(self, wire: Wire) -> Outcome:
        return Outcome("sent", "recorded")
