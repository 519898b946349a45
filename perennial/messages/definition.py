"""Templates and audiences: what is said, and to whom.

A placeholder `{{customer.name}}` is a formula over the record; its value is captured when the message is decided.
`{{recipient}}` is the recipient's name, `{{count}}` how many records this mail is about, `{{lines}}` the `line` of
each. `{{opt_out}}` is the recipient's own link to ask for no more reminders.

A template's own subject and body are its mail. What another channel says, or another language, stands in `texts`: an
SMS names the template that its vendor has approved (`code`) and what goes into its gaps (`params`).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from perennial import forms, formula
from perennial.kernel import Invalid, Row, Tx

PLACEHOLDER = re.compile(r"\{\{\s*(.+?)\s*\}\}", re.DOTALL)
GIVEN = ("recipient", "count", "lines", "opt_out")  # known only when the mail is put together
WAYS = ("mail", "sms", "dingtalk", "wecom", "feishu", "webhook")  # out of the building, to an address each
LANGUAGE = "zh"  # of a template's own words


@dataclass(frozen=True, slots=True)
class Text:
    """What is said on one channel, in one language (both blank: everywhere). `code` and `params`: of an SMS."""

    channel: str = ""
    language: str = ""
    subject: str = ""
    body: str = ""
    line: str = ""
    code: str = ""
    params: tuple[tuple[str, str], ...] = ()

    @classmethod
    def load(cls, tree: Mapping[str, Any]) -> "Text":
        rest = dict(tree)
        given = rest.pop("params", ())  # a mapping, as people write it, or a list: what is stored forgets an order
        pairs = given.items() if isinstance(given, Mapping) else ((one["name"], one["value"]) for one in given)
        return cls(params=tuple((str(name), str(value)) for name, value in pairs), **rest)

    def dump(self) -> dict[str, Any]:
        tree = {**asdict(self), "params": [{"name": name, "value": value} for name, value in self.params]}
        return {name: value for name, value in tree.items() if value}

    @property
    def parts(self) -> Iterator[tuple[str, str]]:
        """(where in it, words) of everything that may have placeholders."""
        yield from (("subject", self.subject), ("body", self.body), ("line", self.line))
        yield from ((f"params.{name}", value) for name, value in self.params)


@dataclass(frozen=True, slots=True)
class Template:
    """A mail or notice about one record of `form`; `line` repeats when several are merged into one. `kind` is reminder
    for what a contact may ask not to get."""

    key: str
    label: str
    form: str
    subject: str
    body: str
    line: str = ""
    label_en: str = ""
    channels: tuple[str, ...] = ("mail",)
    kind: str = ""
    texts: tuple[Text, ...] = ()

    @classmethod
    def load(cls, tree: Mapping[str, Any]) -> "Template":
        tree = dict(tree)
        try:
            channels = tuple(tree.pop("channels", ("mail",)))
            texts = tuple(Text.load(one) for one in tree.pop("texts", ()))
            made = cls(key=tree.pop("template"), channels=channels, texts=texts, **tree)
        except (TypeError, KeyError, ValueError) as error:
            raise Invalid("messages.template_shape", path=str(tree.get("label", "")), detail=str(error)) from None
        if unknown := [one for one in channels if one not in ("in_app", *WAYS)]:
            raise Invalid("messages.no_channel", path="channels", channel=unknown[0])
        return made

    def dump(self) -> dict[str, Any]:
        tree = {"template": self.key, **asdict(self), "channels": list(self.channels)}
        del tree["key"]
        tree["texts"] = [one.dump() for one in self.texts]
        said = ("label", "subject", "body")  # of a draft, still blank
        return {name: value for name, value in tree.items() if name in said or value not in ("", None, [])}

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The formulas in it, each once, in order."""
        words = [self.subject, self.body, self.line, *(words for one in self.texts for _, words in one.parts)]
        found = PLACEHOLDER.findall("\n".join(words))
        return tuple(dict.fromkeys(text for text in found if text not in GIVEN))

    @property
    def outward(self) -> tuple[str, ...]:
        """The channels on which contacts get it, in order; mail when nothing else is said."""
        return tuple(one for one in self.channels if one in WAYS) or ("mail",)

    def says(self, channel: str) -> bool:
        """There are words for this channel: an SMS needs its own, with the vendor's template."""
        return channel != "sms" or any(one.channel == "sms" for one in self.texts)

    def text(self, channel: str, language: str) -> Text:
        """The words for a channel in a language: its own, else its own in the template's language, else the mail's."""
        asked = "" if language == LANGUAGE else language
        known = {(one.channel, "" if one.language == LANGUAGE else one.language): one for one in self.texts}
        own = Text(subject=self.subject, body=self.body, line=self.line)
        found = [known[at] for at in ((channel, asked), (channel, ""), ("", asked)) if at in known]
        first = found[0] if found else own
        rest = next((one for one in found[1:] if one.language == first.language), own)
        return replace(
            first, subject=first.subject or rest.subject, body=first.body or rest.body, line=first.line or rest.line
        )


