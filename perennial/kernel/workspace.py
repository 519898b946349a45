"""The workspace: its name, zone and clock. One row, read by every transaction."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from perennial.kernel.database import Tx
from perennial.kernel.errors import Invalid

Kind = Literal["real", "demo", "test", "scratch"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the one row says. `manual`: the clock stands until it is advanced."""

    name: str
    kind: Kind
    zone: str
    manual: bool
    now: dt.datetime
    settings: dict[str, Any]


def workspace(tx: Tx) -> Workspace:
    row = tx.one("SELECT name, kind, zone, clock_kind, settings FROM kernel.workspace")
    assert row is not None
    return Workspace(row["name"], row["kind"], row["zone"], row["clock_kind"] == "manual", tx.now, row["settings"])


def set_workspace(tx: Tx, *, name: str | None = None, zone: str | None = None) -> None:
    """Another name, another time zone; from the next transaction on."""
    if zone is not None and zone not in available_timezones():
        raise Invalid("kernel.unknown_zone", path="zone", zone=zone)
    tx.run(
        "UPDATE kernel.workspace SET name = coalesce(%(name)s, name), zone = coalesce(%(zone)s, zone)",
        {"name": name, "zone": zone},
    )


def start_manual_clock(tx: Tx, kind: Kind, at: dt.datetime) -> None:
    """A workspace created so: its clock stands at `at` until advanced. Refused once any clock was set."""
    changed = tx.run(
        "UPDATE kernel.workspace SET kind = %(kind)s, clock_kind = 'manual', clock_at = %(at)s"
        " WHERE clock_kind = 'real' AND kind = 'real' AND clock_at = '-infinity'",
        {"kind": kind, "at": _aware(tx, at)},
    )
    if not changed:
        raise Invalid("kernel.clock_already_set", path="at")


def advance_clock(tx: Tx, to: dt.datetime) -> None:
    """It is `to`, from the next transaction on. Manual clocks only, never back."""
    to = _aware(tx, to)
    row = tx.one("SELECT clock_kind, clock_at FROM kernel.workspace FOR UPDATE")
    assert row is not None
    if row["clock_kind"] != "manual":
        raise Invalid("kernel.clock_is_real", path="to")
    if to < row["clock_at"]:
        raise Invalid("kernel.clock_back", path="to", to=_minute(tx, to), now=_minute(tx, row["clock_at"]))
    tx.run("UPDATE kernel.workspace SET clock_at = %(to)s", {"to": to})


def make_clock_real(tx: Tx) -> None:
    """The manual clock becomes the real one, once and for good; not while it is ahead of it."""
    row = tx.one("SELECT clock_kind, clock_at, clock_at > now() AS ahead FROM kernel.workspace FOR UPDATE")
    assert row is not None
    if row["clock_kind"] != "manual":
        raise Invalid("kernel.clock_is_real", path="clock")
    if row["ahead"]:
        raise Invalid("kernel.clock_ahead", path="clock", at=_minute(tx, row["clock_at"]))
    tx.run("UPDATE kernel.workspace SET clock_kind = 'real'")


def keep_clock(tx: Tx) -> None:
    """A real clock never falls behind this moment, even when the machine's does. The tick calls it."""
    tx.run("UPDATE kernel.workspace SET clock_at = %(now)s WHERE clock_kind = 'real' AND clock_at < %(now)s")


def _aware(tx: Tx, moment: dt.datetime) -> dt.datetime:
    """A moment without a zone is one of the workspace's."""
    return moment if moment.tzinfo else moment.replace(tzinfo=tx.zone)


def _minute(tx: Tx, moment: dt.datetime) -> str:
    zone: ZoneInfo = tx.zone
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
