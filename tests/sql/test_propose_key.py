"""Keys are proposed from labels over HTTP: pinyin, never a reserved word, never one that is taken."""

import pytest
from builders import install_shipped
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import people
from perennial.kernel import SYSTEM, Database


@pytest.fixture
@built_once
def renewal(database: Database) -> Database:
    install_shipped(database)
    with database.begin(SYSTEM) as tx:
        for role in ("business_admin", "csm"):
            people.create(tx, role, role, password=PASSWORD, roles=[role])
    return database


def test_a_key_is_the_pinyin_of_its_label_and_is_free(renewal: Database) -> None:
    with logged_in(renewal, "business_admin") as client:

        def key(label: str, *taken: str) -> str:
            return client.post("/api/propose-key", json={"label": label, "taken": list(taken)}).json()["key"]

        assert key("年审特殊要求") == "nian_shen_te_shu_yao_qiu"
        assert key("行业", "hang_ye") == "hang_ye_2"
        assert key("Contract No.") == "contract_no"
        assert key("select") == "select_1"


def test_who_may_not_design_is_proposed_nothing(renewal: Database) -> None:
    with logged_in(renewal, "csm") as client:
        assert client.post("/api/propose-key", json={"label": "行业", "taken": []}).status_code == 403
