"""What names what: every place in every definition that needs a form or one of its fields.

In:   all definitions and a catalog (in force, or as they would be)
Out:  uses of fields; places that would be left without what they name
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from perennial import forms, processes
from perennial.apps.kinds import KINDS, Kind, kind_of
from perennial.apps.tree import App, current
from perennial.forms import Catalog, Reference
from perennial.kernel import Invalid, Problem, Tx

Effect = Literal["breaks", "check", "follows", "none"]


@dataclass(frozen=True, slots=True)
class Use:
    """A place that needs `field` of `form` ('' is the form itself).

    label   of the definition; place: a person's word for where in it
    effect  of a publication: it breaks, deserves a look, follows by itself, or is not touched
    """

    form: str
    field: str
    kind: str
    key: str
    label: str
    path: str
    place: str = ""
    effect: Effect = "none"


@dataclass(frozen=True, slots=True)
class Whole:
    """Every definition together with the catalog of its forms."""

    app: App
    catalog: Catalog

    def places(self) -> Iterator[tuple[Kind, str, Any, Reference]]:
        for kind in KINDS:
            for key, one in self.app.of(kind).items():
                for reference in kind.references(one):
                    yield kind, key, one, reference


@dataclass(frozen=True, slots=True)
class Fault:
    """A place that does not hold. `own`: it did not hold before either, so its author has to mend it.

    reads   what it named before
    open    of a process: how many instances run on this version, which is not the one in force
    """

    kind: str
    key: str
    label: str
    path: str
    place: str
    error: Problem
    own: bool
    reads: frozenset[tuple[str, str]] = frozenset()
    open: int = 0

    def uses(self) -> list[Use]:
        of = sorted(self.reads) or [("", "")]
        return [Use(form, key, self.kind, self.key, self.label, self.path, self.place, "breaks") for form, key in of]


def in_use(tx: Tx) -> Whole:
    """Everything as it is in force."""
    return Whole(current(tx), forms.catalog(tx))


def uses(whole: Whole, form: str = "", field: str = "") -> list[Use]:
    """Every use, or those of one form, or of one field; each place once per field."""
    found: dict[Use, None] = {}
    for kind, key, one, reference in whole.places():
        for at in sorted(reads(whole.catalog, reference)):
            if form in ("", at[0]) and field in ("", at[1]):
                found[Use(*at, kind.name, key, label(one), reference.path, reference.place)] = None
    return list(found)


_KEPT = 20_000
_known: dict[tuple[int, Reference], frozenset[tuple[str, str]]] = {}


def reads(catalog: Catalog, reference: Reference) -> frozenset[tuple[str, str]]:
    """What a place reads; remembered for catalogs that are in force, whose number means their content."""
    if catalog.version <= 0:
        return forms.reads(catalog, reference)
    at = (catalog.version, reference)
    if at not in _known:
        if len(_known) >= _KEPT:
            _known.clear()
        _known[at] = forms.reads(catalog, reference)
    return _known[at]


def reached(before: Whole, after: Whole) -> frozenset[tuple[str, str]]:
    """The fields that differ, and the computed ones that read them on however long a way; ('form', ''): it goes."""
    found: set[tuple[str, str]] = set()
    for whole, other in ((before, after), (after, before)):
        for form in whole.catalog.forms:
            there = other.catalog.form(form.key) if form.key in other.catalog else None
            if there is None:
                found.add((form.key, ""))
            found |= {(form.key, one.key) for one in form.fields if there is None or there.field(one.key) != one}
    tables = before.catalog.decisions, after.catalog.decisions
    found |= {(f"decision/{key}", "") for key in {*tables[0], *tables[1]} if tables[0].get(key) != tables[1].get(key)}
    readers: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for form in before.catalog.forms:
        for at, reference in ((_computed(form, one), one) for one in forms.references(form)):
            for source in reads(before.catalog, reference) if at else ():
                readers.setdefault(source, set()).add((form.key, at))
    waiting = list(found)
    while waiting:
        fresh = readers.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return frozenset(found)


def _computed(form: forms.Form, reference: Reference) -> str:
    """The key of the computed field whose formula this place is; '' for any other."""
    place = re.fullmatch(r"fields\[(\d+)\]\.formula", reference.path)
    return form.fields[int(place[1])].key if place else ""


def label(definition: Any) -> str:
    """What people call it; a role keeps its name in its head."""
    return str(getattr(definition, "head", definition).label)


def faults(tx: Tx, before: Whole, after: Whole) -> list[Fault]:
    """Every place that would not hold, of what is published and of what still runs."""
    touched = reached(before, after)
    found = [
        fault
        for kind in KINDS
        for key, one in after.app.of(kind).items()
        if touched or one != before.app.of(kind).get(key)
        for fault in _of_definition(before, after, kind, key, touched)
    ]
    return [*_roots(before, after, found), *_names(before, after), *_running(tx, before, after)]


def _roots(before: Whole, after: Whole, found: list[Fault]) -> list[Fault]:
    """Without the places that only read a computed field which fails itself: they hold again when it is mended."""
    kind = kind_of("form")
    failing: set[tuple[str, str]] = set()
    for one in found:
        if one.kind == kind.name and (at := _computed(after.app.of(kind)[one.key], Reference(one.path, one.key))):
            failing.add((one.key, at))
    changed = {at for one in found for at in one.reads if _field(before, at) != _field(after, at)} - failing
    roots = [one for one in found if not one.reads & failing or one.reads & changed]
    return roots or found


def _field(whole: Whole, at: tuple[str, str]) -> Any:
    form = at[0] if at[0] in whole.catalog else None
    return None if form is None else whole.catalog.form(form).field(at[1])


def _of_definition(
    before: Whole, after: Whole, kind: Kind, key: str, touched: frozenset[tuple[str, str]]
) -> Iterator[Fault]:
    one, old = after.app.of(kind)[key], before.app.of(kind).get(key)
    held: frozenset[Reference] | None = None
    for reference in kind.references(one):
        if reference.loose or (kind.name == "role" and reference.form not in after.catalog):
            continue
        if one == old and not reads(before.catalog, reference) & touched:
            continue
        error = _fails(after.catalog, reference)
        if error is None:
            continue
        if held is None:
            held = _held(before, kind.references(old) if old is not None else ())
        own = replace(reference, path="", place="") not in held
        if own and one == old:
            continue  # it was so before, and nobody touches it now
        yield Fault(
            kind.name, key, label(one), reference.path, reference.place, error, own,
            reads(before.catalog, reference),
        )  # fmt: skip


def _held(before: Whole, references: Iterable[Reference]) -> frozenset[Reference]:
    """The places that held, wherever in the definition they stood."""
    return frozenset(replace(one, path="", place="") for one in references if _fails(before.catalog, one) is None)


def _fails(catalog: Catalog, reference: Reference) -> Problem | None:
    try:
        forms.verify(catalog, reference)
    except Invalid as error:
        return error
    return None


def _names(before: Whole, after: Whole) -> Iterator[Fault]:
    """Definitions that name others: templates, audiences, roles. A role that never was is nobody's fault."""
    kinds: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
    for kind in KINDS:
        for key, one in after.app.of(kind).items():
            for path, other, named, place in kind.names(one):
                if named in after.app.of(kinds[other]):
                    continue
                was = named in before.app.of(kinds[other])
                if was or other != "role":
                    error = Invalid("apps.gone", path=path, kind=other, name=named)
                    yield Fault(kind.name, key, label(one), path, place, error, not was)


