"""A ZIP of certificates and other files becomes values of records: matched by name, looked at, filled in at once.

    bundle_id = upload(tx, "customer", "license", "证书.zip", path)   # read, kept, matched
    read(tx, bundle_id)                                              # per file: record, validity, or why not
    fix(tx, bundle_id, 3, record_id=7, until_on=date)                # by hand
    run(tx, bundle_id)                                               # one change, which `records.undo` takes back

Read in this order: archive (what is in the ZIP), names (what a file name says), match, run.
"""

from perennial.records.bundles.archive import MOST_FILES, MOST_MB, refuse_size
from perennial.records.bundles.match import fix, read, upload
from perennial.records.bundles.run import run, undo

__all__ = ["MOST_FILES", "MOST_MB", "fix", "read", "refuse_size", "run", "undo", "upload"]
