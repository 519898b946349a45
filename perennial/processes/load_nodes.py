"""The nodes of a definition: one function per kind reads its tree."""

from collections.abc import Callable, Mapping
from typing import Any

from perennial.kernel import Invalid
from perennial.processes.definition import (
    Approval,
    Arrival,
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
    Right,
    Sub,
    Task,
    Update,
    Wait,
    Webhook,
    Who,
)  # fmt: skip
from perennial.processes.reader import Reader
from perennial.rules import OWNER, whom

MOST_TRIES = 20  # of a webhook


def _who(read: Reader, name: str) -> Who:
    inside = read.inside(name)
    return OWNER if inside is None else whom(inside)


def _people(read: Reader, name: str) -> tuple[Who, ...]:
    found = tuple(whom(Reader(item, f"{read.at(name)}[{n}]")) for n, item in enumerate(read.list(name)))
    outside = next((n for n, who in enumerate(found) if who.kind == "audience"), None)
    if outside is not None:
        raise Invalid("processes.unknown_attribute", path=f"{read.at(name)}[{outside}]", attribute="audience")
    return found


def _fill(read: Reader) -> tuple[Fill, ...]:
    """`[intent!, intent_checked_on, {field: license, when: …}]`: a mark says that the task cannot be finished without
    it, a mapping of which records that is true."""
    return tuple(_filled(read, item, n) for n, item in enumerate(read.list("fill")))


def _filled(read: Reader, item: Any, at: int) -> Fill:
    if not isinstance(item, Mapping):
        return Fill(str(item).rstrip("!"), str(item).endswith("!"))
    inside = Reader(item, f"{read.at('fill')}[{at}]")
    fill = Fill(inside.text("field", None), required=True, when=inside.text("when", None))
    inside.done()
    return fill


def _find(read: Reader | None) -> Find | None:
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


def _outcome(read: Reader) -> Outcome:
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


def _case(read: Reader) -> Case:
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


def _task(read: Reader, **base: Any) -> Node:
    outcomes = tuple(
        _outcome(Reader(item, f"{read.at('outcomes')}[{n}]")) for n, item in enumerate(read.list("outcomes"))
    )
    several = read.tree.get("who")
    people = _people(read, "who") if isinstance(several, list) else (_who(read, "who"),)
    if not people:
        raise read.wrong("who")
    return Task(
        **base,
        who=people[0],
        others=people[1:],
        need=read.number("need"),
        seal=read.text("seal"),
        due_workdays=read.number("due_workdays", 3),
        priority=read.one_of("priority", ("low", "normal", "high"), "normal"),
        title=read.text("title"),
        fill=_fill(read),
        outcomes=outcomes,
        repeat_workdays=read.number("repeat_workdays"),
        timeout_unit="days" if "timeout_days" in read.tree else "workdays",
        timeout=read.number("timeout_days" if "timeout_days" in read.tree else "timeout_workdays"),
        on_timeout=read.text("on_timeout"),
        critical=read.text("critical"),
        propose=_find(read.inside("propose")),
    )


def _approval(read: Reader, **base: Any) -> Node:
    empty, instead = read.tree.get("empty"), ""
    if isinstance(empty, Mapping):
        inside = Reader(read.tree.pop("empty"), read.at("empty"))
        instead, empty = inside.text("person", None), "person"
        inside.done()
    else:
        empty = read.one_of("empty", ("admin", "pass", "reject"), "admin")
    rights = [Reader(item, f"{read.at('fields')}[{n}]") for n, item in enumerate(read.list("fields"))]
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


def _right(read: Reader) -> Right:
    right = Right(
        read.text("field", None), read.one_of("right", ("hidden", "read", "write", "required"), ""), read.text("when")
    )
    read.done()
    if right.when and right.right != "required":
        raise read.wrong("when")
    return right


def _cases(read: Reader) -> tuple[Case, ...]:
    return tuple(_case(Reader(item, f"{read.at('cases')}[{n}]")) for n, item in enumerate(read.list("cases")))


def _condition(read: Reader, **base: Any) -> Node:
    return Condition(**base, cases=_cases(read), otherwise=read.text("otherwise"))


