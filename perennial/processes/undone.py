"""A match that is undone takes back what it created, as long as nobody touched it; otherwise somebody is asked."""

from perennial import records
from perennial.kernel import Conflict, Invalid, Missing, Reason, Tx
from perennial.processes.definition import Start
from perennial.processes.edges import created_by
from perennial.processes.versions import Active


def take_back(tx: Tx, active: Active, start: Start, gone: list[int]) -> list[dict[str, object]]:
    """Untouched records that instances of `gone` created are deleted; the touched ones are returned and stay."""
    left: list[dict[str, object]] = []
    with tx.because(Reason("process", {"process": active.process.key, "start": start.key, "undone": True})):
        for made in created_by(tx, active, gone):
            try:
                records.delete(tx, str(made["form"]), int(str(made["record_id"])), int(str(made["version"])))
            except Missing:
                continue  # it is gone already
            except (Conflict, Invalid):
                left.append(made)
    return left
