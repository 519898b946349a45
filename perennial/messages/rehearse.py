"""A template as it is drawn, put together for one record: what each place would say, what is missing, who gets it.

Read with the eyes of the acting person: what they may not see of the record stands blank. Nothing is kept.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from perennial import access, formula
from perennial.kernel import Invalid, Missing, Problem, Tx, Words
from perennial.messages.channels import Wire
from perennial.messages.decide import decide_set, shown
from perennial.messages.definition import (
    GIVEN,
    PLACEHOLDER,
    Audience,
    Template,
    Text,
    publish_audience,
    publish_template,
)
from perennial.messages.foresee import Back, asked_about
from perennial.messages.mailbox import subjects
from perennial.messages.segments import Length, length

_NAMES = {
    "label": Words("名称", "its name"), "subject": Words("主题", "the subject"), "body": Words("正文", "the body"),
    "sms": Words("短信文字", "the text of the SMS"),
}  # fmt: skip
State = Literal["said", "value", "missing", "wrong"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Words as they stand, or what a placeholder `of` becomes."""

    text: str
    state: State = "said"
    of: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """One who would get it; no address: nobody is reached on this channel."""

    channel: str
    name: str | None
    address: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """`own`: the channel has words of its own. `unheard`: why nobody could be looked up. `size`: of an SMS, `price` its
    cost when the settings know one."""

    subject: tuple[Piece, ...]
    body: tuple[Piece, ...]
    code: str
    params: tuple[tuple[str, tuple[Piece, ...]], ...]
    own: bool
    reached: tuple[Reached, ...]
    unheard: Problem | None
    wrong: Mapping[str, Problem]
    size: Length | None
    price: float | None

    @property
    def missing(self) -> list[str]:
        every = [*self.subject, *self.body, *(one for _, words in self.params for one in words)]
        return list(dict.fromkeys(one.of for one in every if one.state == "missing"))

    def wire(self, wire_id: str, name: str, address: str) -> Wire:
        """To somebody of ours, to be looked at where it will be read."""
        params = tuple((key, plain(words)) for key, words in self.params)
        return Wire(wire_id, name, address, plain(self.subject), plain(self.body), self.code, params)


def plain(pieces: tuple[Piece, ...]) -> str:
    return "".join(one.text for one in pieces)


def rehearse(
    tx: Tx, said: Template, record_id: int, *, channel: str, language: str = "", to: Audience | None = None
) -> Rehearsed:
    """Each placeholder for itself: one that is wrong does not hide the others.

    to  who it is for; without, nobody is looked up and the recipient is missing
    """
    words = said.text(channel, language)
    values, wrong = _values(tx, said, record_id)
    reached: tuple[Reached, ...] = ()
    unheard: Problem | None = None
    try:
        reached = () if to is None else _reached(tx, said, to, record_id)
    except Invalid as problem:
        unheard = problem
    mine = next((one for one in reached if one.channel == channel and one.address), None)
    given = {"recipient": (mine and mine.name) or None, "count": "1", "opt_out": "…"}

    def pieces(text: str, *, inner: bool = False) -> Iterator[Piece]:
        at = 0
        for match in PLACEHOLDER.finditer(text):
            if match.start() > at:
                yield Piece(text[at : match.start()])
            at, name = match.end(), match.group(1)
            if name == "lines" and not inner:
                yield from pieces(words.line or words.subject, inner=True)
            elif name in wrong:
                yield Piece(match.group(0), "wrong", name)
            else:
                value = given.get(name) if name in GIVEN else values.get(name)
                yield Piece(value, "value", name) if value else Piece("—", "missing", name)
        if at < len(text):
            yield Piece(text[at:])

    subject, body = tuple(pieces(words.subject)), tuple(pieces(words.body))
    params = tuple((name, tuple(pieces(text))) for name, text in words.params)
    settings = tx.value("SELECT settings -> 'values' FROM messages.channel WHERE key = 'sms'") or {}
    size = length(plain(body), settings.get("sign_name", "")) if channel == "sms" else None
    price = round(size.parts * float(settings["price"]), 4) if size and settings.get("price") else None
    own = any(one.channel == channel for one in said.texts) or channel == "mail"
    return Rehearsed(subject, body, words.code, params, own, reached, unheard, wrong, size, price)


def _values(tx: Tx, said: Template, record_id: int) -> tuple[dict[str, str | None], dict[str, Problem]]:
    access.require(tx, "read", said.form)
    rows = access.readable(tx, said.form)
    wrong: dict[str, Problem] = {}
    pairs: list[Any] = []
    for text in said.placeholders:
        try:
            typed = formula.check(text, rows.scope)
        except Problem as problem:
            wrong[text] = problem
            continue
        pairs.append(sa.cast(shown(typed, formula.compile(typed, rows.source)), sa.Text).label(f"p{len(pairs)}"))
    known = [text for text in said.placeholders if text not in wrong]
    id_ = rows.source.field("id")
    where = rows.where & (id_ == record_id)
    row = tx.one(sa.select(id_.label("id"), *pairs).select_from(rows.from_).where(where))
    if row is None:
        raise Missing("records.missing")
    return {text: row[f"p{at}"] for at, text in enumerate(known)}, wrong


def _reached(tx: Tx, said: Template, to: Audience, record_id: int) -> tuple[Reached, ...]:
    """By the decision that will be made, for a template without words: those may still be wrong."""
    key, ways = f"rehearsed:{tx.actor.id}", tuple(one for one in said.outward if said.says(one))
    stub = Template(key, "-", said.form, "-", "-", channels=ways, texts=(Text("sms"),))
    heard = replace(to, key=key)
    found: tuple[Reached, ...] = ()
    try:
        with tx.savepoint():
            publish_audience(tx, heard)
            publish_template(tx, stub)
            rows = access.readable(tx, said.form)
            decide_set(tx, asked_about(tx, rows, rows.source.field("id") == record_id, 1), template_key=stub.key,
                       audience_key=heard.key)  # fmt: skip
            made = tx.rows("SELECT id, channel, why FROM messages.outbox WHERE template = %(key)s ORDER BY id",
                           {"key": stub.key})  # fmt: skip
            told = subjects(tx, [row["id"] for row in made])
            found = tuple(
                Reached(row["channel"], told[row["id"]]["name"], told[row["id"]]["address"], row["why"]) for row in made
            )
            raise Back
    except Back:
        return found


def problems(tx: Tx, tree: Mapping[str, Any]) -> Iterator[tuple[Literal["error", "hint"], Problem]]:
    """All that is wrong with a drawn template, but for its placeholders; what it would lose, as hints."""
    try:
        said = Template.load(tree)
    except Problem as problem:
        yield "error", problem
        return
    for path in ("label", "subject", "body"):
        if not getattr(said, path).strip():
            yield "error", Invalid("messages.no_words", path=path, what=_NAMES[path])
    for channel in said.channels:
        if not said.says(channel):
            yield "error", Invalid("messages.no_text", path="channels", template=said.label, channel=channel)
    for at, one in enumerate(said.texts):
        if one.channel == "sms":
            if not one.body.strip():
                yield "error", Invalid("messages.no_words", path=f"texts[{at}].body", what=_NAMES["sms"])
            if not one.code:
                yield "hint", Invalid("messages.no_code", path=f"texts[{at}].code")
    if said.kind == "reminder" and "mail" in said.outward and "lines" not in PLACEHOLDER.findall(said.body):
        yield "hint", Invalid("messages.no_lines", path="body")
