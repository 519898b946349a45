"""Comments, mentions and faces at a record, as two browsers see them."""

from typing import Any

import pytest
from builders import form, install
from error_codes import refused
from web_client import PASSWORD, TestClient, code, window
from worlds import built_once

from perennial import access, people, records
from perennial.kernel import SYSTEM, Actor, Database, Invalid

OWN: dict[str, Any] = {
    "role": "own", "label": "本人",
    "forms": {"customer": {"rows": "own", "rights": ["read"], "fields": {"*": "read"}}},
}  # fmt: skip
ALL: dict[str, Any] = {
    "role": "all", "label": "全部",
    "forms": {"customer": {"rows": "all", "rights": ["read", "delete"], "fields": {"*": "read"}}},
}  # fmt: skip
AT = "/api/forms/customer/1"


@pytest.fixture
@built_once
def world(database: Database) -> Database:
    """Tang keeps customer 1, Liu customer 2; Mei reads both, Gao is disabled, Nobody reads nothing."""
    with database.begin(SYSTEM) as tx:
        install(tx, form("customer", "name: text", "keeper: person", title="name", owner="keeper"))
        access.publish(tx, [access.load(OWN), access.load(ALL)])
        for account, name, roles in (
            ("tang", "唐可", ["own"]), ("liu", "刘瑾", ["own"]), ("mei", "梅雨", ["all"]), ("gao", "高原", ["all"]),
            ("nobody", "无名", []),
        ):  # fmt: skip
            people.create(tx, account, name, roles=roles, password=PASSWORD)
        people.disable(tx, 4)
        records.create(tx, "customer", {"name": "厦门屿岸", "keeper": 1})
        records.create(tx, "customer", {"name": "别家", "keeper": 2})
    return database


tang, mei = window("tang", "world"), window("mei", "world")


def notices(client: TestClient) -> tuple[int, list[tuple[str, str | None, int | None]]]:
    found = client.get("/api/notices").json()
    return found["unread"], [(row["subject"], row["by"], row["comment_id"]) for row in found["rows"]]


def test_a_comment_is_said_changed_taken_back_and_brought_back_by_its_author(tang: TestClient, mei: TestClient) -> None:
    said = tang.post(f"{AT}/comments", json={"text": "  先打电话  "})
    assert said.status_code == 201
    one = said.json()
    assert (one["text"], one["author"], one["mine"], one["edited_at"]) == (
        "先打电话", {"id": 1, "name": "唐可"}, True, None,
    )  # fmt: skip
    assert [row | {"at": ""} for row in mei.get(f"{AT}/comments").json()] == [one | {"mine": False, "at": ""}]
    path = f"{AT}/comments/{one['id']}"
    assert code(mei.put(path, json={"text": "x"})) == (403, "records.denied_comment")
    assert code(mei.delete(path)) == (403, "records.denied_comment")
    changed = tang.put(path, json={"text": "先写邮件"}).json()
    assert (changed["text"], changed["edited_at"] is not None) == ("先写邮件", True)
    assert tang.delete(path).status_code == 204
    assert tang.get(f"{AT}/comments").json() == []
    assert code(tang.delete(path)) == (404, "records.no_comment")
    assert code(mei.post(f"{path}/restore")) == (404, "records.no_comment")
    assert tang.post(f"{path}/restore").json()["text"] == "先写邮件"
    assert [row["text"] for row in mei.get(f"{AT}/comments").json()] == ["先写邮件"]


def test_comments_come_newest_first_in_pages(tang: TestClient, world: Database) -> None:
    with world.begin(Actor("person", 1, "唐可")) as tx:
        for number in range(35):
            records.comments.say(tx, "customer", 1, f"{number}")
    first = tang.get(f"{AT}/comments").json()
    assert [row["text"] for row in first] == [str(number) for number in range(34, 4, -1)]
    rest = tang.get(f"{AT}/comments", params={"before": first[-1]["id"]}).json()
    assert [row["text"] for row in rest] == ["4", "3", "2", "1", "0"]