def _parallel(read: Reader, **base: Any) -> Node:
    return Parallel(**base, branches=read.keys("branches"))


def _inclusive(read: Reader, **base: Any) -> Node:
    return Inclusive(**base, cases=_cases(read), otherwise=read.text("otherwise"))


def _join(read: Reader, **base: Any) -> Node:
    rest = read.one_of("rest", ("cancel", "absorb"), "cancel")
    return Join(**base, of=read.key("of"), need=read.number("need"), rest=rest)


def _cancel(read: Reader, **base: Any) -> Node:
    return Cancel(**base, nodes=read.keys("nodes"))


def _wait(read: Reader, **base: Any) -> Node:
    until, met, hook, arrives = read.text("until"), read.text("met"), read.text("hook"), _arrives(read)
    unit = "workdays" if "workdays" in read.tree or "limit_workdays" in read.tree else "days"
    wait = Wait(
        **base,
        until=until,
        at=read.time("at"),
        lasting=read.number("workdays") if "workdays" in read.tree else read.number("days"),
        unit=unit,  # type: ignore[arg-type]
        met=met,
        arrives=arrives,
        hook=hook,
        since=read.one_of("since", ("here", "start"), "here"),
        limit=read.number("limit_workdays") if "limit_workdays" in read.tree else read.number("limit_days"),
        on_limit=read.text("on_limit"),
    )
    if sum((bool(until), bool(met), bool(hook), arrives is not None, wait.lasting > 0)) != 1:
        raise Invalid("processes.wait_for_one", path=read.path, node=base["key"])
    return wait


def _arrives(read: Reader) -> Arrival | None:
    inside = read.inside("arrives")
    if inside is None:
        return None
    arrival = Arrival(inside.key("form"), inside.text("by", None), inside.text("when"))
    inside.done()
    return arrival


def _sub(read: Reader, **base: Any) -> Node:
    unit = "days" if "timeout_days" in read.tree else "workdays"
    sub = Sub(
        **base,
        process=read.key("process"),
        over=read.text("over"),
        record=read.text("record"),
        when=read.text("when"),
        need=read.number("need"),
        rest=read.one_of("rest", ("cancel", "absorb"), "absorb"),
        timeout_unit=unit,
        timeout=read.number(f"timeout_{unit}"),
        on_timeout=read.text("on_timeout"),
    )
    if sub.over and sub.record:
        raise read.wrong("record")
    return sub


def _webhook(read: Reader, **base: Any) -> Node:
    tries = read.number("tries", 5)
    if not 1 <= tries <= MOST_TRIES:
        raise read.wrong("tries")
    return Webhook(
        **base, url=read.text("url", None), values=read.values("set"), tries=tries, on_error=read.text("on_error")
    )


def _update(read: Reader, **base: Any) -> Node:
    return Update(**base, values=read.values("set"), record=read.text("record"), when=read.text("when"))


def _create(read: Reader, **base: Any) -> Node:
    return Create(**base, form=read.key("form"), values=read.values("set"), match=read.keys("match"))


def _notify(read: Reader, **base: Any) -> Node:
    limit = read.number("limit_days") if "limit_days" in read.tree else None
    return Notify(
        **base, who=_who(read, "to"), template=read.text("template", None), when=read.text("when"), limit_days=limit
    )


def _end(read: Reader, **base: Any) -> Node:
    return End(**base, scope=read.one_of("scope", ("branch", "instance"), "branch"))


_KINDS: dict[str, Callable[..., Node]] = {
    "task": _task, "approval": _approval, "condition": _condition, "parallel": _parallel, "inclusive": _inclusive,
    "join": _join, "cancel": _cancel, "wait": _wait, "update": _update, "create": _create, "notify": _notify,
    "end": _end, "sub": _sub, "webhook": _webhook,
}  # fmt: skip


def read_node(read: Reader) -> Node:
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
    Sub: "sub", Webhook: "webhook",
}  # fmt: skip


def kind_of(node: Node) -> str:
    """The word for a node's kind in YAML and tables."""
    return KIND_OF[type(node)]
