"""What a rule does to other rules and to processes: it writes what they write, they turn in a circle, or both say the
same to the same people.

In:   a definition; every rule that is switched on; processes, which the room above tells as parties
Out:  what a designer should look at; nothing here is wrong by itself, and nothing is refused for it
"Can hold together": two conditions are not proved to exclude each other; records for which both hold now are examples.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from perennial import access, forms, formula
from perennial.kernel import Invalid, Tx
from perennial.rules import versions
from perennial.rules.board import both
from perennial.rules.definition import Create, Notify, Rule, Update
from perennial.rules.load import load
from perennial.rules.publish import actions, wrong
from perennial.rules.reader import Tree

Place = tuple[str, str]  # form, field
EXAMPLES, LONGEST, MOST = 5, 6, 20


@dataclass(frozen=True, slots=True)
class Write:
    """A field that a party gives a value. `record`: the relation path to the record that is written, '' its own.
    `condition`: beside the party's own."""

    at: Place
    path: str
    value: str
    record: str = ""
    condition: str = ""
    creates: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message to an audience, so many days or workdays from a date of the record."""

    path: str
    audience: str
    date: str
    offset: int
    unit: str


@dataclass(frozen=True, slots=True)
class Party:
    """A rule, or a process: what makes it act and what it does. `reads`: a change of it may set it off."""

    kind: Literal["rule", "process"]
    key: str
    label: str
    form: str
    condition: str = ""
    reads: frozenset[Place] = frozenset()
    writes: tuple[Write, ...] = ()
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Clash:
    """Both write `write.at`. `now`: for how many records both hold; None: they look at different forms."""

    write: Write
    other: Party
    others: Write
    now: int | None
    examples: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Link:
    """A party writes `at`, which the next one reads."""

    party: Party
    at: Place


@dataclass(frozen=True, slots=True)
class Conflicts:
    writes: list[Clash] = field(default_factory=list[Clash])
    loops: list[list[Link]] = field(default_factory=list[list[Link]])
    doubles: list[tuple[Said, Party, Said]] = field(default_factory=list[tuple[Said, Party, Said]])


def conflicts(tx: Tx, tree: Tree, processes: Iterable[Party] = ()) -> Conflicts:
    """What this definition, published or not, has to do with the others. Examples are records that the actor may read.

    errors   what loading and publishing the definition says
    """
    rule = load(tree)
    for problem in wrong(tx, rule):
        raise problem
    me = party(tx, rule)
    others = [party(tx, one.rule) for one in versions.active(tx) if one.rule.key != rule.key] + list(processes)
    return Conflicts(
        [clash for other in others for clash in _clashes(tx, me, other)][:MOST],
        list(_loops(me, others))[:MOST],
        [(mine, other, theirs) for other in others for mine in me.said for theirs in other.said
         if other.form == me.form and (mine.audience, mine.date, mine.offset, mine.unit)
         == (theirs.audience, theirs.date, theirs.offset, theirs.unit)][:MOST],
    )  # fmt: skip


def party(tx: Tx, rule: Rule) -> Party:
    paths = versions.watched(tx, rule)
    return Party(
        "rule", rule.key, rule.label, rule.form, rule.condition, places(tx, rule.form, paths),
        tuple(_writes(tx, rule)), tuple(_said(rule)),
    )  # fmt: skip


def places(tx: Tx, form: str, paths: Iterable[str]) -> frozenset[Place]:
    """Every field that is met on these paths."""
    catalog = forms.catalog(tx)
    return frozenset(step for path in paths for step in catalog.steps(form, path))


def target(tx: Tx, form: str, record: str) -> str:
    """The form of the record that a relation path leads to."""
    return formula.check(record, forms.catalog(tx).scope(form)).type.form or form if record else form


_DAYS = re.compile(r"\s*([\w.]+)\s*([+-])\s*(\d+)\s*")
_WORKDAYS = re.compile(r"\s*WORKDAY\(\s*([\w.]+)\s*,\s*(-?)\s*(\d+)\s*\)\s*", re.IGNORECASE)


def offset_of(text: str) -> tuple[str, int, str]:
    """`end_date - 60` and `WORKDAY(end_date, -3)` as a date, an offset and its unit; anything else as it is."""
    for pattern, unit in ((_DAYS, "days"), (_WORKDAYS, "workdays")):
        if (found := pattern.fullmatch(text)) is not None:
            return found[1], int(found[3]) * (-1 if found[2] == "-" else 1), unit
    return text, 0, "days"


def _writes(tx: Tx, rule: Rule) -> Iterator[Write]:
    for path, action in actions(rule):
        step = next((one for at, one in enumerate(rule.steps) if path.startswith(f"steps[{at}].")), rule.steps[0])
        match action:
            case Update():
                form = target(tx, rule.form, action.record)
                for key, value in action.values:
                    yield Write((form, key), f"{path}.set.{key}", value, action.record, step.condition)
            case Create():
                for key, value in action.values:
                    yield Write((action.form, key), f"{path}.set.{key}", value, creates=True)
            case _:
                pass


def _said(rule: Rule) -> Iterator[Said]:
    if not rule.dated:
        return
    for path, action in actions(rule):
        step = next(one for at, one in enumerate(rule.steps) if path.startswith(f"steps[{at}]."))
        if isinstance(action, Notify) and action.who.kind == "audience":
            yield Said(path, action.who.name, rule.when.date, step.offset, step.unit)


def _clashes(tx: Tx, me: Party, other: Party) -> Iterator[Clash]:
    """A new record is its creator's; the same value twice is no conflict."""
    for mine in me.writes:
        for theirs in other.writes:
            if mine.at == theirs.at and not mine.creates and not theirs.creates and mine.value != theirs.value:
                now, examples = None, list[dict[str, Any]]()
                if me.form == other.form and mine.record == theirs.record:
                    texts = [me.condition, mine.condition, other.condition, theirs.condition]
                    now, examples = _together(tx, other, [text for text in texts if text])
                yield Clash(mine, other, theirs, now, examples)