@dataclass(frozen=True, slots=True)
class Audience:
    """Which contacts of a record get a message: records of `form` whose `relation` is the record's `of`.

    `when` must hold; of those left, all that meet the first of `prefer` that anyone meets who has an address there.
    `address` is the mail's; `addresses` those of other channels; `language` a formula, zh when it says nothing.
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
    addresses: tuple[tuple[str, str], ...] = ()
    language: str = ""

    @classmethod
    def load(cls, tree: Mapping[str, Any]) -> "Audience":
        tree = dict(tree)
        try:
            prefer, addresses = tuple(tree.pop("prefer", ())), tuple(dict(tree.pop("addresses", {})).items())
            made = cls(key=tree.pop("audience"), prefer=prefer, addresses=addresses, **tree)
        except (TypeError, KeyError, ValueError) as error:
            raise Invalid("messages.audience_shape", path=str(tree.get("label", "")), detail=str(error)) from None
        if unknown := [one for one, _ in addresses if one not in WAYS]:
            raise Invalid("messages.no_channel", path="addresses", channel=unknown[0])
        return made

    def dump(self) -> dict[str, Any]:
        tree = {"audience": self.key, **asdict(self), "prefer": list(self.prefer), "addresses": dict(self.addresses)}
        del tree["key"]
        empty: tuple[Any, ...] = ("", None, {})
        return {name: value for name, value in tree.items() if value not in empty}

    @property
    def ways(self) -> dict[str, str]:
        """Channel -> the formula of the address there."""
        return {"mail": self.address, **dict(self.addresses)}


def publish_template(tx: Tx, template: Template) -> None:
    """Check every placeholder against the form, then make it the current version."""
    scope = forms.catalog(tx).scope(template.form)
    for text in template.placeholders:
        formula.check(text, scope)
    if silent := [one for one in template.channels if not template.says(one)]:
        raise Invalid("messages.no_text", path="texts", template=template.label, channel=silent[0])
    tx.run(
        "INSERT INTO messages.template (key, definition) VALUES (%(key)s, %(definition)s) ON CONFLICT (key) DO UPDATE"
        " SET definition = excluded.definition, retired_at = NULL,"
        " version = template.version + (template.definition <> excluded.definition)::int"
        " WHERE template.definition <> excluded.definition OR template.retired_at IS NOT NULL",
        {"key": template.key, "definition": json.dumps(template.dump(), ensure_ascii=False)},
    )
    tx.run(
        "INSERT INTO messages.template_version (key, version, definition, at, by) SELECT key, version, definition,"
        " %(now)s, %(by)s::bigint FROM messages.template WHERE key = %(key)s ON CONFLICT (key, version) DO NOTHING",
        {"key": template.key, "by": tx.actor.id if tx.actor.kind == "person" else None},
    )


def publish_audience(tx: Tx, audience: Audience) -> None:
    """Check its conditions against the contacts' form, then make it current."""
    scope = forms.catalog(tx).scope(audience.form)
    for text in (audience.when, *audience.prefer):
        formula.check(text, scope, want="yes_no")
    for text in (audience.name, *audience.ways.values(), *([audience.language] if audience.language else [])):
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


def template_versions(tx: Tx, key: str) -> list[Row]:
    """What it said, the newest first: version, at, by, definition; of the first ones nobody knows when."""
    return tx.rows(
        "SELECT v.version, v.at, p.name AS by, v.definition FROM messages.template_version v"
        " LEFT JOIN people.person p ON p.id = v.by WHERE v.key = %(key)s ORDER BY v.version DESC",
        {"key": key},
    )


def template_heads(tx: Tx) -> dict[str, Row]:
    """Key -> its version, and since when it says what it says."""
    rows = tx.rows(
        "SELECT t.key, t.version, v.at FROM messages.template t"
        " LEFT JOIN messages.template_version v ON v.key = t.key AND v.version = t.version"
    )
    return {row.pop("key"): row for row in rows}


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
