import pytest
from error_codes import refused
from worlds import built_once

from perennial import people
from perennial.kernel import SYSTEM, Actor, Conflict, Database, Denied, Invalid, Missing, Tx


@pytest.fixture
@built_once
def two(database: Database) -> tuple[int, int]:
    """An administrator, and a colleague with no rights."""
    with database.begin(SYSTEM) as tx:
        wen = people.create(tx, "wen", "温如玉", roles=["business_admin"])
        return wen, people.create(tx, "gu", "顾南星")


def bound(tx: Tx, person: int) -> list[tuple[str, str, str | None]]:
    return [(one.channel, one.remote, one.name) for one in people.accounts_of(tx, person)]


def test_a_person_has_one_account_of_each_channel_and_an_account_one_person(
    database: Database, two: tuple[int, int]
) -> None:
    wen, gu = two
    with database.begin(SYSTEM) as tx:
        people.bind(tx, gu, "dingtalk", " manager01 ", "南星")
        people.bind(tx, gu, "wecom", "GuNanXing")
        people.bind(tx, wen, "dingtalk", "0123")
        people.bind(tx, gu, "dingtalk", "manager02")
        assert bound(tx, gu) == [("dingtalk", "manager02", None), ("wecom", "GuNanXing", None)]
        assert people.person_of(tx, "dingtalk", "manager01") is None, "the account before is nobody's"
        assert people.person_of(tx, "dingtalk", "manager02") == gu
        assert people.person_of(tx, "feishu", "manager02") is None
        assert people.remotes(tx, "dingtalk", [gu, wen]) == {gu: "manager02", wen: "0123"}
        with refused("people.account_bound", "这个账号已绑定给温如玉，请先解除", path="remote"):
            people.bind(tx, gu, "dingtalk", "0123")
        assert people.unbind(tx, wen, "dingtalk") and not people.unbind(tx, wen, "dingtalk")
        people.bind(tx, gu, "dingtalk", "0123")
        assert people.person_of(tx, "dingtalk", "0123") == gu


def test_who_has_left_acts_by_no_account(database: Database, two: tuple[int, int]) -> None:
    wen, gu = two
    with database.begin(SYSTEM) as tx:
        people.bind(tx, gu, "feishu", "ou_1")
    with database.begin(Actor("person", wen, "温如玉")) as tx:
        people.disable(tx, gu)
        assert people.person_of(tx, "feishu", "ou_1") is None
        assert people.remotes(tx, "feishu", [gu]) == {}
        with pytest.raises(Conflict):
            people.bind(tx, wen, "feishu", "ou_1")


def test_nobody_binds_an_account_to_who_may_do_more(database: Database, two: tuple[int, int]) -> None:
    wen, gu = two
    with database.begin(Actor("person", gu, "顾南星")) as tx:
        people.bind(tx, gu, "wecom", "GuNanXing")  # one's own, say by logging in there
        with pytest.raises(Denied):
            people.bind(tx, wen, "wecom", "Gu2")


def test_an_account_needs_a_channel_a_number_and_somebody(database: Database, two: tuple[int, int]) -> None:
    with database.begin(SYSTEM) as tx:
        with refused("people.account_channel", "没有「qq」这种账号，可选 dingtalk、wecom 或 feishu", path="channel"):
            people.bind(tx, two[0], "qq", "1")
        with refused("people.account_long", "账号编号最多 128 个字符", path="remote"):
            people.bind(tx, two[0], "wecom", "x" * 129)
        with pytest.raises(Invalid):
            people.bind(tx, two[0], "wecom", " ")
        with pytest.raises(Missing):
            people.bind(tx, 999, "wecom", "1")
