"""What names mean to a reader: a formula `Scope` without the fields, relations and collections that they may not read.

A formula that a person supplies is checked in here, so that naming a hidden field is the very error of naming one that
does not exist, suggestions included.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from perennial.access.view import PEOPLE, View
from perennial.formula import Collection, Deciding, FieldInfo, PartsScope, Scope


class ReadableScope:
    """The part of a form's scope in which a filter, sort or formula of this reader may move."""

    def __init__(self, view: View, form: str) -> None:
        self._view = view
        self._form = form
        self._inner = view.catalog.scope(form)

    @property
    def form(self) -> str:
        return self._form

    def field(self, name: str) -> FieldInfo | None:
        found = self._inner.field(name)
        if found is None or not self._reads(found.key):
            # a hidden field must not shadow the label of a readable one
            return next((info for info in self.fields() if name in (info.key, info.label)), None)
        return self._published(found)

    def fields(self) -> Iterable[FieldInfo]:
        return [self._published(info) for info in self._inner.fields() if self._reads(info.key)]

    def relation(self, name: str) -> Scope | None:
        found = self.field(name)
        target = None if found is None else found.type.form
        inner = None if found is None else self._inner.relation(found.key)
        if isinstance(inner, PartsScope):
            return inner
        if target is None or inner is None or not self._view.may(target, "read"):
            return None
        return readable_scope(self._view, target)

    def collection(self, name: str) -> Collection | None:
        return next((one for one in self.collections() if one.key == name), None) or next(
            (one for one in self.collections() if one.label == name), None
        )

    def collections(self) -> Iterable[Collection]:
        return [
            replace(one, scope=readable_scope(self._view, one.scope.form))
            for one in self._inner.collections()
            if self._view.may(one.scope.form, "read")
            and (
                self._reads(one.key) if one.inside else self._view.level(one.scope.form, one.back) in ("read", "write")
            )
        ]

    def other(self, name: str) -> Scope | None:
        """A form that the reader may not read does not exist, so its label cannot hide another's."""
        for form in self._view.catalog.forms:
            if name in (form.key, form.label) and self._view.may(form.key, "read"):
                return readable_scope(self._view, form.key)
        return None

    def decision(self, name: str) -> Deciding | None:
        return self._inner.decision(name)

    def readings(self, key: str, period: str) -> Any:
        return self._inner.readings(key, period)

    def _reads(self, key: str) -> bool:
        return self._view.level(self._form, key) in ("read", "write")

    def _published(self, info: FieldInfo) -> FieldInfo:
        """A computed field is opaque, its own grant counts; except where its inputs may be read in full on this row,
        so that a condition over it can use their indexes."""
        if info.formula is None or info.stored or self._transparent(info.key):
            return info
        return replace(info, formula=None, stored=True)

    def _transparent(self, key: str) -> bool:
        if self._view.everything:
            return True
        if self._form in PEOPLE or not self._view.always(self._form, key):
            return False
        reads = self._view.catalog.typed(self._form, key).reads
        return all("." not in read and self._view.always(self._form, read) for read in reads)


def readable_scope(view: View, form: str) -> Scope:
    """Made once per view and form."""
    if view.everything or form in PEOPLE:
        return view.catalog.scope(form)
    return view.kept(("scope", form), lambda: ReadableScope(view, form))