_INSTANCE = sa.table(
    "instance", sa.column("process_id"), sa.column("record_id"), sa.column("state"), schema="processes"
)
_PROCESS = sa.table("process", sa.column("id"), sa.column("key"), schema="processes")


def _together(tx: Tx, other: Party, texts: Sequence[str]) -> tuple[int | None, list[dict[str, Any]]]:
    """Records that the actor may read for which all of it holds now (of a process: where it runs); None where it asks
    how a change was, or what the actor may not read."""
    form = other.form
    if not access.may(tx, "read", form):
        return None, []
    rows = access.readable(tx, form)
    try:
        typed = formula.check(both(texts), rows.scope, "yes_no")
        holds = formula.compile_condition(typed, rows.source)
    except Invalid:
        return None, []
    key, title, where = rows.source.field("id").label("record_id"), rows.label().label("title"), rows.where
    count = sa.func.count().over().label("n")
    select = sa.select(key, title, count).select_from(rows.from_).where(where, holds)
    if other.kind == "process":
        i, p = _INSTANCE.alias("i"), _PROCESS.alias("p")
        runs = (
            sa.select(sa.literal_column("1"))
            .select_from(i.join(p, p.c.id == i.c.process_id))
            .where(p.c.key == other.key, i.c.state == "open", i.c.record_id == rows.source.field("id"))
        )
        select = select.where(runs.exists())
    found = tx.rows(select.order_by(key).limit(EXAMPLES))
    listed = [{"record_id": row["record_id"], "title": row["title"]} for row in found]
    return (found[0]["n"] if found else 0), listed


def _loops(me: Party, others: Sequence[Party]) -> Iterator[list[Link]]:
    """Ways from this rule over others back to it, the shortest for each way out; each writes what the next reads."""

    def leads(one: Party, to: Party) -> Place | None:
        return next((write.at for write in one.writes if write.at in to.reads), None)

    if (own := leads(me, me)) is not None:
        yield [Link(me, own)]
    for first in others:
        if (out := leads(me, first)) is None:
            continue
        ways = [[Link(me, out), Link(first, ("", ""))]]
        seen = {(first.kind, first.key)}
        found = None
        while ways and found is None and len(ways[0]) <= LONGEST:
            further: list[list[Link]] = []
            for way in ways:
                last = way[-1].party
                if (back := leads(last, me)) is not None:
                    found = [*way[:-1], Link(last, back)]
                    break
                for other in others:
                    if (other.kind, other.key) not in seen and (at := leads(last, other)) is not None:
                        seen.add((other.kind, other.key))
                        further.append([*way[:-1], Link(last, at), Link(other, ("", ""))])
            ways = further
        if found:
            yield found
