"""Before anything leaves: what a release would do, to each message; and release, one message, one batch, one channel.

What is asked of a claim is asked here in the same order: too late, no longer wanted, opted out, not yet, merged. What
is left leaves. Who asks has the reasons (`guard`) from the room above.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import sqlalchemy as sa

from perennial import access, forms, formula
from perennial.kernel import Conflict, Invalid, Missing, Row, Tx, statements
from perennial.messages.channels import Wire
from perennial.messages.compose import compose
from perennial.messages.definition import Audience, audiences
from perennial.messages.deliver import Guard
from perennial.messages.mailbox import outbox, release
from perennial.messages.policy import allowed_at, policy
from perennial.messages.restraint import ALONE

_SQL = statements(__file__, "letting.sql")
Fate = Literal["expired", "gone", "opted_out", "later", "merged", "leaving"]
FATES: tuple[Fate, ...] = ("expired", "gone", "opted_out", "later", "merged", "leaving")
MOST = 200  # of a list behind a term


def fates(
    tx: Tx, channel: str, *, template: str | None = None, ids: Sequence[int] | None = None, guard: Guard | None = None
) -> dict[int, Fate]:
    """What would become of each waiting message if it were released now; in quiet hours all wait."""
    facts = {"channel": channel, "template": template, "ids": None if ids is None else list(ids)}
    rows = tx.rows(_SQL["waiting"], facts)
    asked = [row["id"] for row in rows if not row["late"]]
    refused = dict(guard(tx, asked)) if guard and asked else {}
    rules = policy(tx)
    silent = allowed_at(tx, rules.quiet) > tx.now
    found: dict[int, Fate] = {row["id"]: _fate(row, refused.get(row["id"], ""), silent) for row in rows}
    if channel not in ALONE:
        facts = {
            "ids": [id_ for id_, fate in found.items() if fate == "leaving"],
            "zone": tx.zone.key,
            "by_customer": rules.merge == "customer",
        }
        found.update({row["id"]: "merged" for row in tx.rows(_SQL["merging"], facts)})
    return found


def _fate(row: Row, refused: str, silent: bool) -> Fate:
    if row["late"]:
        return "expired"
    if refused and not refused.startswith("hold"):
        return "gone"
    if row["unwanted"]:
        return "opted_out"
    return "later" if refused or silent or not row["due"] else "leaving"


def forecast(tx: Tx, channel: str, *, template: str | None = None, guard: Guard | None = None) -> dict[str, Any]:
    """The arithmetic of a release: waiting = the sum of `FATES`; beside it unaddressed. `customers` of what leaves;
    `opens_at`: quiet hours end then."""
    found = fates(tx, channel, template=template, guard=guard)
    counted = Counter(found.values())
    leaving = [id_ for id_, fate in found.items() if fate == "leaving"]
    opens = allowed_at(tx, policy(tx).quiet)
    return {
        "waiting": len(found), **{fate: counted[fate] for fate in FATES},
        "unaddressed": int(tx.value(_SQL["unaddressed"], {"channel": channel, "template": template})),
        "customers": int(tx.value(_SQL["customers"], {"ids": leaving})),
        "opens_at": opens if opens > tx.now else None,
    }  # fmt: skip


def behind(
    tx: Tx, channel: str, fate: Fate, *, template: str | None = None, guard: Guard | None = None
) -> list[dict[str, Any]]:
    """The messages behind one term, as the mailbox lists them."""
    found = fates(tx, channel, template=template, guard=guard)
    return outbox(tx, ids=[id_ for id_, one in found.items() if one == fate][-MOST:], limit=MOST)


def let_go(tx: Tx, ids: Sequence[int]) -> int:
    """These leave when they are due, though their channel is held; how many waited."""
    seen = [row["id"] for row in outbox(tx, ids=ids, limit=len(ids) or 1)]
    return tx.run(_SQL["let_go"], {"ids": seen, "by": tx.actor.id})


def let_go_batch(tx: Tx, channel: str, template: str) -> int:
    """What waits of one template on one channel; what is decided later is held as before."""
    rows = tx.rows(_SQL["waiting"], {"channel": channel, "template": template, "ids": None})
    return tx.run(_SQL["let_go"], {"ids": [row["id"] for row in rows], "by": tx.actor.id})


def recall(tx: Tx, channel: str) -> None:
    """What has not left yet stays, whatever let it go."""
    release(tx, channel, released=False)
    tx.run(_SQL["hold_again"], {"channel": channel})


def cancel_many(tx: Tx, ids: Sequence[int]) -> int:
    """These do not leave; how many had not."""
    seen = [row["id"] for row in outbox(tx, ids=ids, limit=len(ids) or 1)]
    return tx.run(_SQL["cancel"], {"ids": seen})


def ways_left(tx: Tx, id_: int) -> list[str]:
    """What would be tried next if this message failed; behind them somebody is asked to call."""
    return [row["channel"] for row in tx.rows(_SQL["ways_left"], {"id": id_, "order": list(policy(tx).fallback)})]


def recipients(tx: Tx, id_: int) -> list[dict[str, Any]]:
    """Whom this message could go to instead: contacts of the same customer with an address on its channel, as far as
    the actor may see it. id, name, address."""
    row, to = _of(tx, id_)
    if row["of_id"] is None:
        return []
    rows = access.readable(tx, to.form)
    source = rows.source
    try:
        label = formula.compile(formula.check(to.name, rows.scope), source)
        address = formula.compile(formula.check(to.ways[row["channel"]], rows.scope), source)
    except Invalid:  # who may see no address may not choose one
        return []
    who = source.field("id")
    query = (
        sa.select(who.label("id"), sa.cast(label, sa.Text).label("name"), sa.cast(address, sa.Text).label("address"))
        .select_from(rows.from_)
        .where(rows.where, source.field(to.relation) == row["of_id"], address.is_not(None))
        .order_by(who)
        .limit(MOST)
    )
    return list(tx.rows(query))


def readdress(tx: Tx, id_: int, contact: int) -> None:
    """It goes to this contact instead; what it says of the record stays as it was decided."""
    row, to = _of(tx, id_)
    if contact not in {one["id"] for one in recipients(tx, id_)}:
        raise Missing("messages.no_recipient")
    rows = access.readable(tx, to.form)
    source = rows.source

    def words(text: str) -> Any:
        return sa.cast(formula.compile(formula.check(text, rows.scope), source), sa.Text)

    pairs = [part for way, text in to.ways.items() for part in (sa.literal(way, sa.Text), words(text))]
    ways = sa.cast(sa.func.jsonb_strip_nulls(sa.func.jsonb_build_object(*pairs)), sa.Text)
    language = words(to.language) if to.language else sa.cast(sa.null(), sa.Text)
    columns = words(to.name).label("name"), ways.label("ways"), language.label("language")
    address = words(to.ways[row["channel"]]).label("address")
    query = sa.select(*columns, address).select_from(rows.from_).where(rows.where, source.field("id") == contact)
    found = tx.one(query)
    assert found is not None
    if not tx.run(_SQL["readdress"], {"id": id_, "contact": contact, "form": to.form, **found}):
        raise Conflict("messages.not_possible", state=row["state"])


def _of(tx: Tx, id_: int) -> tuple[Row, Audience]:
    """A message that the actor sees, and the contacts that it is for."""
    (row,) = outbox(tx, ids=[id_], limit=1) or (None,)
    if row is None:
        raise Missing("messages.no_message")
    known = [one for one in audiences(tx) if row["channel"] in one.ways]
    form = tx.value("SELECT contact_form FROM messages.outbox WHERE id = %(id)s", {"id": id_})
    to = next((one for one in known if form in (None, one.form)), None)
    if to is None or not row["outward"]:
        raise Conflict("messages.not_possible", state=row["state"])
    return row, to


def customers(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Message -> what its customer is called, as far as the actor may read it."""
    found: dict[int, str] = {}
    for form in sorted(customer_forms(tx)):
        wanted = sorted({int(row["of_id"]) for row in rows if row["of_id"] is not None})
        if not wanted or not access.may(tx, "read", form):
            continue
        known = access.readable(tx, form)
        id_ = known.source.field("id")
        query = sa.select(id_.label("id"), known.label().label("name")).select_from(known.from_)
        names = {row["id"]: row["name"] for row in tx.rows(query.where(known.where, id_.in_(wanted)))}
        found |= {row["id"]: names[row["of_id"]] for row in rows if row["of_id"] in names}
    return found


def customer_forms(tx: Tx) -> set[str]:
    """The forms whose contacts are written to."""
    catalog = forms.catalog(tx)
    fields = [catalog.field(one.form, one.relation) for one in audiences(tx)]
    return {one.to for one in fields if one.to}


def chosen_by(tx: Tx, row: Mapping[str, Any]) -> str | None:
    """Why this contact: the audience, and which of its preferences they meet today; None where nobody was found."""
    to = next((one for one in audiences(tx) if one.form == row["contact_form"] and row["channel"] in one.ways), None)
    return to.label if to is not None else None


def copy_of(tx: Tx, id_: int, mine: Wire, wire_id: str) -> Wire:
    """The words of a message as the actor may see them, to the actor's own address."""
    wire = compose(tx, [id_])[id_]
    return replace(wire, wire_id=wire_id, name=mine.name, address=mine.address, opt_out="")
