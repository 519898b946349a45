"""Decide messages in sets: one INSERT..SELECT writes a row per decision and recipient, once.

The values of every placeholder are captured in the same statement, from the record as it is now, and with them every
address of the recipient, so that a message that does not arrive can take another way. A decision whose record has no
contact becomes one `unaddressed` row on each channel: never silence.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import ColumnElement, Select

from perennial import access, formula
from perennial.kernel import SYSTEM, Invalid, Query, Tx, render
from perennial.messages.definition import WAYS, Audience, Template, audience, template
from perennial.messages.fallback import fall_back
from perennial.people import ACCOUNT_CHANNELS

COLUMNS = ("decision", "record_id", "instance_id", "node", "due_at", "not_after")
_MOMENT = sa.DateTime(timezone=True)
_TYPES: dict[str, Any] = {
    "decision": sa.Text, "record_id": sa.BigInteger, "instance_id": sa.BigInteger, "node": sa.Text,
    "due_at": _MOMENT, "not_after": _MOMENT, "person_id": sa.BigInteger,
}  # fmt: skip
KEPT = 256
AWAY = 1000  # behind everybody who is reached
GROUPS = ("robot", "post")  # kinds of channels that speak to all at once
_kept: dict[Any, Query] = {}


def decide_set(
    tx: Tx,
    items: Select[Any] | Query,
    *,
    template_key: str,
    audience_key: str | None = None,
    channels: Sequence[str] | None = None,
) -> int:
    """Write the outbox rows of a set of decisions; return how many were new.

    items         columns `COLUMNS` (text, bigint, bigint, text, timestamptz, timestamptz or NULL); without an audience
                  also `person_id`: the colleague it is for, one row per recipient
    template_key  its form is the form of the records
    audience_key  the contacts of the record who get it
    channels      instead of the template's own, in their order
    """
    said = template(tx, template_key)
    if channels is not None:
        said = spoken(said, channels)
    to = None if audience_key is None else audience(tx, audience_key)
    given = items if isinstance(items, Query) else _apart(render(items))
    rest = _compiled(tx, said, to)
    insert = f"{_INSERT}WITH asked AS (\n{given.text}\n), {rest.text}\nON CONFLICT (key) DO NOTHING"
    text = f"WITH made AS ({insert} RETURNING id, state, contact_id) {_MADE}"
    made = tx.one(Query(text, {**rest.params, **given.params, "template": said.key, "form": said.form}))
    assert made is not None
    fall_back(tx, made["lost"] or [])
    return int(made["n"])


def spoken(said: Template, channels: Sequence[str]) -> Template:
    """The same words on other channels, as far as there are words for them."""
    for channel in channels:
        if channel not in ("in_app", *WAYS):
            raise Invalid("messages.no_channel", path="channels", channel=channel)
        if not said.says(channel):
            raise Invalid("messages.no_text", path="channels", template=said.label, channel=channel)
    return replace(said, channels=tuple(channels))


def _apart(query: Query) -> Query:
    """With names of its own for its values, so that two rendered statements can be one."""
    text = query.text
    for name in query.params:
        text = text.replace(f"%({name})s", f"%(asked_{name})s")
    return Query(text, {f"asked_{name}": value for name, value in query.params.items()})


def _compiled(tx: Tx, said: Template, to: Audience | None) -> Query:
    """Everything behind `asked`, made once per definitions."""
    rows = access.readable(tx, said.form, actor=SYSTEM)
    key = (rows.key, said, to)
    if key not in _kept:
        while len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = _compile(tx, rows, said, to)
    return _kept[key]


def _compile(tx: Tx, rows: access.Rows, said: Template, to: Audience | None) -> Query:
    source = rows.source
    asked = sa.table("asked", *(sa.column(name, type_) for name, type_ in _TYPES.items()))
    columns = [*(asked.c[name] for name in COLUMNS), _captured(said, rows.scope, source).label("captured")]
    if to is None:
        columns.append(asked.c.person_id)
    else:
        columns.append(formula.compile(formula.check(to.of, rows.scope), source).label("of_id"))
    joined = asked.join(source.from_, source.field("id") == asked.c.record_id)
    found = sa.select(*columns).select_from(joined).cte("found")
    query = render(_colleagues(found, said) if to is None else _contacts(tx, found, said, to))
    return Query(query.text.removeprefix("WITH "), query.params)


_INSERT = """
INSERT INTO messages.outbox (decision, record_id, instance_id, node, due_at, not_after, captured, key, channel, outward,
                             contact_id, person_id, name, address, state, why, settled_at,
                             of_id, contact_form, ways, language, asks, version, template, form, decided_at, try_at)
