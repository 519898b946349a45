"""Rules: what is watched over all records of a form, and what follows when it holds.

Read in this order: reader; selects (the select that statements join), changed (what was written, as sets).
"""

from perennial.rules.changed import Group, affected, groups
from perennial.rules.reader import Reader, Tree
from perennial.rules.selects import Wanted, reads, record, renamed, rendered, values
from perennial.rules.who import OWNER, WHO, Who, named, role_of, who_columns, whom

__all__ = [
    "OWNER", "WHO", "Group", "Reader", "Tree", "Wanted", "Who", "affected", "groups", "named", "reads", "record",
    "renamed", "rendered", "role_of", "values", "who_columns", "whom",
]  # fmt: skip
