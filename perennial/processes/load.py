"""YAML -> Process: every wrong or misspelt attribute is named with its path, as forms do it."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from perennial.kernel import Invalid
from perennial.processes.definition import (
    Approval,
    Cancel,
    Case,
    Condition,
    Create,
    End,
    Fill,
    Find,
    Inclusive,
    Join,
    Node,
    Notify,
    Outcome,
    Parallel,
    Process,
    Right,
    Start,
    Task,
    Unread,
    Update,
    Wait,
    Who,
)

Tree = Mapping[str, Any]
MOST_LEVELS = 10  # of superiors
_KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_TIME = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
_WHO = ("field", "head_of", "superiors", "role", "person", "audience")


class _Reader:
    """One mapping of the tree: what is taken from it is known, what is left over was misspelt."""

    def __init__(self, tree: Any, path: str) -> None:
        if not isinstance(tree, Mapping):
            raise Invalid("processes.attribute", path=path, attribute=path)
        self.tree = dict(cast("Tree", tree))
        self.path = path

    def at(self, name: str) -> str:
        return f"{self.path}.{name}".lstrip(".")

    def wrong(self, name: str) -> Invalid:
        return Invalid("processes.attribute", path=self.at(name), attribute=name)

    def text(self, name: str, default: str | None = "") -> str:
        value = self.tree.pop(name, None)
        if isinstance(value, bool):
            value = str(value).upper()
        if isinstance(value, int | float):
            value = str(value)
        if isinstance(value, str) and value != "":
            return value
        if value is None and default is not None:
            return default
        raise self.wrong(name)

    def key(self, name: str) -> str:
        value = self.text(name, None)
        if not _KEY.match(value):
            raise Invalid("processes.key", path=self.at(name), key=value)
        return value

    def number(self, name: str, default: int = 0) -> int:
        value = self.tree.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 36500:
            raise self.wrong(name)
        return value

    def yes_no(self, name: str, *, default: bool = False) -> bool:
        value = self.tree.pop(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name)
        return value

    def share(self, name: str) -> Decimal:
        """A number above 0 and at most 1, as it is written."""
        value = self.tree.pop(name, 1)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.wrong(name)
        try:
            found = Decimal(str(value))
        except InvalidOperation as error:
            raise self.wrong(name) from error
        if not 0 < found <= 1:
            raise self.wrong(name)
        return found

    def one_of(self, name: str, among: Sequence[str], default: str) -> Any:
        value = self.text(name, default)
        if value not in among:
            raise Invalid("processes.one_of", path=self.at(name), attribute=name, value=value, among=", ".join(among))
        return value

    def time(self, name: str, default: str = "09:00") -> dt.time:
        value = self.tree.pop(name, default)
        if isinstance(value, int) and not isinstance(value, bool):  # YAML 1.1 reads 9:00 as a base-60 number
            value = f"{value // 60}:{value % 60:02d}"
        found = _TIME.match(value) if isinstance(value, str) else None
        if found is None:
            raise Invalid("processes.time", path=self.at(name), value=str(value))
        return dt.time(int(found[1]), int(found[2]))

    def list(self, name: str) -> list[Any]:
        value = self.tree.pop(name, [])
        if not isinstance(value, list):
            raise self.wrong(name)
        return cast("list[Any]", value)

    def place(self) -> tuple[int, int] | None:
        """Where it stands on the canvas; None: where the layout puts it."""
        match self.list("place"):
            case []:
                return None
            case [int(x), int(y)]:
                return (x, y)
            case _:
                raise self.wrong("place")

    def keys(self, name: str) -> tuple[str, ...]:
        return tuple(str(item) for item in self.list(name))

    def values(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self.tree.pop(name, {})
        if not isinstance(value, Mapping):
            raise self.wrong(name)
        return tuple((str(field), _literal(text)) for field, text in cast("Tree", value).items())

    def inside(self, name: str) -> "_Reader | None":
        return _Reader(self.tree.pop(name), self.at(name)) if self.tree.get(name) is not None else None

    def done(self) -> None:
        for name in self.tree:
            raise Invalid("processes.unknown_attribute", path=self.at(str(name)), attribute=str(name))


def _literal(value: Any) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)


def load(tree: Tree) -> Process:
    """The process that a YAML tree describes, or `Invalid` with the path of the first wrong attribute."""
    read = _Reader(tree, "")
    key = read.key("process")
    starts = tuple(_start(_Reader(item, f"start[{at}]")) for at, item in enumerate(read.list("start")))
    nodes = tuple(_node(_Reader(item, f"nodes[{at}]")) for at, item in enumerate(read.list("nodes")))
    if not nodes:
        raise Invalid("processes.attribute", path="nodes", attribute="nodes")
    process = Process(
        key=key,
        label=read.text("label", None),
        label_en=read.text("label_en"),
        about=read.text("about"),
        form=read.key("form"),
        starts=starts,
        nodes=nodes,
        covers=read.text("covers"),
        cancel_when=read.text("cancel_when"),
        then=read.text("then"),
        not_before=read.text("not_before"),
        hold_by=read.keys("hold_by"),
        owner=read.text("owner"),
        same_term_days=read.number("same_term_days", 30),
    )
    read.done()
    return process


def sketch(tree: Tree) -> tuple[Process | None, list[Invalid]]:
    """A draft as far as it can be read, and what cannot be: nodes that cannot stand as `Unread`, starts are left out.

    None: not even its name or its form can be read
    """
    wrong: list[Invalid] = []
    try:
        return load(tree), []
    except Invalid as error:
        first = error
    stub = {"key": "stub", "kind": "end"}
    process: Process | None = None
    try:
        process = load({**tree, "start": [], "nodes": [stub]})
    except Invalid as error:
        wrong.append(error)
    starts: list[Start] = []
    for at, item in enumerate(_items(tree.get("start"))):
        try:
            starts.append(_start(_Reader(item, f"start[{at}]")))
        except Invalid as error:
            wrong.append(error)
    nodes: list[Node] = []
    for at, item in enumerate(_items(tree.get("nodes"))):
        try:
            nodes.append(_node(_Reader(item, f"nodes[{at}]")))
        except Invalid as error:
            given = cast("Tree", item) if isinstance(item, Mapping) else {}
            key, label = str(given.get("key") or f"nodes[{at}]"), str(given.get("label") or "")
            nodes.append(Unread(key, label or key, ways=tuple(_ways(given))))
            wrong.append(_unset(error, str(given.get("kind")), label or key))
    if not nodes:
        wrong.append(Invalid("processes.no_nodes", path="nodes"))
    if process is None or not nodes:
        return None, wrong
    return replace(process, starts=tuple(starts), nodes=tuple(nodes)), wrong or [first]


def _items(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


_WAYS = ("next", "otherwise", "on_limit", "approved", "rejected", "error")


def _ways(given: Any) -> list[str]:
    """Where a node that cannot be read leads, as far as it can be seen."""
    if isinstance(given, list):
        return [way for item in cast("list[Any]", given) for way in _ways(item)]
    if not isinstance(given, Mapping):
        return []
    tree = cast("Tree", given)
    found = [str(tree[name]) for name in _WAYS if isinstance(tree.get(name), str)]
    found += [str(one) for one in _items(tree.get("branches"))]
    return found + [way for value in tree.values() if isinstance(value, list | Mapping) for way in _ways(value)]


_UNSET = {
    ("notify", "template"): "processes.no_template", ("create", "form"): "processes.no_form",
    ("condition", "when"): "processes.no_condition", ("inclusive", "when"): "processes.no_condition",
    ("join", "of"): "processes.no_split",
}  # fmt: skip


def _unset(error: Invalid, kind: str, label: str) -> Invalid:
    """What was not chosen yet, in words: a node fresh from the palette says what it needs."""
    attribute = str(error.facts.get("attribute"))
    code = _UNSET.get((kind, attribute), "processes.nobody" if attribute in _WHO else error.code)
    if error.code == "processes.wait_for_one":
        code = "processes.no_wait"
    if error.code not in ("processes.attribute", "processes.wait_for_one"):
        code = error.code
    return Invalid(code, path=error.path, **error.facts, label=label)


def _start(read: _Reader) -> Start:
    on = read.one_of("kind", ("date", "created", "matched", "hand"), "")
    offset_workdays = read.number("workdays") if "workdays" in read.tree else None
    start = Start(
        key=read.key("key"),
        on=on,
        label=read.text("label"),
        label_en=read.text("label_en"),
        date=read.text("date", None if on == "date" else ""),
        offset=read.number("days") if offset_workdays is None else offset_workdays,
        unit="days" if offset_workdays is None else "workdays",
        at=read.time("at"),
        when=read.text("when", None if on == "matched" else ""),
        late=read.one_of("late", ("run", "skip"), "run"),
        undone=read.one_of("undone", ("", "remove"), ""),
        touched=read.text("touched"),
    )
    read.done()
    return start


def _who(read: _Reader, name: str) -> Who:
    inside = read.inside(name)
    return Who("field", "owner") if inside is None else _whom(inside)


def _whom(read: _Reader) -> Who:
    kind = next((kind for kind in _WHO if kind in read.tree), None)
    if kind is None:
        raise Invalid("processes.attribute", path=read.path, attribute="who")
    if kind == "superiors":
        who = Who(kind, levels=read.number(kind), name=read.text("of", None))
        if not 1 <= who.levels <= MOST_LEVELS:
            raise read.wrong(kind)
    else:
        who = Who(kind, read.text(kind, None))  # type: ignore[arg-type]
    read.done()
    return who


def _people(read: _Reader, name: str) -> tuple[Who, ...]:
    found = tuple(_whom(_Reader(item, f"{read.at(name)}[{n}]")) for n, item in enumerate(read.list(name)))
    outside = next((n for n, who in enumerate(found) if who.kind == "audience"), None)
    if outside is not None:
        raise Invalid("processes.unknown_attribute", path=f"{read.at(name)}[{outside}]", attribute="audience")
    return found


def _fill(read: _Reader) -> tuple[Fill, ...]:
    """`[intent!, intent_checked_on]`: a mark says that the task cannot be finished without it."""
    return tuple(Fill(item.rstrip("!"), item.endswith("!")) for item in read.keys("fill"))


def _find(read: _Reader | None) -> Find | None:
    if read is None:
        return None
    find = Find(
        form=read.key("form"),
        same=read.keys("same"),
        when=read.text("when"),
        date=read.text("date"),
        near=read.text("near"),
        days=read.number("days"),
    )
    read.done()
    return find


def _outcome(read: _Reader) -> Outcome:
    outcome = Outcome(
        read.key("key"),
        read.text("label", None),
        read.text("label_en"),
        fill=_fill(read),
        next=read.text("next"),
        take_back=read.text("take_back") == "TRUE",
    )
    read.done()
    return outcome


def _case(read: _Reader) -> Case:
    case = Case(
        when=read.text("when"),
        exists=_find(read.inside("exists")),
        left=read.text("left"),
        held=read.text("held") == "TRUE",
        stands=read.text("stands"),
        next=read.text("next"),
        label=read.text("label"),
    )
    read.done()
    if not (case.when or case.exists or case.left or case.held or case.stands):
        raise read.wrong("when")
    return case


def _task(read: _Reader, **base: Any) -> Node:
    outcomes = tuple(
        _outcome(_Reader(item, f"{read.at('outcomes')}[{n}]")) for n, item in enumerate(read.list("outcomes"))
    )
    return Task(
        **base,
        who=_who(read, "who"),
        due_workdays=read.number("due_workdays", 3),
        priority=read.one_of("priority", ("low", "normal", "high"), "normal"),
        title=read.text("title"),
        fill=_fill(read),
        outcomes=outcomes,
        repeat_workdays=read.number("repeat_workdays"),
        timeout_unit="days" if "timeout_days" in read.tree else "workdays",
        timeout=read.number("timeout_days" if "timeout_days" in read.tree else "timeout_workdays"),
        on_timeout=read.text("on_timeout"),
        propose=_find(read.inside("propose")),
    )


def _approval(read: _Reader, **base: Any) -> Node:
    empty, instead = read.tree.get("empty"), ""
    if isinstance(empty, Mapping):
        inside = _Reader(read.tree.pop("empty"), read.at("empty"))
        instead, empty = inside.text("person", None), "person"
        inside.done()
    else:
        empty = read.one_of("empty", ("admin", "pass", "reject"), "admin")
    rights = [_Reader(item, f"{read.at('fields')}[{n}]") for n, item in enumerate(read.list("fields"))]
    node = Approval(
        **base,
        who=_people(read, "who"),
        mode=read.one_of("mode", ("all", "any", "order", "vote"), "all"),
        ratio=read.share("ratio"),
        veto=read.yes_no("veto"),
        title=read.text("title"),
        due_workdays=read.number("due_workdays", 2),
        on_timeout=read.one_of("on_timeout", ("", "remind", "pass", "reject", "escalate"), ""),
        empty=empty,
        instead=instead,
        skip_repeated=read.yes_no("skip_repeated"),
        opinion=read.one_of("opinion", ("none", "reject", "always"), "reject"),
        attachments=read.yes_no("attachments", default=True),
        signature=read.yes_no("signature"),
        fields=tuple(_right(item) for item in rights),
        returns=read.keys("returns"),
        copy_to=_people(read, "copy_to"),
        approved=read.text("approved"),
        rejected=read.text("rejected"),
    )
    if node.next:
        raise Invalid("processes.unknown_attribute", path=read.at("next"), attribute="next")
    return node


def _right(read: _Reader) -> Right:
    right = Right(read.text("field", None), read.one_of("right", ("hidden", "read", "write", "required"), ""))
    read.done()
    return right


def _cases(read: _Reader) -> tuple[Case, ...]:
    return tuple(_case(_Reader(item, f"{read.at('cases')}[{n}]")) for n, item in enumerate(read.list("cases")))


def _condition(read: _Reader, **base: Any) -> Node:
    return Condition(**base, cases=_cases(read), otherwise=read.text("otherwise"))


def _parallel(read: _Reader, **base: Any) -> Node:
    return Parallel(**base, branches=read.keys("branches"))


def _inclusive(read: _Reader, **base: Any) -> Node:
    return Inclusive(**base, cases=_cases(read), otherwise=read.text("otherwise"))


def _join(read: _Reader, **base: Any) -> Node:
    rest = read.one_of("rest", ("cancel", "absorb"), "cancel")
    return Join(**base, of=read.key("of"), need=read.number("need"), rest=rest)


def _cancel(read: _Reader, **base: Any) -> Node:
    return Cancel(**base, nodes=read.keys("nodes"))


def _wait(read: _Reader, **base: Any) -> Node:
    until, met = read.text("until"), read.text("met")
    unit = "workdays" if "workdays" in read.tree or "limit_workdays" in read.tree else "days"
    wait = Wait(
        **base,
        until=until,
        at=read.time("at"),
        lasting=read.number("workdays") if "workdays" in read.tree else read.number("days"),
        unit=unit,  # type: ignore[arg-type]
        met=met,
        limit=read.number("limit_workdays") if "limit_workdays" in read.tree else read.number("limit_days"),
        on_limit=read.text("on_limit"),
    )
    if sum((bool(until), bool(met), wait.lasting > 0)) != 1:
        raise Invalid("processes.wait_for_one", path=read.path, node=base["key"])
    return wait


def _update(read: _Reader, **base: Any) -> Node:
    return Update(**base, values=read.values("set"), record=read.text("record"), when=read.text("when"))


def _create(read: _Reader, **base: Any) -> Node:
    return Create(**base, form=read.key("form"), values=read.values("set"), match=read.keys("match"))


def _notify(read: _Reader, **base: Any) -> Node:
    limit = read.number("limit_days") if "limit_days" in read.tree else None
    return Notify(
        **base, who=_who(read, "to"), template=read.text("template", None), when=read.text("when"), limit_days=limit
    )


def _end(read: _Reader, **base: Any) -> Node:
    return End(**base, scope=read.one_of("scope", ("branch", "instance"), "branch"))


_KINDS: dict[str, Callable[..., Node]] = {
    "task": _task, "approval": _approval, "condition": _condition, "parallel": _parallel, "inclusive": _inclusive,
    "join": _join, "cancel": _cancel, "wait": _wait, "update": _update, "create": _create, "notify": _notify,
    "end": _end,
}  # fmt: skip


def _node(read: _Reader) -> Node:
    kind = read.one_of("kind", tuple(_KINDS), "")
    key = read.key("key")
    base: dict[str, Any] = {name: read.text(name) for name in ("label", "label_en", "next", "note")}
    base |= {"key": key, "place": read.place()}
    node = _KINDS[kind](read, **base)
    read.done()
    return node


KIND_OF: dict[type[Node], str] = {
    Task: "task", Approval: "approval", Condition: "condition", Parallel: "parallel", Inclusive: "inclusive",
    Join: "join", Cancel: "cancel", Wait: "wait", Update: "update", Create: "create", Notify: "notify", End: "end",
}  # fmt: skip


def kind_of(node: Node) -> str:
    """The word for a node's kind in YAML and tables."""
    return KIND_OF[type(node)]