"""


# How many; those whom the channel does not reach, but another may.
_MADE = """SELECT count(*) AS n,
       array_agg(id ORDER BY id) FILTER (WHERE state = 'unaddressed' AND contact_id IS NOT NULL) AS lost FROM made"""


def _settled(due: ColumnElement[Any], left: ColumnElement[bool] | None = None) -> list[ColumnElement[Any]]:
    """version, template, form, decided_at, try_at: the last columns of every row."""
    known = sa.table("template", sa.column("key"), sa.column("version", sa.Integer), schema="messages")
    of_now = sa.select(known.c.version).where(known.c.key == sa.bindparam("template", type_=sa.Text)).scalar_subquery()
    version = _blank(sa.Integer)[0] if left is None else sa.case((left, of_now))
    return [version, sa.bindparam("template", type_=sa.Text), sa.bindparam("form", type_=sa.Text), _now(), due]


def _now() -> ColumnElement[Any]:
    return sa.bindparam("now", type_=sa.DateTime(timezone=True))


def _colleagues(found: sa.CTE, said: Template) -> Select[Any]:
    """In the application at once; by mail, SMS, DingTalk, WeCom or Feishu too when the template says so and the person
    has an address there. A group or a program hears it once per decision, whoever it is for. Who has no account in one
    of the three, or where it is not set up, reads it in the application if it stands there too."""
    names = ("id", "name", "mail", "phone", "language")
    person = sa.table("person", *(sa.column(name) for name in names), schema="people")
    way = sa.table("channel", sa.column("key", sa.Text), sa.column("settings", JSONB), schema="messages")
    channel = sa.values(sa.column("channel", sa.Text), name="way").data([(key,) for key in said.channels])
    at_once = channel.c.channel == "in_app"
    group = sa.func.coalesce(way.c.settings["kind"].as_string().in_(GROUPS), sa.false())
    own = {"mail": person.c.mail, "sms": person.c.phone}
    spoken_to = [key for key in said.channels if key in ACCOUNT_CHANNELS]
    bound = sa.table("account", *(sa.column(name) for name in ("channel", "person_id", "remote")), schema="people")
    address = sa.case(
        (group, sa.literal("*", sa.Text)),
        *((channel.c.channel == key, column) for key, column in own.items()),
        else_=bound.c.remote if spoken_to else _blank(sa.Text)[0],
    )
    of = (
        found.join(person, person.c.id == found.c.person_id)
        .join(channel, sa.true())
        .join(way, way.c.key == channel.c.channel)
    )
    if spoken_to:
        theirs = sa.and_(bound.c.channel == channel.c.channel, bound.c.person_id == person.c.id)
        of = of.outerjoin(bound, sa.and_(theirs, way.c.settings.is_not(None)))
    rows = sa.select(
        *(found.c[name] for name in COLUMNS),
        found.c.captured,
        sa.func.concat(
            found.c.decision, ":", channel.c.channel, sa.case((group, ":g"), else_=sa.func.concat(":p", person.c.id))
        ),
        channel.c.channel,
        sa.false(),
        *_blank(sa.BigInteger),
        sa.case((~group, person.c.id)),
        sa.case((~group, person.c.name)),
        address,
        sa.case((at_once, "sent"), (address.is_(None), "unaddressed"), else_="queued"),
        *_blank(sa.Text),
        sa.case((at_once, _now())),
        *_blank(sa.BigInteger, sa.Text, JSONB),
        sa.case((~group, person.c.language)),
        *_blank(sa.Text),
        *_settled(found.c.due_at, at_once),
    ).select_from(of)
    if not spoken_to or "in_app" not in said.channels:
        return rows
    return rows.where(sa.or_(channel.c.channel.not_in(spoken_to), address.is_not(None)))


def _blank(*types: Any) -> list[ColumnElement[Any]]:
    return [sa.cast(sa.null(), type_) for type_ in types]


def _contacts(tx: Tx, found: sa.CTE, said: Template, to: Audience) -> Select[Any]:
    """On each channel the contacts with an address there that meet the first preference anyone meets. None: one row
    without an address, of the first contact who has one anywhere (it takes the next way), or of nobody."""
    rows = access.readable(tx, to.form, actor=SYSTEM)
    source, scope = rows.source, rows.scope

    def condition(text: str) -> ColumnElement[bool]:
        return formula.compile_condition(formula.check(text, scope, want="yes_no"), source)

    def words(text: str) -> ColumnElement[Any]:
        return sa.cast(formula.compile(formula.check(text, scope), source), sa.Text)

    places = [(condition(text), place) for place, text in enumerate(to.prefer)]
    rank: ColumnElement[Any] = sa.case(*places, else_=len(places)) if places else sa.literal(0)
    ties = source.field(to.relation) == found.c.of_id
    able = [condition(to.when), rows.where, ties]
    if to.prefer:
        able.append(rank < len(to.prefer))
    pairs = [part for channel, text in to.ways.items() for part in (sa.literal(channel, sa.Text), words(text))]
    people = (
        sa.select(
            found.c.decision.label("decision"),
            source.field("id").label("id"),
            words(to.name).label("name"),
            sa.func.jsonb_strip_nulls(sa.func.jsonb_build_object(*pairs, type_=JSONB), type_=JSONB).label("ways"),
            (words(to.language) if to.language else _blank(sa.Text)[0]).label("language"),
            rank.label("rank"),
        )
        .select_from(found.join(source.from_, sa.and_(*able)))
        .cte("people")
    )
    way = sa.values(sa.column("channel", sa.Text), name="way").data([(key,) for key in said.outward])
    address = people.c.ways[way.c.channel].as_string()
    place = people.c.rank + sa.case((address.is_(None), AWAY), else_=0)
    per = (people.c.decision, way.c.channel)
    ranked = (
        sa.select(
            *people.c,
            way.c.channel.label("channel"),
            address.label("address"),
            place.label("place"),
            sa.func.min(place).over(partition_by=per).label("best"),
            sa.func.row_number().over(partition_by=per, order_by=(place, people.c.id)).label("nth"),
        )
        .select_from(people.join(way, people.c.ways != sa.cast("{}", JSONB)))
        .cte("ranked")
    )
    wanted = sa.values(sa.column("channel", sa.Text), name="wanted").data([(key,) for key in said.outward])
    here = sa.and_(
        ranked.c.decision == found.c.decision, ranked.c.channel == wanted.c.channel, ranked.c.place == ranked.c.best,
        sa.or_(ranked.c.address.is_not(None), ranked.c.nth == 1),
    )  # fmt: skip
    reached, known = ranked.c.address.is_not(None), ranked.c.id.is_not(None)
    return sa.select(
        *(found.c[name] for name in COLUMNS),
        found.c.captured,
        sa.func.concat(found.c.decision, ":", wanted.c.channel, ":c", sa.func.coalesce(ranked.c.id, 0)),
        wanted.c.channel,
        sa.true(),
        ranked.c.id,
        *_blank(sa.BigInteger),
        ranked.c.name,
        ranked.c.address,
        sa.case((reached, "queued"), else_="unaddressed"),
        sa.case((reached, sa.null()), (known, "no_address"), else_="no_contact"),
        sa.case((reached, sa.null()), else_=_now()),
        sa.cast(found.c.of_id, sa.BigInteger),
        sa.case((known, sa.literal(to.form, sa.Text))),
        ranked.c.ways,
        ranked.c.language,
        sa.case((known, sa.null()), else_="contact"),
        *_settled(found.c.due_at),
    ).select_from(found.join(wanted, sa.true()).outerjoin(ranked, here))


def _captured(said: Template, scope: formula.Scope, source: formula.Source) -> ColumnElement[Any]:
    """{placeholder: text} as the message will show it."""
    pairs: list[ColumnElement[Any]] = []
    for text in said.placeholders:
        typed = formula.check(text, scope)
        pairs += [sa.literal(text, sa.Text), shown(typed, formula.compile(typed, source))]
    return sa.func.jsonb_build_object(*pairs, type_=JSONB)


def shown(typed: formula.Typed, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value as people read it: ¥1,200.00, 2026-11-21, an option's label."""
    if typed.type.options:
        return sa.case(*((value == option.key, sa.literal(option.label)) for option in typed.type.options))
    match typed.type.kind:
        case "money":
            return sa.func.concat("¥", sa.func.to_char(value, "FM999,999,999,999,999,990.00"))
        case "percent":
            return sa.func.concat(sa.func.to_char(value * 100, "FM9999990.0"), "%")
        case "number":
            return sa.cast(sa.func.trim_scale(value), sa.Text)
        case "date":
            return sa.func.to_char(value, "YYYY-MM-DD")
        case "yes_no":
            return sa.case((value, "是"), else_="否")
        case _:
            return sa.cast(value, sa.Text)


