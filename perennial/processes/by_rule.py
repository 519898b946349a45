"""Processes that rules ask for: a firing's wish is an instance, as if a person had started it."""

from perennial import rules
from perennial.kernel import Tx
from perennial.processes import versions
from perennial.processes.start import start_by_hand


def grant(tx: Tx) -> list[int]:
    """Instances that began. A record that has an open one gets none; a process that is switched off, nothing."""
    wishes = rules.wishes(tx)
    begun: list[int] = []
    for active in versions.active(tx) if wishes else ():  # as many statements as there are processes
        records = sorted({one.record_id for one in wishes if one.process == active.process.key})
        if records:
            begun += start_by_hand(tx, active.version, records)
    if wishes:
        rules.granted(tx, [one.id for one in wishes])
    return begun
