import pytest
from worlds import built_once

from perennial import people
from perennial.kernel import SYSTEM, Actor, Busy, Conflict, Database, Invalid, Problem, Tx

SECRET = "right horse battery"


@pytest.fixture
@built_once
def wen(database: Database) -> int:
    """A person who can log in."""
    with database.begin(SYSTEM) as tx:
        return people.create(tx, "Wen", "温如玉", password=SECRET, roles=["business_admin"])


def refused(database: Database, account: str = "wen", *, address: str = "10.0.0.1", password: str = "wrong") -> Problem:
    with pytest.raises(Problem) as caught:
        people.login(database, account, password, address=address)
    return caught.value


def let_minutes_pass(database: Database, minutes: int) -> None:
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE people.attempt SET at = at - make_interval(mins => %(m)s)", {"m": minutes})


def test_the_right_password_opens_a_session_that_knows_the_person(database: Database, wen: int) -> None:
    session = people.login(database, " WEN ", SECRET, address="10.0.0.1")
    with people.enter(database, session.token) as tx:
        assert tx.actor == Actor("person", wen, "温如玉")
        assert tx.value("SELECT current_setting('perennial.actor_id')") == str(wen)
        assert people.standing(tx).may == {"design", "import", "release", "people"}


def test_neither_token_nor_password_is_stored(database: Database, wen: int) -> None:
    session = people.login(database, "wen", SECRET, address="10.0.0.1")
    with database.begin(SYSTEM) as tx:
        stored = str(tx.rows("SELECT s.*, p.* FROM people.session s JOIN people.person p ON p.id = s.person_id"))
    assert session.token not in stored and SECRET not in stored and "argon2id" in stored


def test_each_wrong_attempt_says_how_many_are_left_and_the_fifth_closes_the_door(database: Database, wen: int) -> None:
    assert [refused(database).facts.get("left") for _ in range(4)] == [4, 3, 2, 1]
    fifth = refused(database)
    assert isinstance(fifth, Busy) and fifth.facts == {"minutes": 10}
    assert isinstance(refused(database, password=SECRET), Busy), "the right password does not help now"


def test_the_door_opens_when_the_oldest_of_five_wrong_attempts_is_ten_minutes_old(database: Database, wen: int) -> None:
    for _ in range(5):
        refused(database)
    let_minutes_pass(database, 7)
    assert refused(database).facts == {"minutes": 3}
    let_minutes_pass(database, 3)
    assert people.login(database, "wen", SECRET, address="10.0.0.1").person_id == wen


def test_an_unknown_account_is_refused_like_a_wrong_password(database: Database, wen: int) -> None:
    unknown, wrong = refused(database, "nobody"), refused(database, "wen", address="10.0.0.2")
    assert (unknown.code, unknown.facts) == (wrong.code, wrong.facts) == ("people.login_wrong", {"left": 4})


def test_one_who_mistypes_shuts_out_neither_colleagues_nor_themselves_elsewhere(database: Database, wen: int) -> None:
    with database.begin(SYSTEM) as tx:
        beside = people.create(tx, "tang", "唐可", password=SECRET)
    for _ in range(5):
        refused(database, "wen", address="10.0.0.9")
    assert isinstance(refused(database, "wen", address="10.0.0.9", password=SECRET), Busy)
    assert people.login(database, "tang", SECRET, address="10.0.0.9").person_id == beside
    assert people.login(database, "wen", SECRET, address="10.0.0.10").person_id == wen


@pytest.mark.parametrize(
    ("subject", "accounts", "addresses"),
    [("address:10.0.0.9", 50, 1), ("account:wen", 1, 50)],
    ids=["many accounts from one address", "one account from many addresses"],
)
def test_fifty_wrong_ones_close_a_whole_address_or_a_whole_account(
    database: Database, wen: int, subject: str, accounts: int, addresses: int
) -> None:
    with database.begin(SYSTEM) as tx:
        tx.run("INSERT INTO people.attempt (subject) SELECT %(s)s FROM generate_series(1, 48)", {"s": subject})
    told = [
        refused(database, "wen" if accounts == 1 else f"guess{n}", address=f"10.0.{n if addresses > 1 else 0}.9")
        for n in range(2)
    ]
    assert [one.facts for one in told] == [{"left": 1}, {"minutes": 10}]
    elsewhere = "10.0.7.9" if addresses > 1 else "10.0.0.9"
    assert isinstance(refused(database, "wen", address=elsewhere, password=SECRET), Busy)


def test_who_has_a_whole_network_of_ipv6_addresses_counts_as_one(database: Database, wen: int) -> None:
    told = [refused(database, address=f"2001:db8:1:2::{n:x}").facts.get("left") for n in range(1, 5)]
    assert told == [4, 3, 2, 1]
    assert refused(database, address="2001:db8:1:3::1").facts == {"left": 4}
    told = [refused(database, address=one).facts["left"] for one in ("::ffff:10.0.0.1", "10.0.0.1", "::ffff:10.0.0.2")]
    assert told == [4, 3, 4], "an IPv4 address in the dress of IPv6 is that address"


def test_a_right_password_forgives_the_account_from_here(database: Database, wen: int) -> None:
    for _ in range(4):
        refused(database, address="10.0.2.1")
    refused(database, address="10.0.2.2")
    people.login(database, "wen", SECRET, address="10.0.2.1")
    assert refused(database, address="10.0.2.1").facts == {"left": 4}
    assert refused(database, address="10.0.2.2").facts == {"left": 3}


