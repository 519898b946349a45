"""Files become records, set-based: COPY to staging, one pass of casts, matches by key, then records' set writes.

    import_id = upload(tx, "contract", "台账.xlsx", path)      # read in a child process, staged, a mapping proposed
    set_mapping(tx, import_id, tree)                           # see `mapping`
    check(tx, import_id)                                       # dry run: every wrong cell by row, column, value, reason
    fix(tx, import_id, column, old=…, new=…)                   # one cell, or all alike
    rehearse(tx, import_id, ask)                               # what the records would set off, rolled back
    start(tx, import_id, skip_errors=True, answer="tasks")     # a worker calls run(database, import_id)
    undo(tx, import_id)                                        # for 30 days

Read in this order: files and reading/ (the file), stage, propose, remembered, mapping, cast, values, problems, match,
similar, write, examine, run, view (what the client sees), undo.
"""

from perennial.records.imports.folder import folders, look, remove_folder, save_folder
from perennial.records.imports.remembered import forget, remembered, set_aside
from perennial.records.imports.run import ANSWERS, check, rehearse, run, run_now, start, unfinished
from perennial.records.imports.stage import discard, read_again, refuse_size, sweep, upload
from perennial.records.imports.table import Table, whole_table
from perennial.records.imports.template import template
from perennial.records.imports.undo import undo
from perennial.records.imports.view import fix, imports, page, read, set_mapping, skip, written

__all__ = [
    "ANSWERS",
    "Table",
    "check",
    "discard",
    "fix",
    "folders",
    "forget",
    "imports",
    "look",
    "page",
    "read",
    "read_again",
    "refuse_size",
    "rehearse",
    "remembered",
    "remove_folder",
    "run",
    "run_now",
    "save_folder",
    "set_aside",
    "set_mapping",
    "skip",
    "start",
    "sweep",
    "template",
    "undo",
    "unfinished",
    "upload",
    "whole_table",
    "written",
]  # fmt: skip
