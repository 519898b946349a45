"""name, Chinese name, what it does, arguments, result, SQL function or None, then (example, result) pairs.

Arguments: `name:中文 kind`, `?` optional, `*` optional and repeating, `+` repeating. A result with `~` reads more than
the row (clock, calendar, readings, a whole form), so it is computed when read.
"""

from typing import Any, TypeAlias

Line: TypeAlias = tuple[Any, ...]
