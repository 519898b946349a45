"""Whatever the grants: the stream of a record shows no row, field, task, message or change that is not granted, and it
shows all that is."""

import json
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from perennial import access, messages, people, records, tasks
from perennial.access import Grant, Role
from perennial.forms import Overview
from perennial.kernel import SYSTEM, Actor, Database, Missing, Tx
from perennial.people import Role as Head
from tests.builders import field, form, install

EXAMPLES = int(os.environ.get("PERENNIAL_SOAK") or 0) or 30
met: Counter[str] = Counter()

FIRM = form(
    "firm", "name: text", "owner: person", "secret: text", title="name", owner="owner",
    overview=Overview(stream=("deals", "deals.payments")),
)  # fmt: skip
DEAL = form(
    "deal", field("firm: relation", to="firm", reverse="deals"), "name: text", "owner: person", "fee: money",
    field("day: date", default="TODAY()"), title="name", owner="owner",
)  # fmt: skip
PAID = form("paid", field("deal: relation", to="deal", reverse="payments"), "name: text", "sum: money", title="name")
LEVEL = st.sampled_from(["hidden", "masked", "read", "write"])
SCOPE = st.sampled_from(["all", "own"])
WORLD = st.fixed_dictionaries(
    {
        "firm": st.sampled_from(["all", "all", "all", "own"]),
        "deal": st.sampled_from([None, "all", "own", "own"]),
        "paid": st.sampled_from([None, "all", "all", 'deal.name <> "x"']),
        "secret": LEVEL, "fee": LEVEL, "sum": LEVEL, "link": st.sampled_from(["hidden", "read", "read", "read"]),
        "title": st.sampled_from(["hidden", "masked", "read", "read"]),
        "day": st.sampled_from(["hidden", "read"]),
        "my_firm": st.booleans(), "my_deal": st.booleans(),
        "second": st.fixed_dictionaries({"deal": st.sampled_from([None, "all", "own"]), "fee": LEVEL}) | st.none(),
    }
)  # fmt: skip
FULL = ("read", "write")


class Oracle:
    """A short filter over the one deal and payment of the one firm."""

    def __init__(self, world: dict[str, Any]) -> None:
        self.world = world
        second = world["second"] or {"deal": None, "fee": "hidden"}
        mine = {"all": True, "own": world["my_deal"], None: False}
        # (holds the deal, levels of its fields) for each role
        self.roles = [
            (mine[world["deal"]], {name: world[name] for name in ("fee", "link", "title", "day")}),
            (mine[second["deal"]], {"fee": second["fee"], "link": "read", "title": "read", "day": "read"}),
        ]
        self.firm = world["firm"] == "all" or world["my_firm"]
        self.deal_read = any(held for held, _ in self.roles)
        self.deal = self.firm and self.deal_read and self.level("link") in FULL
        self.secret = world["secret"] if self.firm else "hidden"
        # a payment is reached through a deal that the reader reads, with its name for a scope that asks for it
        self.paid = self.deal and world["paid"] is not None
        self.sum = world["sum"]

    def level(self, name: str) -> str:
        order = ["hidden", "masked", "read", "write"]
        found = [order.index(str(levels[name])) for held, levels in self.roles if held]
        return order[max(found, default=0)]


def build(tx: Tx, world: dict[str, Any]) -> dict[str, Any]:
    n = tx.value("SELECT count(*) FROM people.person")
    fields = {"*": "read", "firm": world["link"], "name": world["title"], "day": world["day"], "fee": world["fee"]}
    grants = [
        Grant("firm", world["firm"], ("read",), {"*": "read", "secret": world["secret"]}),
        *([Grant("deal", world["deal"], ("read",), fields)] if world["deal"] else []),
        *([Grant("paid", world["paid"], ("read",), {"*": "read", "sum": world["sum"]})] if world["paid"] else []),
    ]
    roles = [Role(Head(f"r{n}", f"r{n}"), tuple(grants))]
    second = world["second"]
    if second and second["deal"]:
        more = Grant("deal", second["deal"], ("read",), {"*": "read", "fee": second["fee"]})
        roles.append(Role(Head(f"s{n}", f"s{n}"), (more,)))
    access.publish(tx, roles)
    me = people.create(tx, f"p{n}", f"p{n}", roles=tuple(role.head.key for role in roles))
    firm = records.create(tx, "firm", {"name": f"firm{n}", "owner": me if world["my_firm"] else None})
    owner = me if world["my_deal"] else None
    deal = records.create(
        tx, "deal", {"firm": firm, "name": f"deal{n}", "owner": owner, "fee": f"7{n:04d}", "day": "2026-11-02"}
    )
    paid = records.create(tx, "paid", {"deal": deal, "name": f"paid{n}", "sum": f"8{n:04d}"})
    records.update(tx, "firm", firm, 1, {"secret": f"geheim{n}"})
    records.update(tx, "deal", deal, 1, {"fee": f"9{n:04d}"})
    kind = tasks.standing_kind(tx, "deal", "call", "call", "call")
    tx.run(
        "INSERT INTO tasks.task (kind_id, record_id, title, found_by, opened_at)"
        " VALUES (%(kind)s, %(deal)s, %(title)s, 'nobody', %(now)s)",
        {"kind": kind, "deal": deal, "title": f"geheim{n}"},
    )
    captured = json.dumps({"fee": f"9{n:04d}"})
    tx.run(
        "INSERT INTO messages.outbox (key, decision, channel, template, outward, form, record_id, captured, state,"
        " decided_at, due_at, try_at) VALUES (%(key)s, %(key)s, 'mail', 'bill', true, 'deal', %(deal)s, %(captured)s,"
        " 'queued', %(now)s, %(now)s, %(now)s)",
        {"key": f"m{n}", "deal": deal, "captured": captured},
    )
    return {"n": n, "me": me, "firm": firm, "deal": deal, "paid": paid}


