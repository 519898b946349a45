"""What a rule names of forms and of other definitions."""

from perennial.forms import Reference
from perennial.rules import versions
from perennial.rules.definition import Begin, Create, Notify, Post, Rule, Task, Update
from perennial.rules.publish import actions


def references(rule: Rule) -> list[Reference]:
    """Every formula, field and form that the rule needs."""
    form = rule.form
    found = [Reference("form", form, what="form")]
    whole = [("condition", rule.condition, "yes_no"), ("when.date", rule.when.date, "date")]
    whole += [("when.not_before", rule.when.not_before, "date"), ("cycle", rule.cycle, "date")]
    whole += [(f"hold_by[{at}]", path, None) for at, path in enumerate(rule.hold_by)]
    whole += [(f"steps[{at}].condition", step.condition, "yes_no") for at, step in enumerate(rule.steps)]
    if rule.owner is not None and versions.read_field(rule.owner):
        whole.append(("owner", rule.owner.name, None))
    found += [Reference(path, form, text, want=want) for path, text, want in whole if text]  # pyright: ignore[reportArgumentType]
    for path, action in actions(rule):
        match action:
            case Notify() | Task():
                if versions.read_field(action.who):
                    found.append(Reference(f"{path}.who", form, action.who.name))
            case Update():
                found += _values(path, form, (form, action.record), action.values)
            case Create():
                found.append(Reference(f"{path}.form", action.form, what="form"))
                found += _values(path, form, (action.form, ""), action.values)
            case Post():
                found += [Reference(f"{path}.set.{key}", form, text) for key, text in action.values if text != "this"]
            case _:
                pass
    return found


def _values(path: str, form: str, target: tuple[str, str], values: tuple[tuple[str, str], ...]) -> list[Reference]:
    found: list[Reference] = []
    for key, text in values:
        found.append(Reference(f"{path}.set.{key}", target[0], key, "field", through=target[1]))
        if text != "this":
            found.append(Reference(f"{path}.set.{key}", form, text, fits=(*target, key)))
    return found


def names(rule: Rule) -> list[tuple[str, str, str, str]]:
    """Other definitions that it needs: (path, kind, key, place)."""
    found: list[tuple[str, str, str, str]] = []
    if rule.gap:
        found.append(("gap", "template", rule.gap, rule.label))
    if rule.owner is not None and rule.owner.kind == "role":
        found.append(("owner", "role", rule.owner.name, rule.label))
    for path, action in actions(rule):
        match action:
            case Notify():
                found.append((f"{path}.template", "template", action.template, rule.label))
                if action.who.kind in ("role", "audience"):
                    found.append((f"{path}.to", action.who.kind, action.who.name, rule.label))
            case Task() if action.who.kind == "role":
                found.append((f"{path}.who", "role", action.who.name, rule.label))
            case Begin():
                found.append((f"{path}.process", "process", action.process, rule.label))
            case _:
                pass
    return found
