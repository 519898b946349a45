"""Who gets this: whatever the contacts, the counts that are foreseen are those of what leaves, merges and does not."""

import os
from collections import Counter
from typing import Any

from builders import at, run
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from message_world import REMINDER, Way, decide, stand

from perennial import messages
from perennial.kernel import SYSTEM, Database, Tx

EXAMPLES = int(os.environ.get("PERENNIAL_SOAK") or 0) or 20
met: Counter[str] = Counter()
CONTACT = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["renewal", "renewal", "primary", "finance"]),
        "mail": st.sampled_from(["one@example.com", "one@example.com", "two@example.com", None]),
        "phone": st.sampled_from(["13800000001", "13800000002", None]),
        "left_on": st.sampled_from([None, None, None, "2026-01-01"]),
        "out": st.booleans(),
    }
)
WORLD = st.fixed_dictionaries(
    {
        "customers": st.lists(
            st.tuples(st.lists(CONTACT, min_size=0, max_size=4), st.integers(min_value=1, max_value=3)),
            min_size=1,
            max_size=3,
        ),
        "channels": st.sampled_from([["mail", "sms"], ["mail", "sms"], ["mail"], ["sms"]]),
        "reminder": st.sampled_from([True, True, False]),
        "merge": st.sampled_from(["template", "customer"]),
    }
)


ONE = {"role": "renewal", "mail": "one@example.com", "phone": "13800000001", "left_on": None}
SHARED: dict[str, Any] = {  # two contacts of one address, the first of whom wants no reminders
    "customers": [([{**ONE, "out": True}, {**ONE, "out": False}], 2)], "channels": ["mail", "sms"], "reminder": True,
    "merge": "template",
}  # fmt: skip


def build(tx: Tx, world: dict[str, Any], template: str) -> list[int]:
    """The contracts of the world's customers, all called after the template."""
    tree = {**REMINDER, "template": template, "kind": "reminder" if world["reminder"] else ""}
    messages.publish_template(tx, messages.Template.load({key: value for key, value in tree.items() if value != ""}))
    messages.save_policy(tx, messages.Policy.load({"merge": world["merge"]}))
    made: list[int] = []
    for n, (contacts, contracts) in enumerate(world["customers"]):
        name = f"{template}-{n}"
        of = tx.value(
            at(tx, "INSERT INTO data.customer (name, code, csm) VALUES (%(n)s, %(n)s, 1) RETURNING id"), {"n": name}
        )
        for one in contacts:
            sql = (
                "INSERT INTO data.contact (customer, name, role, mail, phone, left_on) VALUES (%(of)s, '甲', %(role)s,"
                " %(mail)s, %(phone)s, %(left_on)s) RETURNING id"
            )
            contact = tx.value(at(tx, sql), {**one, "of": of})
            if one["out"]:
                messages.opt_out(tx, "contact", contact, by_link=False)
        for m in range(contracts):
            sql = (
                "INSERT INTO data.contract (customer, number, start_date, end_date, amount, owner)"
                " VALUES (%(of)s, %(number)s, '2026-01-06', '2027-01-05', 1000, 1) RETURNING id"
            )
            made.append(int(tx.value(at(tx, sql), {"of": of, "number": f"{name}-{m}"})))
    return made


def check(database: Database, world: dict[str, Any], template: str) -> None:
    with database.begin(SYSTEM) as tx:
        contracts = build(tx, world, template)
        channels = world["channels"]
        where = f'LEFT(number, {len(template) + 1}) = "{template}-"'
        seen = messages.foresee(tx, template, "people", where=where, channels=channels)
        assert seen["records"] == len(contracts)
        decide(tx, *contracts, channels=channels, act=template, template=template)
    ways = {"mail": Way(), "sms": Way()}
    messages.deliver(database, ways)
    messages.deliver(database, ways)
    with database.begin(SYSTEM) as tx:
        rows = tx.rows(
            "SELECT channel, state, why FROM messages.outbox WHERE template = %(template)s", {"template": template}
        )
        run(tx, "DELETE FROM data.contact")
    found = Counter((row["channel"], row["state"], row["why"] == "opted_out") for row in rows)
    for channel in channels:
        told = seen["ways"][channel]
        became = {
            "messages": found[channel, "sent", False], "merged": found[channel, "merged", False],
            "unaddressed": found[channel, "unaddressed", False], "opted_out": found[channel, "cancelled", True],
        }  # fmt: skip
        assert {name: told[name] for name in became} == became, channel
        assert len(ways[channel].taken) == became["messages"]
        met.update(f"{channel} {name}" for name, count in became.items() if count)


def test_what_is_foreseen_is_what_leaves(database: Database) -> None:
    stand(database)
    with database.begin(SYSTEM) as tx:
        for channel in ("mail", "sms"):
            messages.release(tx, channel)
    numbers = iter(range(100_000))

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=EXAMPLES == 20,
        suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate],
    )  # fmt: skip
    @given(world=WORLD)
    def law(world: dict[str, Any]) -> None:
        check(database, world, f"law{next(numbers)}")

    check(database, SHARED, "shared")
    law()
    print(dict(met))
    assert len(met) == 8 and min(met.values()) >= 2