def check(database: Database, world: dict[str, Any]) -> None:
    with database.begin(SYSTEM) as tx:
        made = build(tx, world)
    may, n = Oracle(world), made["n"]
    with database.begin(Actor("person", made["me"], "p")) as tx:
        if not may.firm:
            with pytest.raises(Missing):
                records.stream(tx, "firm", made["firm"])
            met["a record kept whole"] += 1
            return
        page = records.stream(tx, "firm", made["firm"], limit=100)
        subjects = messages.subjects(tx, [one.id for one in page.entries if one.kind == records.MESSAGE])
        pages = list[records.Entry]()
        after: str | None = None
        while True:
            part = records.stream(tx, "firm", made["firm"], limit=2, after=after)
            pages, after = [*pages, *part.entries], part.next
            if after is None:
                break
        alone = [
            one for kind in page.kinds for one in records.stream(tx, "firm", made["firm"], kinds=(kind.key,)).entries
        ]
    found = page.entries
    assert pages == found
    assert sorted((one.kind, one.id) for one in alone) == sorted((one.kind, one.id) for one in found)
    told = json.dumps([[one.title, one.at, one.told] for one in found], ensure_ascii=False, default=str)
    told += json.dumps(subjects, ensure_ascii=False)
    kinds = {one.kind for one in found}

    assert ("deals" in kinds) is may.deal
    assert (":task" in kinds) is may.deal
    assert (":message" in kinds) is may.deal
    assert ("deals.payments" in kinds) is may.paid, "through a deal that I read"
    assert (f"deal{n}" in told) is (may.deal and may.level("title") in FULL)
    assert (f"geheim{n}" in told) is (may.secret in FULL), "not by the title of a task, either"
    fee = may.deal and may.level("fee") in FULL
    assert (f"9{n:04d}.00" in told) is fee, "in the entry, in what was changed"
    assert (f"7{n:04d}.00" in told) is fee, "what was"
    assert (f"8{n:04d}.00" in told) is ("deals.payments" in kinds and may.sum in FULL)
    for one in found:
        if one.kind == "deals":
            assert (one.at[:10] == "2026-11-02") is (may.level("day") in FULL), "its day is told by its place, too"
    changed = {(one.form, one.record_id) for one in found if one.kind == ":change" and one.told["op"] == "update"}
    assert (("firm", made["firm"]) in changed) is (may.secret != "hidden"), "that it was changed is told, too"
    assert (("deal", made["deal"]) in changed) is (may.deal and may.level("fee") != "hidden")

    met["a deal shown"] += may.deal
    met["a deal kept"] += not may.deal
    met["a fee shown"] += fee
    met["a fee kept of a deal shown"] += may.deal and not fee
    met["a change kept"] += may.secret == "hidden"
    met["a masked change"] += may.secret == "masked"
    met["a payment shown"] += "deals.payments" in kinds
    met["two roles that differ"] += bool(world["second"] and world["second"]["deal"])


@pytest.fixture
def installed(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        install(tx, FIRM, DEAL, PAID)
        bill = {"template": "bill", "label": "bill", "form": "deal", "subject": "fee {{ fee }}.00", "body": "-"}
        messages.publish_template(tx, messages.Template.load(bill))
    return database


def test_a_stream_obeys_the_access_law(installed: Database) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES == 30,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(world=WORLD)
    def law(world: dict[str, Any]) -> None:
        check(installed, world)

    law()
    print(dict(met))
    assert len(met) == 9
    assert min(met.values()) >= 2
