"""YAML -> Rule and back: every wrong or misspelt attribute is named with its path."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from perennial.kernel import Invalid
from perennial.rules.definition import (
    MOST_ACTIONS,
    SCHEDULES,
    SEVERITIES,
    Action,
    Begin,
    Create,
    Notify,
    Post,
    Rule,
    Step,
    Task,
    Update,
    When,
)
from perennial.rules.reader import Reader, Tree
from perennial.rules.who import OWNER, Who, whom

MOST_STEPS = 12
MOST_TRIES = 20  # of a webhook
ACTIONS = ("notify", "task", "update", "create", "start", "webhook")


def load(tree: Tree) -> Rule:
    """The rule that a YAML tree describes, or `Invalid` with the path of the first wrong attribute."""
    read = Reader(tree, "")
    inside = read.inside("when")
    if inside is None:
        raise read.wrong("when")
    when = _when(inside)
    if when.kind == "offsets":
        steps = tuple(_step(Reader(item, f"steps[{at}]")) for at, item in enumerate(read.list("steps")))
    else:
        steps = (Step(actions=_actions(read)),)
    if not steps or len(steps) > MOST_STEPS or len({step.key for step in steps}) < len(steps):
        raise read.wrong("steps")
    owner = read.inside("owner")
    rule = Rule(
        key=read.key("rule"),
        label=read.text("label", None),
        label_en=read.text("label_en"),
        about=read.text("about"),
        form=read.key("form"),
        when=when,
        steps=steps,
        condition=read.text("condition"),
        again=read.one_of("again", ("once", "cycle", "clear"), "clear"),
        cycle=read.text("cycle"),
        severity=read.one_of("severity", SEVERITIES, "warn"),
        owner=None if owner is None else _inside(owner),
        since=_day(read, "from"),
        until=_day(read, "until"),
        active=read.yes_no("active", default=True),
        hold_by=read.keys("hold_by"),
        escalate_workdays=read.number("escalate_workdays"),
        gap=read.text("gap"),
    )
    read.done()
    return rule


def _when(read: Reader) -> When:
    kind = read.one_of("kind", ("changed", *SCHEDULES, "offsets"), "")
    day = read.number("day", 1)
    if kind in ("weekly", "monthly") and not 1 <= day <= (7 if kind == "weekly" else 31):
        raise read.wrong("day")
    when = When(
        kind,
        at=read.time("at"),
        day=day,
        date=read.text("date", None if kind == "offsets" else ""),
        not_before=read.text("not_before"),
    )
    read.done()
    return when


def _step(read: Reader) -> Step:
    workdays = read.number("workdays") if "workdays" in read.tree else None
    step = Step(
        key=read.key("key"),
        label=read.text("label"),
        label_en=read.text("label_en"),
        offset=read.number("days") if workdays is None else workdays,
        unit="days" if workdays is None else "workdays",
        at=read.time("at"),
        condition=read.text("condition"),
        severity=read.one_of("severity", SEVERITIES, SEVERITIES[0]) if "severity" in read.tree else "",
        actions=_actions(read),
    )
    read.done()
    return step


def _actions(read: Reader) -> tuple[Action, ...]:
    given = read.list("actions")
    if len(given) > MOST_ACTIONS:
        raise read.wrong("actions")
    return tuple(_action(Reader(item, f"{read.at('actions')}[{at}]")) for at, item in enumerate(given))


def _action(read: Reader) -> Action:
    match read.one_of("kind", ACTIONS, ""):
        case "notify":
            to = read.inside("to")
            limit = read.number("limit_days", -1)
            action: Action = Notify(
                OWNER if to is None else whom(to), read.text("template", None), read.keys("channels"),
                None if limit < 0 else limit,
            )  # fmt: skip
        case "task":
            who = read.inside("who")
            action = Task(
                read.text("label", None), read.text("label_en"), OWNER if who is None else _inside(who),
                read.number("due_workdays", 3), read.one_of("priority", ("low", "normal", "high"), "normal"),
            )  # fmt: skip
        case "update":
            action = Update(read.values("set"), read.text("record"))
        case "create":
            action = Create(read.key("form"), read.values("set"), read.keys("match"))
        case "webhook":
            tries = read.number("tries", 5)
            if not 1 <= tries <= MOST_TRIES:
                raise read.wrong("tries")
            action = Post(read.text("url", None), read.values("set"), tries)
        case _:
            action = Begin(read.key("process"))
    read.done()
    return action


def _inside(read: Reader) -> Who:
    """Somebody of ours."""
    who = whom(read)
    if who.kind == "audience":
        raise Invalid("rules.unknown_attribute", path=read.path, attribute="audience")
    return who


def _day(read: Reader, name: str) -> dt.date | None:
    value = read.tree.pop(name, None)
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise read.wrong(name) from error


def dump(rule: Rule) -> dict[str, Any]:
    """The tree again, without what equals the default."""
    when: dict[str, Any] = {"kind": rule.when.kind}
    if rule.scheduled:
        when["at"] = f"{rule.when.at:%H:%M}"
    if rule.when.kind in ("weekly", "monthly"):
        when["day"] = rule.when.day
    if rule.dated:
        when |= {"date": rule.when.date, **_given({"not_before": rule.when.not_before})}
    tree: dict[str, Any] = {"rule": rule.key, "label": rule.label, "label_en": rule.label_en, "about": rule.about,
                            "form": rule.form, "when": when, "condition": rule.condition}  # fmt: skip
    tree |= {"again": "" if rule.again == "clear" else rule.again, "cycle": rule.cycle,
             "severity": "" if rule.severity == "warn" else rule.severity}  # fmt: skip
    tree["owner"] = None if rule.owner is None else _said(rule.owner)
    tree |= {"from": rule.since and rule.since.isoformat(), "until": rule.until and rule.until.isoformat()}
    tree |= {} if rule.active else {"active": False}
    tree |= {"hold_by": list(rule.hold_by), "escalate_workdays": rule.escalate_workdays or None, "gap": rule.gap}
    if rule.dated:
        tree["steps"] = [_step_tree(step) for step in rule.steps]
    else:
        tree["actions"] = [_action_tree(action) for action in rule.steps[0].actions]
    return {name: value for name, value in tree.items() if value is False or value}


def _given(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tree.items() if value}


def _step_tree(step: Step) -> dict[str, Any]:
    return {
        "key": step.key, **_given({"label": step.label, "label_en": step.label_en}), step.unit: step.offset,
        "at": f"{step.at:%H:%M}", **_given({"condition": step.condition, "severity": step.severity}),
        "actions": [_action_tree(action) for action in step.actions],
    }  # fmt: skip


def _said(who: Who) -> dict[str, Any]:
    return {"superiors": who.levels, "of": who.name} if who.kind == "superiors" else {who.kind: who.name}


def _action_tree(action: Action) -> dict[str, Any]:
    match action:
        case Notify():
            limit = {} if action.limit_days is None else {"limit_days": action.limit_days}
            return {"kind": "notify", "to": _said(action.who), "template": action.template,
                    **_given({"channels": list(action.channels)}), **limit}  # fmt: skip
        case Task():
            return {"kind": "task", "label": action.label, **_given({"label_en": action.label_en}),
                    "who": _said(action.who), "due_workdays": action.due_workdays,
                    "priority": action.priority}  # fmt: skip
        case Update():
            return {"kind": "update", **_given({"record": action.record}), "set": dict(action.values)}
        case Create():
            return {"kind": "create", "form": action.form, "set": dict(action.values),
                    **_given({"match": list(action.match)})}  # fmt: skip
        case Begin():
            return {"kind": "start", "process": action.process}
        case Post():
            tries = {} if action.tries == 5 else {"tries": action.tries}
            return {"kind": "webhook", "url": action.url, **_given({"set": dict(action.values)}), **tries}
        case _:
            raise AssertionError(action)
