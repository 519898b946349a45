"""What a definition says about the world outside the workspace's processes: arrivals, hooks, webhooks. Checked before
it is published, and what it names of forms."""

import re
from collections.abc import Iterator

from perennial import forms, formula
from perennial.actions import private_url, wrong_url
from perennial.kernel import Invalid, Tx, settings
from perennial.processes.definition import Node, Process, Wait, Webhook

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


def wrong(tx: Tx, process: Process, node: Node, path: str) -> Iterator[Invalid]:
    """Everything that keeps such a node from being published."""
    match node:
        case Wait() if node.arrives:
            yield from _arrives(tx, process, node, f"{path}.arrives")
        case Wait() if node.hook and not _NAME.match(node.hook):
            yield Invalid("processes.key", path=f"{path}.hook", key=node.hook)
        case Webhook():
            if wrong_url(node.url):
                yield Invalid("processes.webhook_url", path=f"{path}.url", url=node.url)
            elif private_url(node.url) and not settings().webhook_private:
                yield Invalid("processes.webhook_private", path=f"{path}.url", url=node.url)
            for key, text in node.values:
                if text != "this":
                    yield from _typed(tx, process.form, text, None, f"{path}.set.{key}")
        case _:
            pass


def _arrives(tx: Tx, process: Process, node: Wait, path: str) -> Iterator[Invalid]:
    assert node.arrives is not None
    one = node.arrives
    if one.form not in forms.catalog(tx):
        yield Invalid("processes.no_such_form", path=f"{path}.form", form=one.form)
        return
    try:
        leads_to = formula.check(one.by, forms.catalog(tx).scope(one.form)).type
        if leads_to.kind != "relation" or leads_to.form != process.form:
            facts = {"field": one.by, "form": forms.catalog(tx).form(process.form).label}
            yield Invalid("processes.arrives_elsewhere", path=f"{path}.by", **facts)
    except Invalid as error:
        yield Invalid(error.code, path=f"{path}.by", **error.facts)
    yield from _typed(tx, one.form, one.when, "yes_no", f"{path}.when")


def _typed(tx: Tx, form: str, text: str, kind: formula.Kind | None, path: str) -> Iterator[Invalid]:
    try:
        if text:
            formula.check(text, forms.catalog(tx).scope(form), kind)
    except Invalid as error:
        yield Invalid(error.code, path=path, **error.facts)


def references(process: Process, node: Node, path: str, place: str) -> list[forms.Reference]:
    """The formulas and forms that such a node needs."""
    found: list[forms.Reference] = []
    if isinstance(node, Wait) and node.arrives:
        one, at = node.arrives, f"{path}.arrives"
        found.append(forms.Reference(f"{at}.form", one.form, what="form", place=place))
        found.append(forms.Reference(f"{at}.by", one.form, one.by, place=place))
        if one.when:
            found.append(forms.Reference(f"{at}.when", one.form, one.when, want="yes_no", place=place))
    if isinstance(node, Webhook):
        given = [(key, text) for key, text in node.values if text != "this"]
        found += [forms.Reference(f"{path}.set.{key}", process.form, text, place=place) for key, text in given]
    return found
