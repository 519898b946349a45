"""Templates and audiences: what is said, and to whom.

A placeholder `{{customer.name}}` is a formula over the record; its value is captured when the message is decided.
`{{recipient}}` is the recipient's name, `{{count}}` how many records this mail is about, `{{lines}}` the `line` of
each.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from perennial import forms, formula
from perennial.kernel import Invalid, Tx

PLACEHOLDER = re.compile(r"\{\{\s*(.+?)\s*\}\}", re.DOTALL)
GIVEN = ("recipient", "count", "lines")  # known only when the mail is put together


@dataclass(frozen=True, slots=True)
class Template:
    """A mail or notice about one record of `form`; `line` repeats when several are merged into one."""

    key: str
    label: str
    form: str
    subject: str
    body: str
    line: str = ""
    label_en: str = ""
    channels: tuple[str, ...] = ("mail",)

    @classmethod
    def load(cls, tree: Mapping[str, Any]) -> "Template":
        tree = dict(tree)
        try:
            return cls(key=tree.pop("template"), channels=tuple(tree.pop("channels", ("mail",))), **tree)
        except (TypeError, KeyError) as error:
            raise Invalid("messages.template_shape", path=str(tree.get("label", "")), detail=str(error)) from None

    def dump(self) -> dict[str, Any]:
        tree = {"template": self.key, **asdict(self), "channels": list(self.channels)}
        del tree["key"]
        return {name: value for name, value in tree.items() if value not in ("", None)}

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The formulas in it, each once, in order."""
        found = PLACEHOLDER.findall(f"{self.subject}\n{self.body}\n{self.line}")
        return tuple(dict.fromkeys(text for text in found if text not in GIVEN))


@dataclass(frozen=True, slots=True)
class Audience:
    """Which contacts of a record get a message: records of `form` whose `relation` is the record's `of`.

    `when` must hold; of those left, all that meet the first of `prefer` that anyone meets.
    """

    key: str
    label: str
    form: str
    relation: str
    of: str
    name: str
    address: str
    when: str = "TRUE"
    prefer: tuple[str, ...] = ()
    label_en: str = ""

    @classmethod
    def load(cls, tree: Mapping[str, Any]) -> "Audience":
        tree = dict(tree)
        try:
            return cls(key=tree.pop("audience"), prefer=tuple(tree.pop("prefer", ())), **tree)
        except (TypeError, KeyError) as error:
            raise Invalid("messages.audience_shape", path=str(tree.get("label", "")), detail=str(error)) from None

    def dump(self) -> dict[str, Any]:
        tree = {"audience": self.key, **asdict(self), "prefer": list(self.prefer)}
        del tree["key"]
        return {name: value for name, value in tree.items() if value not in ("", None)}


def publish_template(tx: Tx, template: Template) -> None:
    """Check every placeholder against the form, then make it the current version."""
    scope = forms.catalog(tx).scope(template.form)
    for text in template.placeholders:
        formula.check(text, scope)
    tx.run(
        "INSERT INTO messages.template (key, definition) VALUES (%(key)s, %(definition)s) ON CONFLICT (key) DO UPDATE"
        " SET definition = excluded.definition, retired_at = NULL,"
        " version = template.version + (template.definition <> excluded.definition)::int"
        " WHERE template.definition <> excluded.definition OR template.retired_at IS NOT NULL",
        {"key": template.key, "definition": json.dumps(template.dump(), ensure_ascii=False)},
    )


def publish_audience(tx: Tx, audience: Audience) -> None:
    """Check its conditions against the contacts' form, then make it current."""
    scope = forms.catalog(tx).scope(audience.form)
    for text in (audience.when, *audience.prefer):
        formula.check(text, scope, want="yes_no")
    for text in (audience.name, audience.address):
        formula.check(text, scope)
    tx.run(
        "INSERT INTO messages.audience (key, definition) VALUES (%(key)s, %(definition)s)"
        " ON CONFLICT (key) DO UPDATE SET definition = excluded.definition",
        {"key": audience.key, "definition": json.dumps(audience.dump(), ensure_ascii=False)},
    )


def retire_templates(tx: Tx, keys: Sequence[str]) -> None:
    """Nothing new is said with them; what was decided keeps its words."""
    tx.run("UPDATE messages.template SET retired_at = %(now)s WHERE key = ANY(%(keys)s)", {"keys": list(keys)})


def remove_audiences(tx: Tx, keys: Sequence[str]) -> None:
    tx.run("DELETE FROM messages.audience WHERE key = ANY(%(keys)s)", {"keys": list(keys)})


def template(tx: Tx, key: str) -> Template:
    tree = tx.value("SELECT definition FROM messages.template WHERE key = %(key)s", {"key": key})
    if tree is None:
        raise Invalid("messages.no_template", path="template", template=key)
    return Template.load(tree)


def audience(tx: Tx, key: str) -> Audience:
    tree = tx.value("SELECT definition FROM messages.audience WHERE key = %(key)s", {"key": key})
    if tree is None:
        raise Invalid("messages.no_audience", path="to", audience=key)
    return Audience.load(tree)


def templates(tx: Tx) -> list[Template]:
    return [
        Template.load(row["definition"])
        for row in tx.rows("SELECT definition FROM messages.template WHERE retired_at IS NULL ORDER BY key")
    ]


def audiences(tx: Tx) -> list[Audience]:
    return [
        Audience.load(row["definition"]) for row in tx.rows("SELECT definition FROM messages.audience ORDER BY key")
    ]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put captured values in place of placeholders; a blank one shows as —."""
    return PLACEHOLDER.sub(lambda match: values.get(match.group(1)) or "—", text)
