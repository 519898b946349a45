"""What a person does to a process: start it for records, leave records out, take them in again."""

from perennial.kernel import Invalid, Tx
from perennial.processes import coverage, versions
from perennial.processes.advance import Advanced, advance
from perennial.processes.start import start_by_hand
from perennial.processes.triggers import share


def start(tx: Tx, process: str, records: list[int]) -> Advanced:
    """The process has begun for these records; one that has an open instance keeps it."""
    return advance(tx, start_by_hand(tx, versions.active_of(tx, process).version, records))


def leave_out(tx: Tx, process: str, records: list[int], reason: str) -> None:
    """Covered records without an instance stand under 未覆盖 for this term, with who, when and why."""
    if not reason.strip():
        raise Invalid("processes.hold_without_reason", path="reason")
    active = versions.active_of(tx, process)
    coverage.leave_out(tx, active, records, reason.strip())


def take_in(tx: Tx, process: str, records: list[int]) -> Advanced:
    """Records that were left out are covered again: each has its late entry."""
    active = versions.active_of(tx, process)
    share(tx, list(active.triggers.values()))
    return advance(tx, coverage.take_in(tx, active, records))
