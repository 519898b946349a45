"""What records of an import would break: checks of the form, and fields that are required under a condition.

The rules are those of `records.behaviour`, over the records as they would be: each that does not hold is an error at
the row of the file. A rule that looks at other records is asked when the import has written (`behaviour.obey`).
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from perennial import formula
from perennial.forms import Catalog, Form
from perennial.formula import TableSource
from perennial.records.behaviour import Rule, rules
from perennial.records.imports.write import Filled, Writes

_CODES = {"records.set_check": "imports.check", "records.set_required": "imports.required_when"}


class _Whole(TableSource):
    """Records whose computed fields are computed here: nothing of them is stored yet."""

    def __init__(self, inner: TableSource, catalog: Catalog, form: Form) -> None:
        super().__init__(inner.table, inner.scope, inner.resolve)
        self.inner, self.catalog, self.form = inner, catalog, form

    def field(self, key: str) -> sa.ColumnElement[Any]:
        own = self.form.field(key)
        if own is not None and own.kind == "formula":
            return formula.compile(self.catalog.typed(self.form.key, key), self)
        return self.inner.field(key)


def obey(writes: Writes, i: int) -> None:
    """An error for each row whose record of target i would break a rule."""
    target, match = writes.values.mapping.targets[i], writes.match
    form = match.catalog.form(target.form)
    if match.catalog.behaviour(form.key).empty:
        return
    given, now, keys = writes.beside(i)
    _test(writes, form, _Whole(Filled(match, form, given), match.catalog, form), given.c.fresh, None)
    if target.mode in ("upsert", "update"):
        stored = writes.stored(i)
        merged = sa.select(
            given.c.row, *(sa.func.coalesce(given.c[key], now.c[key]).label(key) for key in keys),
            *(column for column in stored.c if column.name not in keys),
        ).select_from(given.join(now, now.c.id == given.c.id).join(stored, stored.c.id == given.c.id))  # fmt: skip
        after = merged.where(~given.c.fresh).subquery("after")
        source = TableSource(after, match.catalog.scope(form.key), match.catalog.table)
        _test(writes, form, _Whole(source, match.catalog, form), sa.true(), keys)


def _test(writes: Writes, form: Form, source: _Whole, where: Any, keys: Collection[str] | None) -> None:
    for rule in rules(writes.match.catalog, form, source, keys):
        if rule.code in _CODES and not rule.far and not rule.format:
            row = source.table.c["row"]
            found = sa.select(row).select_from(source.from_).where(where, ~rule.holds)
            writes.problems.add(
                "error", _CODES[rule.code], found, form=form.key, field=rule.path, facts=_facts(rule)
            )  # fmt: skip


def _facts(rule: Rule) -> dict[str, Any]:
    """Sentences in both languages: the text is chosen when it is shown."""
    words = rule.facts.get("message") or rule.facts.get("field")
    return {"message": str(words), "message_en": getattr(words, "english", str(words))}
