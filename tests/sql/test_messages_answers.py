"""What came in stands on the stream of whom it is about, as far as one may read; strangers are a list."""

from typing import Any

import pytest
from builders import install_renewal
from builders_records import contract, person
from message_world import AUDIENCE, REMINDER
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, messages, people, records
from perennial.dev import letters
from perennial.kernel import SYSTEM, Actor, Database, Row

OURS = "<1.ours@perennial>"
ROLES = [
    {"role": "root", "label": "全部", "may": ["release"], "forms": {
        "*": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}}}},
    {"role": "masked", "label": "遮住", "forms": {
        "customer": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
        "contract": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
        "contact": {"rows": "all", "rights": ["read"], "fields": {"*": "read", "mail": "masked"}}}},
]  # fmt: skip


@pytest.fixture
@built_once
def firm(database: Database) -> dict[str, int]:
    """A mail about the contract HT-1 has left for 林女士."""
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        for role in ROLES:
            access.publish(tx, [access.load(role)])
        messages.publish_audience(tx, messages.Audience.load(AUDIENCE))
        messages.publish_template(tx, messages.Template.load(REMINDER))
        root = people.create(tx, "root", "周予安", password=PASSWORD, roles=("root",))
        made = {"root": root, "masked": person(tx, "何知远", roles=("masked",))}
        of = records.create(tx, "customer", {"name": "宁波远汐", "csm": root})
        contact = {"customer": of, "name": "林女士", "role": "renewal", "mail": "Lin@example.com"}
        made |= {"customer": of, "contact": records.create(tx, "contact", contact)}
        made["contract"] = contract(tx, customer=of, number="HT-1", owner=root, end_date="2027-01-05")
        tx.run(
            "INSERT INTO messages.outbox (key, decision, channel, template, outward, form, record_id, contact_id,"
            "  contact_form, name, address, captured, state, decided_at, due_at, try_at, wire_id)"
            " VALUES ('k', 'd', 'mail', 'reminder', true, 'contract', %(contract)s, %(contact)s, 'contact', '林女士',"
            "  'Lin@example.com', '{\"number\": \"HT-1\"}', 'sent', now(), now(), now(), %(ours)s)",
            {**made, "ours": OURS},
        )
    return made


def comes(database: Database, *raw: bytes) -> int:
    with database.begin(SYSTEM) as tx:
        return sum(messages.take_in(tx, messages.read_letter(one)) for one in raw)


def told(database: Database, firm: dict[str, int], who: str) -> list[dict[str, Any]]:
    with database.begin(Actor("person", firm[who], who)) as tx:
        found = records.stream(tx, "customer", firm["customer"], kinds=[records.REPLY]).entries
        answers = messages.answers(tx, [one.id for one in found])
        return [{"form": one.form, **one.told, **answers[one.id]} for one in found]


def notices(database: Database, firm: dict[str, int]) -> list[Row]:
    with database.begin(Actor("person", firm["root"], "root")) as tx:
        return messages.notices(tx)


LIN = "=?utf-8?b?5p6X5aWz5aOr?= <lin@example.com>"
REPLY = letters.reply(OURS, LIN, "同意续一年", attachments={"盖章.pdf": b"%PDF"})


def test_a_reply_stands_on_the_customers_stream_with_its_files_linked_to_our_mail_once(
    database: Database, firm: dict[str, int]
) -> None:
    assert comes(database, REPLY, REPLY) == 1
    (entry,) = told(database, firm, "root")
    assert entry == {
        "form": "contract", "kind": "reply", "sender": "lin@example.com", "name": "林女士", "subject": "Re: 续费",
        "text": "同意续一年", "attachments": ["盖章.pdf"], "outbox_id": 1,
    }  # fmt: skip
    (notice,) = notices(database, firm)
    assert (notice["what"], notice["subject"]) == ("replied", "林女士")
    assert (notice["form"], notice["record_id"], notice["title"]) == ("contract", firm["contract"], "HT-1")


def test_who_reads_the_contact_masked_is_told_that_something_came_and_no_word_of_it(
    database: Database, firm: dict[str, int]
) -> None:
    comes(database, REPLY)
    (entry,) = told(database, firm, "masked")
    assert entry["kind"] == "reply" and entry["attachments"] == []
    assert {entry[name] for name in ("sender", "name", "subject", "text")} == {None}


def test_a_contact_who_writes_by_themselves_is_known_and_a_bounce_stands_there_too(
    database: Database, firm: dict[str, int]
) -> None:
    comes(
        database,
        letters.stray("发票抬头", "LIN@example.com", own_id="<own@lin>"),
        letters.bounce(OURS, "Lin@example.com"),
    )
    wrote, back = sorted(told(database, firm, "root"), key=lambda one: one["form"], reverse=True)
    assert (wrote["form"], wrote["kind"], wrote["subject"], wrote["outbox_id"]) == (
        "customer",
        "other",
        "发票抬头",
        None,
    )
    assert (back["form"], back["kind"], back["outbox_id"]) == ("contract", "bounce", 1)
    (notice,) = notices(database, firm)
    assert (notice["what"], notice["form"], notice["record_id"]) == ("wrote", "customer", firm["customer"])
    assert told(database, firm, "masked")[0]["sender"] is None


def test_strangers_stay_in_a_list_of_whoever_may_release(database: Database, firm: dict[str, int]) -> None:
    comes(database, REPLY, letters.stray("广告", "ad@example.org"), letters.reply("<no@one>", "x@example.org", "?"))
    with database.begin(SYSTEM) as tx:
        people.create(tx, "he", "何", password=PASSWORD, roles=("masked",))
    with logged_in(database, "root") as client:
        found = client.get("/api/incoming").json()
        assert [one["sender"] for one in found] == ["x@example.org", "ad@example.org"]
        assert client.get("/api/incoming", params={"before": found[0]["id"]}).json() == found[1:]
    with logged_in(database, "he") as client:
        assert client.get("/api/incoming").status_code == 403
