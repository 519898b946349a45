"""The past of records, through today's grants: read as of then, told, compared, brought back."""

from perennial.records.as_of import as_of
from perennial.records.bin import Bin, Gone, bin_of
from perennial.records.compare import Compared, Side, at_moment, compare, found_moment
from perennial.records.history import WHO, Change, changed_days, history
from perennial.records.restore import Foreseen, Restored, foresee, restore_fields

__all__ = [
    "WHO", "Bin", "Change", "Compared", "Foreseen", "Gone", "Restored", "Side", "as_of", "at_moment", "bin_of",
    "changed_days", "compare", "foresee", "found_moment", "history", "restore_fields",
]  # fmt: skip