def test_only_who_may_read_the_record_is_offered_and_can_be_mentioned(tang: TestClient) -> None:
    assert tang.get(f"{AT}/mentionable").json() == [{"id": 3, "name": "梅雨"}]
    for person, name in ((2, "刘瑾"), (4, "高原"), (5, "无名")):
        reply = tang.post(f"{AT}/comments", json={"text": f"@{name}", "mentions": [person]})
        assert code(reply) == (422, "records.cannot_mention")
        sentence = f"不能提到「{name}」：此人无权查看这条记录，或已停用"
        assert reply.json()["error"]["text"] == sentence
    assert tang.get(f"{AT}/comments").json() == []


def test_whom_a_text_names_has_one_notice_that_goes_with_the_comment(tang: TestClient, mei: TestClient) -> None:
    said = tang.post(f"{AT}/comments", json={"text": "@梅雨 看一下", "mentions": [3]}).json()
    assert said["mentions"] == [{"id": 3, "name": "梅雨"}]
    told = [("厦门屿岸", "唐可", said["id"])]
    assert notices(mei) == (1, told)
    path = f"{AT}/comments/{said['id']}"
    tang.put(path, json={"text": "@梅雨 看一下，谢谢", "mentions": [3]})
    assert notices(mei) == (1, told), "changed, not told anew"
    newest = mei.get("/api/notices").json()["rows"][0]["id"]
    mei.post("/api/notices/read", json={"upto": newest})
    assert notices(mei) == (0, told)
    tang.delete(path)
    assert notices(mei) == (0, [])
    tang.post(f"{path}/restore")
    assert notices(mei) == (0, told)
    tang.put(path, json={"text": "谁都没提到", "mentions": [3]})
    assert notices(mei) == (0, []), "the text no longer names her"
    assert notices(tang) == (0, []), "nobody is told of what they said"


def test_a_notice_of_a_record_that_may_no_longer_be_read_is_not_shown_nor_counted(
    tang: TestClient, mei: TestClient, world: Database
) -> None:
    tang.post(f"{AT}/comments", json={"text": "@梅雨", "mentions": [3]})
    mei.post(f"{AT}/comments", json={"text": "@唐可", "mentions": [1]})
    assert (notices(mei)[0], notices(tang)[0]) == (1, 1)
    with world.begin(SYSTEM) as tx:
        records.update(tx, "customer", 1, 1, {"keeper": 2})
    assert (notices(mei)[0], notices(tang)) == (1, (0, []))
    with world.begin(SYSTEM) as tx:
        people.assign(tx, 3, [])
    assert notices(mei) == (0, [])


def test_comments_and_faces_of_a_record_that_may_not_be_read_are_as_if_there_were_none(tang: TestClient) -> None:
    for path in ("/api/forms/customer/2", "/api/forms/customer/99", "/api/forms/nothing/1"):
        missing = 404, "forms.no_such_form" if "nothing" in path else "records.missing"
        assert code(tang.get(f"{path}/comments")) == missing
        assert code(tang.get(f"{path}/mentionable")) == missing
        assert code(tang.post(f"{path}/comments", json={"text": "x"})) == missing
        assert code(tang.put(f"{path}/comments/1", json={"text": "x"})) == missing
        assert code(tang.delete(f"{path}/comments/1")) == missing
        assert code(tang.put(f"{path}/presence", json={"window": "w"})) == missing


def test_a_comment_is_not_reached_by_way_of_another_record(tang: TestClient, mei: TestClient) -> None:
    said = mei.post("/api/forms/customer/2/comments", json={"text": "x"}).json()
    assert code(mei.put(f"{AT}/comments/{said['id']}", json={"text": "y"})) == (404, "records.no_comment")
    assert code(tang.put(f"{AT}/comments/{said['id']}", json={"text": "y"})) == (404, "records.no_comment")


