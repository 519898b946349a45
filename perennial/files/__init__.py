"""Files: content-addressed, checked by content, encrypted at rest when a key is set, in a folder or in a bucket.

Read in this order: file (the doors), content (what it is), picture (thumbnails), sealed (encryption), store (where),
sweep. Who may read a file is not decided here: `records` asks access of the record and field that name it.
"""

from perennial.files.adopt import Adopted, adopt
from perennial.files.content import FILE_BYTES, INLINE
from perennial.files.file import File, add, clean_name, keep, known, missing, read
from perennial.files.produce import produce
from perennial.files.settings import file_settings
from perennial.files.store import FolderStore, Store, bucket, forget_store, store
from perennial.files.sweep import DAYS_UNNAMED, remove, remove_strays, unnamed

__all__ = [
    "DAYS_UNNAMED", "FILE_BYTES", "INLINE", "Adopted", "File", "FolderStore", "Store", "add", "adopt", "bucket",
    "clean_name", "file_settings", "forget_store", "keep", "known", "missing", "produce", "read", "remove",
    "remove_strays", "store", "unnamed",
]  # fmt: skip
