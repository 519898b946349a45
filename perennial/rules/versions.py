"""Published rules in memory, and which of them read what: a change that no rule reads costs nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from perennial import forms, formula
from perennial.forms import Catalog
from perennial.kernel import Tx
from perennial.rules.changed import Group
from perennial.rules.definition import Rule
from perennial.rules.load import load
from perennial.rules.selects import reads
from perennial.rules.who import Who

KEPT = 2000
ALL = "*"  # a record of the form appeared or went, whatever its fields
MOST_SHOWN = 12
_HISTORY = ("STREAK", "HELD")
_BEFORE = ("CHANGED", "PREVIOUS")
_versions: dict[tuple[str, int], "Published"] = {}
_indexes: dict[tuple[str, int, tuple[int, ...]], "Index"] = {}
_parts: dict[tuple[int, str, str], "Parts"] = {}


@dataclass(frozen=True, slots=True)
class Published:
    """A version of a rule. `kinds`: "step.action" -> number of its kind of task."""

    id: int
    rule_id: int
    number: int
    rule: Rule
    kinds: dict[str, int]


def _database(tx: Tx) -> str:
    info = tx.connection.info
    return f"{info.host}:{info.port}/{info.dbname}"


def version(tx: Tx, version_id: int) -> Published:
    """A version by its number; it never changes, so it is read once per database."""
    key = (_database(tx), version_id)
    if key not in _versions:
        if len(_versions) > KEPT:
            _versions.clear()
        _versions[key] = read(tx, version_id)
    return _versions[key]


def read(tx: Tx, version_id: int) -> Published:
    """The same, not remembered: of a version that may be rolled back."""
    (one,) = _read(tx, [version_id])
    return one


def _read(tx: Tx, ids: list[int]) -> Iterator[Published]:
    rows = tx.rows(
        "SELECT id, rule_id, number, definition, kinds FROM rules.version WHERE id = ANY(%(ids)s::int[])", {"ids": ids}
    )
    for row in rows:
        rule = load(cast("dict[str, Any]", row["definition"]))
        yield Published(row["id"], row["rule_id"], row["number"], rule, row["kinds"])


def _remember(tx: Tx, ids: list[int]) -> None:
    """Those that were never read, at once."""
    place = _database(tx)
    missing = [id_ for id_ in ids if (place, id_) not in _versions]
    if missing:
        if len(_versions) + len(missing) > KEPT:
            _versions.clear()
        _versions.update(((place, one.id), one) for one in _read(tx, missing))


def active(tx: Tx) -> list[Published]:
    """The rules that are switched on, by key. Remembered for the transaction."""
    known = tx.memo.get("rules.active")
    if known is None:
        ids = tx.value(
            "SELECT array_agg(version_id ORDER BY key) FROM rules.rule"
            " WHERE version_id IS NOT NULL AND paused_at IS NULL"
        )
        _remember(tx, ids or [])
        known = tx.memo["rules.active"] = [one for id_ in ids or () if (one := version(tx, id_)).rule.active]
    return known


def standing(tx: Tx, key: str) -> Published | None:
    """One of them; None: it is switched off or gone."""
    id_ = tx.value("SELECT version_id FROM rules.rule WHERE key = %(key)s AND paused_at IS NULL", {"key": key})
    one = None if id_ is None else version(tx, id_)
    return one if one is not None and one.rule.active else None


def lock(tx: Tx, key: str) -> None:
    tx.run("SELECT pg_advisory_xact_lock(1886547823, hashtext(%(key)s))", {"key": key})


@dataclass(frozen=True, slots=True)
class Parts:
    """What a condition is made of. `read`: fields and runs of readings, as formulas; `runs`: (condition over the
    reading, path of its field, period); `event`: it asks how the record was before."""

    read: tuple[str, ...]
    runs: tuple[tuple[str, str, str], ...]
    event: bool


def parts(tx: Tx, form: str, text: str) -> Parts:
    catalog = forms.catalog(tx)
    key = (catalog.version, form, text)
    if key not in _parts:
        if len(_parts) > KEPT:
            _parts.clear()
        nodes = list(_nodes(formula.check(text, catalog.scope(form)))) if text else []
        runs = tuple((formula.print_(one.args[0]), ".".join(one.value[0]), one.value[1])
                     for one in nodes if one.op in _HISTORY)  # fmt: skip
        shown = [formula.print_(one) for one in nodes if one.op != "HELD" and _shown(one)]
        shown += [f'STREAK({run}, "{period}")' for run, _, period in runs]
        event = any(one.op in _BEFORE for one in nodes)
        _parts[key] = Parts(tuple(dict.fromkeys(shown))[:MOST_SHOWN], runs, event)
    return _parts[key]


def _shown(typed: formula.Typed) -> bool:
    """A field of the record, or what is computed over other rows or readings."""
    return isinstance(typed.value, tuple) and typed.type.kind not in ("references", "multi_select")


def _nodes(typed: formula.Typed) -> Iterator[formula.Typed]:
    """Those that can be read on the record itself: what stands inside a run is a reading, in a sum another row."""
    yield typed
    if typed.op not in _BEFORE and not isinstance(typed.value, tuple):
        for one in typed.args:
            yield from _nodes(one)


def of_event(tx: Tx, rule: Rule) -> bool:
    """It fires for a change, not for what stands: its condition asks how the record was before."""
    return rule.when.kind == "changed" and parts(tx, rule.form, rule.condition).event


def read_field(who: Who) -> bool:
    return who.kind in ("field", "head_of", "superiors")


class Index:
    """Which rules read a field: one look-up for each field that changed."""

    def __init__(self, tx: Tx, rules: list[Published]) -> None:
        catalog = forms.catalog(tx)
        self._of: dict[tuple[str, str], set[int]] = {}
        for at, one in enumerate(rules):
            for place in _places(tx, catalog, one.rule):
                self._of.setdefault(place, set()).add(at)
        self._rules = rules

    def concerned(self, groups: list[Group]) -> list[Published]:
        found: set[int] = set()
        for group in groups:
            names = [ALL, *group.fields] if group.created or group.deleted or group.restored else group.fields
            for name in names:
                found |= self._of.get((group.form, name), set())
        return [self._rules[at] for at in sorted(found)]


def _places(tx: Tx, catalog: Catalog, rule: Rule) -> Iterator[tuple[str, str]]:
    yield rule.form, ALL
    for path in watched(tx, rule):
        for form, field in catalog.steps(rule.form, path):
            yield form, field
            yield form, ALL


def watched(tx: Tx, rule: Rule) -> frozenset[str]:
    """Paths that the rule's dates and conditions read."""
    texts = (rule.condition, rule.when.date, rule.when.not_before, *(step.condition for step in rule.steps))
    return frozenset[str]().union(*(reads(tx, rule.form, text) for text in texts))


def index(tx: Tx) -> Index:
    rules = active(tx)
    key = (_database(tx), forms.catalog(tx).version, tuple(one.id for one in rules))
    if key not in _indexes:
        if len(_indexes) > 64:
            _indexes.clear()
        _indexes[key] = Index(tx, rules)
    return _indexes[key]
