"""Comments, mentions, faces, notices and live events tell of no form, record or person that is not granted.

The worlds and the filter are those of test_access_laws; here four people hold different roles of each world.
"""

import contextlib
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import given

from perennial import access, forms, messages, people, records
from perennial.http.live import Live
from perennial.kernel import SYSTEM, Actor, Database, Invalid, Missing, Tx
from tests.builders import install
from tests.builders_laws import drawn, untraced
from tests.property.test_access_laws import CONTRACT, CUSTOMER, KEYS, PEOPLE, WORLD, Oracle, build

EXAMPLES = max(12, int(os.environ.get("PERENNIAL_SOAK") or 0))
met: Counter[str] = Counter()
TITLE = {"customer": "name", "contract": "number"}


class People:
    """Who holds which of the roles: the first person all, the second the first of them, the third the last, the fourth
    none. `may` is the filter's answer."""

    def __init__(self, tx: Tx, world: dict[str, Any]) -> None:
        keys = build(tx, world)
        held = {1: keys, 2: keys[:1], 3: keys[-1:], 4: []}
        for person, some in held.items():
            people.assign(tx, person, some)
        self.oracles = {
            person: Oracle({**world, "roles": [world["roles"][keys.index(key)] for key in some]}, person)
            for person, some in held.items()
        }
        self.may = {
            (key, record): {one for one in PEOPLE if record in {row["id"] for row in self.oracles[one].rows(key)}}
            for key in KEYS
            for record in range(1, len(world[key]) + 1)
        }


@contextlib.contextmanager
def acting(tx: Tx, person: int) -> Any:
    tx.actor = Actor("person", person, f"p{person}")
    tx.memo.clear()
    yield
    tx.actor = SYSTEM
    tx.memo.clear()


def check_readers(tx: Tx, all_: People) -> None:
    for (key, record), expected in all_.may.items():
        assert access.readers(tx, key, record) == expected, (key, record)
        assert access.readers(tx, key, record, [1, 3]) == expected & {1, 3}
        met["some may read a record, others not"] += 0 < len(expected) < len(PEOPLE)


def check_comments(tx: Tx, all_: People) -> None:
    for (key, record), able in all_.may.items():
        for person in PEOPLE:
            with acting(tx, person):
                if person not in able:
                    for ask in (records.comments.page, records.comments.mentionable):
                        with pytest.raises(Missing):
                            ask(tx, key, record)
                    for act in (records.comments.say, records.presence.touch):
                        with pytest.raises(Missing):
                            act(tx, key, record, "x")
                    met["nobody there for who may not read"] += 1
                    continue
                assert {one.id for one in records.comments.mentionable(tx, key, record)} == able - {person}
                for other in PEOPLE:
                    if other in able:
                        continue
                    with pytest.raises(Invalid) as refused:
                        records.comments.say(tx, key, record, f"@p{other}", [other])
                    assert refused.value.code == "records.cannot_mention"
                    met["a mention of who may not read"] += 1
                text = " ".join(f"@p{one}" for one in sorted(able))
                said = records.comments.say(tx, key, record, text, sorted(able))
                messages.tell_mentioned(tx, key, record, said.id, [one.id for one in said.mentions])


def check_faces(tx: Tx, all_: People) -> None:
    """Everybody who could has the record open; who could not sits there all the same, from before."""
    for key, record in all_.may:
        for person in PEOPLE:
            tx.run(
                "INSERT INTO records.presence (form, record_id, person_id, window_id, editing, until)"
                " VALUES (%(form)s, %(record)s, %(person)s, 'w', false, 'infinity')",
                {"form": key, "record": record, "person": person},
            )
    for (key, record), able in all_.may.items():
        for person in able:
            with acting(tx, person):
                assert {one.id for one in records.presence.touch(tx, key, record, "w")} == able - {person}
                met["a face that must not be shown"] += len(able) < len(PEOPLE)


def check_notices(tx: Tx, all_: People) -> None:
    """One notice per comment of others, called as its reader may call the record; none is left without a right."""
    for person in PEOPLE:
        mine = [(key, record) for (key, record), able in all_.may.items() for _ in able - {person} if person in able]
        titles: dict[tuple[str, int], set[str]] = {}
        oracle = all_.oracles[person]
        for key in KEYS:
            for row in oracle.rows(key):
                titles[key, row["id"]] = {str(oracle.shown(key, TITLE[key], row) or row["id"])}
        with acting(tx, person):
            found = messages.notices(tx, limit=1000)
            assert sorted((one["form"], one["record_id"]) for one in found) == sorted(mine)
            assert messages.unread(tx) == len(mine)
            for one in found:
                assert one["subject"] in titles[one["form"], one["record_id"]]
    for person in PEOPLE:
        people.assign(tx, person, [])
        with acting(tx, person):
            assert (messages.notices(tx), messages.unread(tx)) == ([], 0)


def check_live(tx: Tx, database: Database, all_: People) -> None:
    live = Live(database)
    for person in PEOPLE:
        with acting(tx, person):
            standing = people.standing(tx)
        told = live._forms(tx, standing)  # pyright: ignore[reportPrivateUsage]
        assert told == {key for key in KEYS if all_.oracles[person].grants(key)}
        met["a form that is not told of"] += len(told) < len(KEYS)


def test_comments_faces_notices_and_live_events_agree_with_the_filter(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, CUSTOMER, CONTRACT)
        forms.catalog(tx)
    met.clear()

    @drawn(EXAMPLES, 12)
    @given(world=WORLD)
    def law(world: dict[str, Any]) -> None:
        with untraced(database.begin(SYSTEM)) as tx:
            all_ = People(tx, world)
            check_readers(tx, all_)
            check_live(tx, database, all_)
            check_comments(tx, all_)
            check_faces(tx, all_)
            check_notices(tx, all_)

    law()
    print(dict(met))
    least = {"some may read a record, others not": 30, "nobody there for who may not read": 200,
             "a mention of who may not read": 100, "a face that must not be shown": 60,
             "a form that is not told of": 12}  # fmt: skip
    assert all(met[name] >= count for name, count in least.items()), met
