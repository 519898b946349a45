"""What a card of an approval says, and to whom."""

import pytest
from approval_world import NAMES, Deals, approval, founded

from perennial import access, messages, people, processes
from perennial.connect.faces import Face, ended, face
from perennial.kernel import Database, advance_clock

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def deals(database: Database) -> Deals:
    made = founded(database)
    with made.system() as tx:
        messages.save_policy(tx, messages.Policy(link_base="https://cq.example/"))
    return made


def seen(deals: Deals, name: str, *, language: str = "zh", wanted: str = "open") -> Face:
    card = {"vote_id": deals.vote(name), "person_id": deals.who[name], "wanted": wanted, "note": None}
    with deals.system() as tx, access.seeing_as(tx, deals.who[name]):
        return face(tx, card, language)


def test_a_card_has_five_facts_at_most_and_none_that_its_reader_may_not_see(deals: Deals) -> None:
    with deals.system() as tx:
        fields = {"amount": "masked", "terms": "masked", "name": "read"}
        every = {"deal": {"rows": "all", "rights": ["read"], "fields": fields}}
        access.publish(tx, [access.load({"role": "guest", "label": "访客", "forms": every})])
        people.assign(tx, deals.who["gu"], ["guest"])
    more = {"fields": [{"field": "note", "right": "hidden"}], "title": '"报价 " & name'}
    deals.begun(approval("gu", "cai", **more), terms="验收后 60 日内", note="内部底价", flag=True)
    mine = seen(deals, "cai")
    assert (mine.title, mine.subject, mine.url) == (
        "报价 · 待你处理", "报价 HT-1", f"https://cq.example/approvals/{deals.vote('cai')}")  # fmt: skip
    assert mine.facts == [
        ("amount", "¥195,300.00"), ("terms", "验收后 60 日内"), ("owner", NAMES["liang"]), ("legal", NAMES["fa"]),
        ("请在", "11-24 周二 18:00 前"),
    ]  # fmt: skip
    guests = dict(seen(deals, "gu").facts)
    assert guests.keys() == {"请在"}, "what is masked is left out, as on the page"


def test_what_changed_since_the_reader_looked_stands_on_it_and_that_it_is_late(deals: Deals) -> None:
    at = deals.begun(approval("cai"), terms="验收后 60 日内")
    with deals.as_("cai") as tx:
        processes.approving.look(tx, deals.vote("cai"))
    deals.edit(at, by="liang", terms="预付 30%", amount="180000")
    facts = dict(seen(deals, "cai").facts)
    assert facts["改了什么"] == "amount、terms" and facts["amount"] == "¥180,000.00" and len(facts) == 5
    with deals.system() as tx:
        advance_clock(tx, tx.now.replace(month=12))
    assert dict(seen(deals, "cai", language="en").facts)["Due"] == "Tue 11-24 18:00, overdue"


def test_whoever_may_not_read_the_record_learns_nothing_of_it(deals: Deals) -> None:
    deals.begun(approval("cai"))
    with deals.system() as tx:
        people.assign(tx, deals.who["cai"], [])
    mine = seen(deals, "cai")
    assert (mine.subject, [label for label, _ in mine.facts]) == ("会签", ["请在"])


def test_a_card_says_in_the_words_of_its_reader_how_it_ended(deals: Deals) -> None:
    deals.begun(approval("cai", "fa", "gu", mode="any"))
    with deals.system() as tx:
        votes = {row["person_id"]: row["id"] for row in tx.rows("SELECT id, person_id FROM processes.vote")}
    deals.decide("fa", "rejected")
    deals.decide("gu")

    def says(name: str, language: str = "zh") -> str:
        with deals.system() as tx:
            return ended(tx, {"vote_id": votes[deals.who[name]], "person_id": deals.who[name]}, language)

    assert says("gu") == f"{NAMES['gu']} 已同意 · 11-21 09:00"
    assert says("fa") == f"{NAMES['fa']} 已拒绝 · 11-21 09:00"
    assert says("cai") == f"{NAMES['gu']}已先同意，无需你处理 · 11-21 09:00"
    assert says("cai", "en") == f"{NAMES['gu']} approved first. Nothing left for you to do · 11-21 09:00"
    with deals.system() as tx:
        assert ended(tx, {"vote_id": 0, "person_id": 1}, "en") == "Nothing left for you to do"