def test_a_disabled_person_is_out_at_once_and_stays_out(database: Database, wen: int) -> None:
    session = people.login(database, "wen", SECRET, address="10.0.0.1")
    with database.begin(SYSTEM) as tx:
        people.create(tx, "other", "何知远", roles=["business_admin"])
        people.disable(tx, wen)
    with pytest.raises(people.LoggedOut), people.enter(database, session.token):
        pass
    assert refused(database, password=SECRET).code == "people.login_wrong"


def test_a_write_needs_the_value_that_only_the_own_page_knows(database: Database, wen: int) -> None:
    session = people.login(database, "wen", SECRET, address="10.0.0.1")
    for csrf in (None, "", session.csrf + "x"):
        with pytest.raises(people.LoggedOut), people.enter(database, session.token, csrf=csrf, writes=True):
            pass
    with people.enter(database, session.token, csrf=session.csrf, writes=True) as tx:
        assert tx.actor.id == wen


def test_a_session_ends_by_logout_and_by_itself(database: Database, wen: int) -> None:
    first = people.login(database, "wen", SECRET, address="10.0.0.1")
    second = people.login(database, "wen", SECRET, address="10.0.0.1")
    with people.enter(database, first.token) as tx:
        people.logout(tx, first.token)
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE people.session SET expires_at = now() - interval '1 second'")
    for session in (first, second):
        with pytest.raises(people.LoggedOut), people.enter(database, session.token):
            pass


def test_changing_the_password_ends_the_other_sessions_only(database: Database, wen: int) -> None:
    here = people.login(database, "wen", SECRET, address="10.0.0.1")
    there = people.login(database, "wen", SECRET, address="10.0.0.1")
    with people.enter(database, here.token) as tx:
        with pytest.raises(Invalid) as caught:
            people.change_password(tx, "wrong", "another long one")
        assert (caught.value.code, caught.value.path) == ("people.password_wrong", "old")
        people.change_password(tx, SECRET, "another long one", keep=here.token)
    with people.enter(database, here.token):
        pass
    with pytest.raises(people.LoggedOut), people.enter(database, there.token):
        pass
    people.login(database, "wen", "another long one", address="10.0.0.1")


def test_the_first_administrator_exists_once(tx: Tx) -> None:
    assert people.is_empty(tx)
    admin = people.first_administrator(tx, "boss", "老板", SECRET)
    assert people.find(tx, admin).roles == ["business_admin"]
    with pytest.raises(Conflict):
        people.first_administrator(tx, "other", "别人", SECRET)


def test_a_wrong_person_is_refused_at_the_field_and_nothing_is_written(tx: Tx) -> None:
    people.create(tx, "li", "李")
    cases = [
        ({"account": "LI", "name": "又一个李"}, "account"),
        ({"account": "", "name": "无"}, "account"),
        ({"account": "x", "name": " "}, "name"),
        ({"account": "x", "name": "X", "department_id": 77}, "department_id"),
        ({"account": "x", "name": "X", "password": "short"}, "password"),
        ({"account": "x", "name": "X", "language": "fr"}, "language"),
        ({"account": "x", "name": "X", "active": False}, "active"),
    ]
    for values, path in cases:
        with pytest.raises(Invalid) as caught:
            people.create(tx, **values)
        assert caught.value.path == path
    assert [person.account for person in people.people(tx)] == ["li"]


def test_names_come_in_chinese_order(tx: Tx) -> None:
    for account, name in [("a", "周予安"), ("b", "何知远"), ("c", "程砚秋"), ("d", "唐可")]:
        people.create(tx, account, name)
    assert [person.name for person in people.people(tx)] == ["程砚秋", "何知远", "唐可", "周予安"]


def test_the_tree_knows_every_department_above_and_below(tx: Tx) -> None:
    company = people.save_department(tx, "company", "公司")
    sales = people.save_department(tx, "sales", "销售", parent_id=company)
    north = people.save_department(tx, "north", "华北", parent_id=sales)
    below = "SELECT department_id FROM people.department_tree WHERE above_id = %(d)s ORDER BY steps"
    assert [row["department_id"] for row in tx.rows(below, {"d": company})] == [company, sales, north]
    people.save_department(tx, "north", "华北", parent_id=company)
    assert [row["department_id"] for row in tx.rows(below, {"d": sales})] == [sales]
    for child in ("company", "sales"):
        with pytest.raises(Invalid) as caught:
            people.save_department(tx, child, "圈", parent_id=sales)
        assert caught.value.code == "people.department_cycle"


def test_a_deputy_stands_in_for_who_is_away_or_gone_and_nobody_for_both(tx: Tx) -> None:
    deputy = people.create(tx, "deputy", "代理")
    person = people.create(tx, "person", "本人", deputy_id=deputy, away_from="2026-12-01", away_until="2026-12-05")
    stand_in = "SELECT people.stand_in(%(p)s, %(day)s::date)"
    days = ["2026-11-30", "2026-12-01", "2026-12-05", "2026-12-06"]
    assert [tx.value(stand_in, {"p": person, "day": day}) for day in days] == [person, deputy, deputy, person]
    people.update(tx, person, away_until=None)
    assert tx.value(stand_in, {"p": person, "day": "2030-01-01"}) == deputy
    people.disable(tx, deputy)
    assert tx.value(stand_in, {"p": person, "day": "2030-01-01"}) is None
