"""The exit pack: everything of a workspace in files that anybody can read, and its way into an empty one.

    manifest = write(database, Path("company.zip"))  # one snapshot; people go on working
    take_in(database, Path("company.zip"))  # all of it or nothing; ids, times and versions as they were
    hashes(tx)  # table -> rows and digest, equal on both sides

A pack is a ZIP: forms as CSV (data/), the rest of the workspace as CSV (system/), definitions as YAML, contents of
files by hash, schema.json and README.txt to read it by, manifest.json with what every part holds.
Read in this order: parts (which tables, in which order and columns), pack, unpack. docs/decisions/0015.
"""

from perennial.packs.pack import Manifest, write
from perennial.packs.parts import Digest, hashes
from perennial.packs.unpack import take_in

__all__ = ["Digest", "Manifest", "hashes", "take_in", "write"]
