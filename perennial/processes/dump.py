"""Process -> the tree that `load` reads back to the same definition; attributes at their default are left out."""

import datetime as dt
from typing import Any

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
    Sub,
    Task,
    Update,
    Wait,
    Webhook,
    Who,
)  # fmt: skip
from perennial.processes.load_nodes import kind_of

Tree = dict[str, Any]


def dump(process: Process) -> Tree:
    return {
        "process": process.key,
        **_given(
            label=process.label, label_en=process.label_en, about=process.about, form=process.form,
            covers=process.covers, cancel_when=process.cancel_when, then=process.then, not_before=process.not_before,
            hold_by=list(process.hold_by), owner=process.owner,
            same_term_days=None if process.same_term_days == 30 else process.same_term_days,
            start=[_start(start) for start in process.starts],
        ),
        "nodes": [_node(node) for node in process.nodes],
    }  # fmt: skip


def _given(**attributes: Any) -> Tree:
    return {name: value for name, value in attributes.items() if value not in (None, "", [], {}, 0)}


def _time(at: dt.time) -> str:
    return f"{at:%H:%M}"


def _start(start: Start) -> Tree:
    tree = {"key": start.key, "kind": start.on, **_given(label=start.label, label_en=start.label_en, date=start.date)}
    if start.on == "date":
        tree |= {start.unit: start.offset, "at": _time(start.at)}
    return tree | _given(
        when=start.when, late="" if start.late == "run" else start.late, undone=start.undone, touched=start.touched
    )


def _who(who: Who) -> Tree:
    return {"superiors": who.levels, "of": who.name} if who.kind == "superiors" else {who.kind: who.name}


def _right(one: Right) -> Tree:
    return {"field": one.field, "right": one.right} | _given(when=one.when)


def _approval(node: Approval) -> Tree:
    return {
        "who": [_who(one) for one in node.who], "mode": node.mode, "due_workdays": node.due_workdays,
        **_given(
            ratio=float(node.ratio) if node.mode == "vote" else None, veto=node.veto or None, title=node.title,
            on_timeout=node.on_timeout,
            empty={"person": node.instead} if node.instead else "" if node.empty == "admin" else node.empty,
            skip_repeated=node.skip_repeated or None, opinion="" if node.opinion == "reject" else node.opinion,
            signature=node.signature or None, fields=[_right(one) for one in node.fields],
            returns=list(node.returns), copy_to=[_who(one) for one in node.copy_to],
            approved=node.approved, rejected=node.rejected,
        ),
        **({} if node.attachments else {"attachments": False}),
    }  # fmt: skip


def _fill(fill: tuple[Fill, ...]) -> list[str | Tree]:
    return [_filled(one) for one in fill]


def _filled(one: Fill) -> str | Tree:
    if one.when:
        return {"field": one.field, "when": one.when}
    return f"{one.field}!" if one.required else one.field


def _find(find: Find | None) -> Tree | None:
    if find is None:
        return None
    return {"form": find.form, "same": list(find.same)} | _given(
        when=find.when, date=find.date, near=find.near, days=find.days
    )


def _outcome(one: Outcome) -> Tree:
    return {"key": one.key, "label": one.label} | _given(
        label_en=one.label_en, fill=_fill(one.fill), next=one.next, take_back=one.take_back or None
    )


def _case(case: Case) -> Tree:
    return _given(
        when=case.when,
        exists=_find(case.exists),
        left=case.left,
        held=case.held or None,
        stands=case.stands,
        next=case.next,
        label=case.label,
    )


def _node(node: Node) -> Tree:
    return {
        "key": node.key,
        "kind": kind_of(node),
        **_given(label=node.label, label_en=node.label_en),
        **_own(node),
    } | _given(next=node.next, note=node.note, place=list(node.place or ()))


def _arrives(node: Wait) -> Tree | None:
    one = node.arrives
    return None if one is None else {"form": one.form, "by": one.by} | _given(when=one.when)


def _own(node: Node) -> Tree:
    match node:
        case Task():
            return {
                "who": [_who(one) for one in (node.who, *node.others)] if node.others else _who(node.who),
                "due_workdays": node.due_workdays,
                **_given(
                    need=node.need, seal=node.seal, title=node.title,
                    priority="" if node.priority == "normal" else node.priority,
                    fill=_fill(node.fill),
                    outcomes=[_outcome(one) for one in node.outcomes], repeat_workdays=node.repeat_workdays,
                    **{f"timeout_{node.timeout_unit}": node.timeout}, on_timeout=node.on_timeout,
                    critical=node.critical,
                    propose=_find(node.propose),
                ),
            }  # fmt: skip
        case Approval():
            return _approval(node)
        case Condition() | Inclusive():
            return {"cases": [_case(case) for case in node.cases], "otherwise": node.otherwise}
        case Parallel():
            return {"branches": list(node.branches)}
        case Join():
            return {"of": node.of} | _given(need=node.need, rest=node.rest if node.need else "")
        case Cancel():
            return {"nodes": list(node.nodes)}
        case Wait():
            unit = node.unit
            limit = "limit_workdays" if unit == "workdays" else "limit_days"
            at = {"at": _time(node.at)} if node.until else {}
            return (
                _given(
                    until=node.until, met=node.met, arrives=_arrives(node), hook=node.hook,
                    since="" if node.since == "here" else node.since,
                    **{unit: node.lasting, limit: node.limit}, on_limit=node.on_limit,
                )
                | at
            )  # fmt: skip
        case Sub():
            return {"process": node.process} | _given(
                over=node.over, record=node.record, when=node.when, need=node.need,
                rest="" if node.rest == "absorb" else node.rest, **{f"timeout_{node.timeout_unit}": node.timeout},
                on_timeout=node.on_timeout,
            )  # fmt: skip
        case Webhook():
            tries = 0 if node.tries == 5 else node.tries
            return {"url": node.url} | _given(set=dict(node.values), tries=tries, on_error=node.on_error)
        case Update():
            return {"set": dict(node.values)} | _given(record=node.record, when=node.when)
        case Create():
            return {"form": node.form, "set": dict(node.values)} | _given(match=list(node.match))
        case Notify():
            limit_days = {} if node.limit_days is None else {"limit_days": node.limit_days}
            return {"to": _who(node.who), "template": node.template, **_given(when=node.when), **limit_days}
        case End():
            return _given(scope="" if node.scope == "branch" else node.scope)
        case _:
            raise AssertionError(node)