_CANCEL = """
UPDATE messages.outbox
   SET withdrawn = %(why)s,
       why = CASE WHEN state = 'queued' THEN %(why)s ELSE why END,
       settled_at = CASE WHEN state = 'queued' THEN %(now)s ELSE settled_at END,
       state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END
 WHERE instance_id = ANY (%(instances)s) AND state IN ('queued', 'merged', 'sending', 'uncertain')
   AND (%(nodes)s::text[] IS NULL OR node = ANY (%(nodes)s))
"""


def cancel_set(tx: Tx, instances: Sequence[int], why: str, nodes: Sequence[str] | None = None) -> int:
    """What these instances decided and what has not left yet stays here; return how many.

    What is on its way at this moment cannot be stopped, but it is not tried again.
    """
    return tx.run(_CANCEL, {"instances": list(instances), "why": why, "nodes": None if nodes is None else list(nodes)})


_RESUME = """
UPDATE messages.outbox
   SET try_at = %(now)s, why = NULL,
       withdrawn = CASE WHEN withdrawn = ANY (%(whys)s) THEN NULL ELSE withdrawn END,
       settled_at = CASE WHEN state = 'cancelled' THEN NULL ELSE settled_at END,
       state = CASE WHEN state = 'cancelled' THEN 'queued' ELSE state END
 WHERE instance_id IN (SELECT unnest(%(instances)s::bigint[]))
   AND (state IN ('cancelled', 'merged', 'sending', 'uncertain') AND withdrawn = ANY (%(whys)s)
        OR state = 'queued' AND why = 'hold')
"""


def resume_set(tx: Tx, instances: Sequence[int], whys: Sequence[str] = ()) -> int:
    """What these instances decided is looked at again now: what a hold postponed, and what was withdrawn for one of
    `whys`; how many. Whether it may still leave is asked at the claim, as ever."""
    return tx.run(_RESUME, {"instances": list(instances), "whys": list(whys)})
