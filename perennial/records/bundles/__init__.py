"""A ZIP of certificates and other files becomes values of records: matched by name, looked at, filled in at once.

    bundle_id = upload(tx, "customer", "license", "证书.zip", path)   # read, kept, matched
    read(tx, bundle_id)                                              # per file: record, validity, or why not
    fix(tx, bundle_id, 3, record_id=7, until_on=date)                # by hand
    run(tx, bundle_id)                                               # one change, which `records.undo` takes back

A long ZIP is read by a worker: take_in(database, bundle_id). Read in this order: archive (what is in the ZIP), names
(what a file name says), reading, match, run.
"""

from perennial.records.bundles.archive import MOST_FILES, MOST_MB, refuse_size
from perennial.records.bundles.match import bundles, discard, fix, read
from perennial.records.bundles.reading import take_in, unfinished, upload
from perennial.records.bundles.run import run, undo

__all__ = [
    "MOST_FILES", "MOST_MB", "bundles", "discard", "fix", "read", "refuse_size", "run", "take_in", "undo",
    "unfinished", "upload",
]  # fmt: skip
