"""SQLAlchemy as a compiler only: a statement becomes text and parameter names once, psycopg runs it."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy.dialects.postgresql import psycopg as dialect
from sqlalchemy.sql.expression import ClauseElement

_DIALECT = dialect.dialect(paramstyle="pyformat")


@dataclass(frozen=True, slots=True)
class Query:
    """SQL text with `%(name)s` placeholders; `params` are the values known when it was rendered."""

    text: str
    params: dict[str, Any] = field(default_factory=dict[str, Any])


def render(statement: ClauseElement) -> Query:
    """Compile once; keep the result as long as the definitions it came from are current."""
    compiled = statement.compile(dialect=_DIALECT)
    unset = {name for name, bind in cast(Any, compiled).binds.items() if bind.required}  # `today`: bound when it runs
    expanded = cast(Any, compiled).construct_expanded_state(dict.fromkeys(unset))
    return Query(expanded.statement, {name: value for name, value in expanded.parameters.items() if name not in unset})


_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@lru_cache
def _load(path: Path) -> dict[str, str]:
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], (body.strip().rstrip(";") for body in parts[2::2]), strict=True))


def statements(module_file: str, name: str) -> dict[str, str]:
    """The named statements of a `.sql` file beside a module: `statements(__file__, "advance.sql")["claim"]`."""
    return _load(Path(module_file).parent / name)
