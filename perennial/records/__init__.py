"""Rows of forms: pages, single records, writes one by one and in sets.

Read in this order: query (what a reader asks), names (what its names mean to them), keyset (ids in order), page; values
and check (what must hold), sets (the writes), write (one record), conflict; read, preview.
"""

from perennial.records import (
    bulk,
    bundles,
    comments,
    deciding,
    duplicates,
    exports,
    imports,
    merge,
    past,
    presence,
    standing,
    suspects,
)
from perennial.records.as_of import as_of
from perennial.records.bulk import Chosen
from perennial.records.groups import Group, groups
from perennial.records.history import Change, history
from perennial.records.indexes import Watched, ensure_indexes, stop_builds
from perennial.records.indexes import build as build_indexes
from perennial.records.page import Count, count, page
from perennial.records.paste import Block, Pasted, Refused, paste
from perennial.records.preview import Fault, Preview, preview
from perennial.records.query import MOST_COLUMNS, MOST_ROWS, MOST_SKIPPED, Query
from perennial.records.read import read, related
from perennial.records.search_all import find
from perennial.records.served import file, lost_files, sweep_files, upload
from perennial.records.sets import Written, create_set, delete_set, new_id, restore_set, update_set
from perennial.records.stream import MESSAGE, REPLY, TASK, Entry, Stream, stream
from perennial.records.undo import Undone, undo
from perennial.records.view_kind import (
    SharedView,
    own_views,
    publish_view,
    remove_views,
    shared_views,
    view_references,
)
from perennial.records.views import View, views
from perennial.records.views import bring_back as bring_back_view
from perennial.records.views import change as change_view
from perennial.records.views import make_default as make_default_view
from perennial.records.views import remove as remove_view
from perennial.records.views import save as save_view
from perennial.records.why import Why, explain
from perennial.records.write import create, delete, restore
from perennial.records.write import update_one as update

__all__ = [
    "MESSAGE", "MOST_COLUMNS", "MOST_ROWS", "MOST_SKIPPED", "REPLY", "TASK", "Block", "Change", "Chosen", "Count",
    "Entry", "Fault", "Group", "Pasted", "Preview", "Query", "Refused", "SharedView", "Stream", "Undone", "View",
    "Watched", "Why", "Written", "as_of", "bring_back_view", "build_indexes", "bulk", "bundles", "change_view",
    "comments", "count", "create", "create_set", "deciding", "delete", "delete_set", "duplicates", "ensure_indexes",
    "explain", "exports", "file", "find", "groups", "history", "imports", "lost_files", "make_default_view", "merge",
    "new_id", "own_views", "page", "past", "paste", "presence", "preview", "publish_view", "read", "related",
    "remove_view", "remove_views", "restore", "restore_set", "save_view", "shared_views", "standing", "stop_builds",
    "stream", "suspects", "sweep_files", "undo", "update", "update_set", "upload", "view_references", "views",
]  # fmt: skip
