"""What a list shows, as a file: asked for, written by a worker as the person may see it then, fetched by that person.

    export_id = ask(tx, "contract", Asked(columns=("number", "customer"), filter="amount > 5"), format="xlsx")
    run(database, export_id)                    # a worker
    read(tx, export_id) · file(tx, export_id) · cancel(tx, export_id) · exports(tx)

Read in this order: cells (a column as a value of its kind), sheet (xlsx and csv), job. docs/decisions/0014.
"""

from perennial.records.exports.cells import BETWEEN
from perennial.records.exports.job import Asked, ask, ask_pack, cancel, exports, file, known, read, run, unfinished
from perennial.records.exports.sheet import MOST_XLSX_ROWS, neutral

__all__ = [
    "BETWEEN",
    "MOST_XLSX_ROWS",
    "Asked",
    "ask",
    "ask_pack",
    "cancel",
    "exports",
    "file",
    "known",
    "neutral",
    "read",
    "run",
    "unfinished",
]