def test_a_comment_has_words_and_a_limit(world: Database) -> None:
    with world.begin(Actor("person", 1, "唐可")) as tx:
        sentence = "请写下评论，最多 5000 个字"
        for text in ("", " \n ", "字" * 5001):
            with refused("records.comment_text", sentence, path="text"):
                records.comments.say(tx, "customer", 1, text)
        with pytest.raises(Invalid) as caught:
            records.comments.say(tx, "customer", 1, "x", list(range(51)))
        assert (caught.value.code, caught.value.facts["most"]) == ("records.mentions", 50)


def test_faces_show_who_else_has_the_record_open_and_who_changes_it(
    tang: TestClient, mei: TestClient, world: Database
) -> None:
    assert tang.put(f"{AT}/presence", json={"window": "a"}).json() == []
    assert mei.put(f"{AT}/presence", json={"window": "b", "editing": True}).json() == [
        {"id": 1, "name": "唐可", "editing": False}]  # fmt: skip
    assert tang.put(f"{AT}/presence", json={"window": "a"}).json() == [{"id": 3, "name": "梅雨", "editing": True}]
    mei.put(f"{AT}/presence", json={"window": "second"})
    assert mei.delete(f"{AT}/presence", params={"window": "b"}).status_code == 204
    assert tang.put(f"{AT}/presence", json={"window": "a"}).json() == [{"id": 3, "name": "梅雨", "editing": False}]
    mei.delete(f"{AT}/presence", params={"window": "second"})
    assert tang.put(f"{AT}/presence", json={"window": "a"}).json() == []
    mei.put(f"{AT}/presence", json={"window": "c"})
    with world.begin(SYSTEM) as tx:  # it says nothing for half a minute
        tx.run("UPDATE records.presence SET until = clock_timestamp() - interval '1 s' WHERE window_id = 'c'")
    assert tang.put(f"{AT}/presence", json={"window": "a"}).json() == []


def test_who_has_lost_the_right_is_no_longer_a_face_there(tang: TestClient, mei: TestClient, world: Database) -> None:
    mei.put(f"{AT}/presence", json={"window": "m"})
    with world.begin(SYSTEM) as tx:
        people.assign(tx, 3, [])
    assert tang.put(f"{AT}/presence", json={"window": "a"}).json() == []


def test_old_windows_are_swept(tang: TestClient, world: Database) -> None:
    tang.put(f"{AT}/presence", json={"window": "old"})
    with world.begin(SYSTEM) as tx:
        tx.run("UPDATE records.presence SET until = clock_timestamp() - interval '2 min'")
    tang.put(f"{AT}/presence", json={"window": "new"})
    tang.delete(f"{AT}/presence", params={"window": "new"})
    with world.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM records.presence WHERE window_id = 'old'") == 0


def test_a_look_tells_of_forms_where_somebody_spoke_or_met_somebody(
    tang: TestClient, mei: TestClient, world: Database
) -> None:
    def looked(before: str | None = None) -> tuple[str, set[str]]:
        with world.begin(SYSTEM) as tx:
            found = set[str]() if before is None else records.comments.talked_since(tx, before)
            return tx.value("SELECT pg_current_snapshot()::text"), found

    now, _ = looked()
    tang.put(f"{AT}/presence", json={"window": "a"})
    now, told = looked(now)
    assert told == set(), "nobody else is there to be told"
    mei.put(f"{AT}/presence", json={"window": "b"})
    now, told = looked(now)
    assert told == {"customer"}
    mei.put(f"{AT}/presence", json={"window": "b"})
    now, told = looked(now)
    assert told == set(), "she is still there"
    mei.put(f"{AT}/presence", json={"window": "b", "editing": True})
    now, told = looked(now)
    assert told == {"customer"}
    mei.delete(f"{AT}/presence", params={"window": "b"})
    now, told = looked(now)
    assert told == {"customer"}
    said = mei.post(f"{AT}/comments", json={"text": "x"}).json()
    now, told = looked(now)
    assert told == {"customer"}
    mei.delete(f"{AT}/comments/{said['id']}")
    now, told = looked(now)
    assert told == {"customer"}
    assert looked(now)[1] == set()