def _running(tx: Tx, before: Whole, after: Whole) -> Iterator[Fault]:
    """Versions that instances stand on and that are not, or will no longer be, the ones in force."""
    kind = next(kind for kind in KINDS if kind.name == "process")
    for one in processes.running(tx):
        key = one.process.key
        stays = key in after.app.of(kind) and after.app.of(kind)[key] == before.app.of(kind).get(key)
        if one.current and stays:
            continue
        for reference in processes.references(one.process):
            error = _fails(after.catalog, reference)
            if error is not None and _fails(before.catalog, reference) is None:
                yield Fault(
                    "process", key, f"{one.process.label} v{one.number}", reference.path, reference.place, error,
                    False, reads(before.catalog, reference), one.open,
                )  # fmt: skip


def counted(found: Sequence[Fault]) -> dict[str, str]:
    """How many definitions of each kind, as words: 2 个视图和 1 个流程."""
    keys: dict[str, set[str]] = {}
    for one in found:
        keys.setdefault(one.kind, set()).add(one.key)
    here = [(kind, len(keys[kind.name])) for kind in KINDS if kind.name in keys]
    zh = [f"{count} {kind.zh}" for kind, count in here]
    en = [f"{count} {kind.en}{'s' if count > 1 and kind.en != 'process' else ''}" for kind, count in here]
    en = [text.replace("process", "processes") if not text.startswith("1 ") else text for text in en]
    return {"where_zh": _joined(zh, "、", "和 "), "where_en": _joined(en, ", ", " and ")}


def _joined(words: list[str], comma: str, last: str) -> str:
    return comma.join(words[:-1]) + last + words[-1] if len(words) > 1 else "".join(words)
