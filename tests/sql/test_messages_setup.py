"""A channel is set up, tried with "send me one" and used; its secrets are told to nobody. And what a person does in the
mailbox: filters, once more, who gets this."""

import datetime as dt
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from builders import run
from error_codes import refused
from message_world import LOST, NO, Way, clock, contact, decide, rows, stand
from web_client import PASSWORD, logged_in

from perennial import access, messages, packs, people
from perennial.dev import Serving, serving
from perennial.kernel import SYSTEM, Actor, Database, Tx
from perennial.messages.setup import Setup

KEY = "aliyun-key-secret"


@pytest.fixture
def company(database: Database, home: Path) -> Database:
    stand(database)
    return database


@pytest.fixture(scope="module")
def vendors() -> Iterator[Serving]:
    with serving() as running:
        yield running


def aliyun(vendors: Serving) -> dict[str, object]:
    return {"key_id": "aliyun-key-id", "sign_name": "常青", "codes": {"due": "SMS_100002"}, "price": "0.045",
            "base_url": vendors.urls["aliyun"]}  # fmt: skip


def set_up_sms(tx: Tx, vendors: Serving) -> None:
    messages.save_setup(tx, "sms", "aliyun", aliyun(vendors), {"key_secret": KEY})


def test_an_sms_leaves_by_the_vendor_that_the_settings_name(company: Database, vendors: Serving) -> None:
    vendors.world.forget()
    with company.begin(SYSTEM) as tx:
        set_up_sms(tx, vendors)
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["sms"])
        messages.release(tx, "sms")
    ways = messages.set_up(company)
    assert messages.deliver(company, ways).counts == {"sent": 1}
    (call,) = [one for one in vendors.world.received if one.service == "aliyun"]
    assert "SMS_100002" in call.body
    with company.begin(SYSTEM) as tx:
        (tried,) = messages.read_message(tx, 1)["attempts"]
    assert (tried["outcome"], bool(tried["remote_id"])) == ("sent", True)


def test_a_wrong_key_stops_the_channel_and_loses_no_message(company: Database, vendors: Serving) -> None:
    vendors.world.forget()
    with company.begin(SYSTEM) as tx:
        messages.save_setup(tx, "sms", "aliyun", aliyun(vendors), {"key_secret": "wrong"})
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["sms"])
        messages.release(tx, "sms")
    messages.deliver(company, messages.set_up(company))
    assert rows(company, "state, asks, tries") == [("queued", None, 0)]
    with company.begin(SYSTEM) as tx:
        assert messages.read_setup(tx, "sms")["problem"]
        messages.save_setup(tx, "sms", "aliyun", aliyun(vendors), {"key_secret": KEY})
        assert messages.read_setup(tx, "sms")["problem"] is None
    assert messages.deliver(company, messages.set_up(company)).counts == {"sent": 1}


def boss(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        run(tx, "UPDATE people.person SET phone = '13800000009', mail = 'lin@example.com' WHERE id = 1")
        people.set_password(tx, 1, PASSWORD)
        access.publish(
            tx, [access.load({"role": "boss", "label": "管理员", "may": ["release", "design"], "forms": {}})]
        )
        people.assign(tx, 1, ["boss"])


def test_a_channel_is_set_up_and_tried_over_http_and_its_secret_comes_out_nowhere(
    company: Database, vendors: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    boss(company)
    caplog.set_level(logging.DEBUG)
    with logged_in(company, "lin") as client:
        none = client.post("/api/channels/sms/try", json={})
        assert (none.status_code, none.json()["error"]["code"]) == (409, "messages.not_set_up")
        body = {"kind": "aliyun", "values": aliyun(vendors), "secrets": {"key_secret": KEY}}
        saved = client.put("/api/channels/sms/setup", json=body)
        assert saved.status_code == 200, saved.text
        tried = client.post("/api/channels/sms/try", json={})
        assert (tried.json()["state"], tried.json()["why"]) == ("sent", "")
        shown = client.get("/api/channels/sms/setup")
        nobody = client.post("/api/channels/feishu/try", json={})
    assert shown.json()["secrets"] == ["key_secret"]
    assert shown.json()["tried"]["state"] == "sent"
    assert nobody.status_code == 409
    pack = tmp_path / "pack.zip"
    packs.write(company, pack)
    everything = saved.text + tried.text + shown.text + caplog.text
    with company.begin(SYSTEM) as tx:
        everything += repr(tx.rows("SELECT settings, tried, problem FROM messages.channel")) + repr(
            tx.rows("SELECT * FROM messages.secret")
        )
    assert KEY not in everything
    assert KEY.encode() not in pack.read_bytes()


def test_a_kept_secret_is_not_sent_to_another_server_and_a_lost_one_is_told(
    company: Database, vendors: Serving
) -> None:
    elsewhere = {**aliyun(vendors), "base_url": "https://collector.example"}
    with company.begin(SYSTEM) as tx:
        set_up_sms(tx, vendors)
        messages.save_setup(tx, "sms", "aliyun", {**aliyun(vendors), "sign_name": "长青"}, {})  # the key stays
    with (
        refused("messages.setup_missing", "渠道设置还缺「key_secret」", path="key_secret"),
        company.begin(SYSTEM) as tx,
    ):
        messages.save_setup(tx, "sms", "aliyun", elsewhere, {})
    (Path(os.environ["PERENNIAL_HOME"]) / "channels.key").unlink()  # as after a restore on another machine
    assert messages.set_up(company) == {}
    with company.begin(SYSTEM) as tx:
        assert messages.read_setup(tx, "sms")["problem"] == "secret_lost"


def test_what_a_channel_is_not_asked_for_is_refused_where_it_stands(company: Database, vendors: Serving) -> None:
    good = aliyun(vendors)
    wrong: list[tuple[str, str, dict[str, object], str, str]] = [
        ("sms", "carrier", good, "kind", "渠道设置里的「kind」不对：carrier"),
        ("sms", "aliyun", {**good, "base_url": "ftp://x"}, "base_url", "渠道设置里的「base_url」不对：ftp://x"),
        ("sms", "aliyun", {**good, "price": "dear"}, "price", "渠道设置里的「price」不对：dear"),
        ("sms", "aliyun", {**good, "codes": "due"}, "codes", "渠道设置里的「codes」不对：due"),
        ("sms", "aliyun", {**good, "colour": "red"}, "colour", "渠道设置里的「colour」不对：?"),
        ("mail", "smtp", {"host": "a", "sender": "a@b", "security": "ssl3"}, "security",
         "渠道设置里的「security」不对：ssl3"),
    ]  # fmt: skip
    for channel, kind, values, path, said in wrong:
        with refused("messages.setup", said, path=path), company.begin(SYSTEM) as tx:
            messages.save_setup(tx, channel, kind, values, {})
    with refused("messages.not_set_up", "「wecom」渠道还没有设置好"), company.begin(SYSTEM) as tx:
        messages.trial(tx, "wecom")
    with company.begin(SYSTEM) as tx:
        set_up_sms(tx, vendors)
    with (
        refused("messages.no_own_address", "你的资料里没有「sms」渠道能用的地址，请先补上", path="to"),
        company.begin(Actor("person", 1, "林晓棠")) as tx,
    ):
        messages.trial(tx, "sms")


def test_every_kind_of_channel_says_what_the_local_servers_take(company: Database, vendors: Serving) -> None:
    vendors.world.forget()
    at, known = vendors.urls, vendors.world.accounts
    setups: list[tuple[str, str, dict[str, object], dict[str, str]]] = [
        ("sms", "tencent", {"secret_id": "AKIDtencent01", "app_id": "1400000001", "sign_name": "常青",
                            "codes": {"due": "100002"}, "base_url": at["tencent"]},
         {"secret_key": known.tencent.secret}),
        ("dingtalk", "robot", {"base_url": at["dingtalk_old"]},
         {"token": "ding-signed", "secret": known.dingtalk_robots[0].secret}),
        ("dingtalk", "app", {"app_key": known.dingtalk.id, "agent_id": str(known.dingtalk.agent),
                             "base_url": at["dingtalk_old"], "new_url": at["dingtalk"]},
         {"app_secret": known.dingtalk.secret}),
        ("wecom", "robot", {"base_url": at["wecom"]}, {"key": "wecom-robot-key"}),
        ("wecom", "app", {"corp_id": known.wecom.id, "agent_id": known.wecom.agent, "base_url": at["wecom"]},
         {"secret": known.wecom.secret}),
        ("feishu", "robot", {"base_url": at["feishu"]},
         {"token": "feishu-signed", "secret": known.feishu_robots[0].secret}),
        ("feishu", "app", {"app_id": known.feishu.id, "base_url": at["feishu"]}, {"app_secret": known.feishu.secret}),
        ("mail", "smtp", {"host": "127.0.0.1", "port": vendors.ports["smtp"], "sender": "we@example.com"}, {}),
    ]  # fmt: skip
    for channel, kind, values, secrets in setups:
        with company.begin(SYSTEM) as tx:
            run(tx, "UPDATE people.person SET phone = '13800000009', mail = 'lin@example.com' WHERE id = 1")
            messages.clear_setup(tx, channel)
            messages.save_setup(tx, channel, kind, values, secrets)
        with company.begin(Actor("person", 1, "林晓棠")) as tx:
            trial = messages.trial(tx, channel, to="ou_lin" if channel == "feishu" else "lin")
        outcome = messages.attempt(trial.way, trial.wire)
        assert outcome.state == "sent", (channel, kind, outcome)
    assert "secret" not in repr(Setup("sms", "aliyun", {}, {"key_secret": KEY}))


def test_a_temporary_refusal_of_the_server_is_of_the_channel_and_not_of_the_message(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        messages.save_setup(tx, "mail", "smtp", {"host": "127.0.0.1", "port": 9, "sender": "we@example.com"}, {})
        contact(tx)
        decide(tx, 1)
        messages.release(tx, "mail")
    for minute in range(9):  # nobody listens there
        clock(company, f"2026-11-21 1{minute}:00")
        messages.deliver(company, messages.set_up(company))
    assert rows(company, "state, why, tries, asks") == [("queued", "unreachable", 0, None)]


def test_the_mailbox_is_filtered_by_channel_template_state_customer_and_day(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["mail", "sms"])
        messages.release(tx, "mail")
    messages.deliver(company, {"mail": Way()})
    with company.begin(SYSTEM) as tx:

        def found(**by: object) -> list[str]:
            return [row["channel"] for row in messages.outbox(tx, **by)]  # type: ignore[arg-type]

        assert found(channel="sms") == ["sms"]
        assert found(state="sent") == ["mail"]
        assert found(customer=1) == ["sms", "mail"]
        assert found(customer=2) == found(template="other") == found(day=dt.date(2026, 11, 20)) == []
        assert found(day=dt.date(2026, 11, 21), template="reminder") == ["sms", "mail"]


def test_once_more_is_a_row_of_its_own_and_an_uncertain_one_is_asked_about(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1)
        decide(tx, 2, channels=["sms"])
        messages.release(tx, "mail")
        messages.release(tx, "sms")
    mail, sms = Way(), Way(LOST)
    messages.deliver(company, {"mail": mail, "sms": sms})
    with company.begin(SYSTEM) as tx:
        again = messages.resend(tx, 1)
        with refused(
            "messages.may_have_arrived", "这条消息可能已经送达，再发一次对方可能收到两条；确定要再发请勾选确认"
        ):
            messages.resend(tx, 2)
        sure = messages.resend(tx, 2, sure=True)
        with refused("messages.not_possible", "这条消息现在是「queued」，不能这样处理"):
            messages.resend(tx, again)
    messages.deliver(company, {"mail": mail, "sms": sms})
    assert [len(mail.taken), len(sms.taken)] == [2, 2]
    assert mail.taken[1].wire_id != mail.taken[0].wire_id
    assert rows(company, "id, state, resend_of")[2:] == [(again, "sent", 1), (sure, "sent", 2)]


def test_who_would_get_this_is_told_in_words_and_nothing_is_written(company: Database, vendors: Serving) -> None:
    with company.begin(SYSTEM) as tx:
        set_up_sms(tx, vendors)
        run(tx, "INSERT INTO data.customer (name, code) VALUES ('苏州云岭', 'KH-0002')")
        contract = "(customer, number, start_date, end_date) VALUES (2, 'HT-9', '2026-01-06', '2027-01-05')"
        run(tx, f"INSERT INTO data.contract {contract}")
        contact(tx, mobile="13800000001")
        told = messages.foresee(tx, "reminder", "people", channels=["mail", "sms"])
        few = messages.foresee(tx, "reminder", "people", where='number = "HT-9"')
        assert tx.value("SELECT count(*) FROM messages.outbox") == 0
    assert told["records"] == 3
    mail = told["ways"]["mail"]
    assert (mail["messages"], mail["merged"], mail["unaddressed"], mail["opted_out"]) == (1, 1, 1, 0)
    sms = told["ways"]["sms"]
    assert (sms["messages"], sms["parts"], sms["price"]) == (1, 1, 0.04)  # 0.045 for one part of 27 characters
    text = next(one for one in told["shown"] if one["channel"] == "sms")
    assert (text["body"], text["parts"]) == ("合同HT-1将于2027-01-05到期", 1)
    assert (few["records"], few["ways"]["mail"]["unaddressed"]) == (1, 1)


def test_a_failed_one_shows_every_attempt_and_why(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx)
        decide(tx, 1)
        messages.release(tx, "mail")
    messages.deliver(company, {"mail": Way(NO)})
    with company.begin(SYSTEM) as tx:
        detail = messages.read_message(tx, 1)
    (tried,) = detail["attempts"]
    assert (detail["state"], detail["why"]) == ("failed", "no_such_recipient")
    assert (tried["outcome"], tried["why"], tried["detail"]) == ("permanent", "no_such_recipient", "550 no such user")


def test_a_masked_mobile_is_masked_at_an_sms_and_in_what_its_vendor_said(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, mobile="13800000001")
        decide(tx, 1, channels=["sms"])
        messages.release(tx, "sms")
    messages.deliver(company, {"sms": Way(messages.Outcome("permanent", "no 13800000001", why="no_such_recipient"))})
    fields = {"contact": {"*": "read", "phone": "masked"}}
    given = {form: {"rights": ["read"], "rows": "all", "fields": fields.get(form, {"*": "read"})}
             for form in ("contract", "customer", "contact")}  # fmt: skip
    with company.begin(SYSTEM) as tx:
        access.publish(tx, [access.load({"role": "reader", "label": "读者", "forms": given})])
        people.assign(tx, 1, ["reader"])
    with company.begin(Actor("person", 1, "林晓棠")) as tx:
        told = repr((messages.outbox(tx), messages.read_message(tx, 1)))
    assert "13800000001" not in told
    assert "138****0001" in told


@pytest.mark.parametrize(
    ("text", "sign", "domestic", "is_"),
    [
        ("续" * 70, "", True, (70, 1, "ucs2")), ("续" * 71, "", True, (71, 2, "ucs2")),
        ("续" * 134, "", True, (134, 2, "ucs2")), ("续" * 135, "", True, (135, 3, "ucs2")),
        ("续" * 66, "常青", True, (70, 1, "ucs2")), ("续" * 67, "常青", True, (71, 2, "ucs2")),
        ("😀" * 35, "", True, (70, 1, "ucs2")), ("a" * 71, "", True, (71, 2, "ucs2")), ("", "", True, (0, 0, "ucs2")),
        ("a" * 160, "", False, (160, 1, "gsm")), ("a" * 161, "", False, (161, 2, "gsm")),
        ("€" * 80, "", False, (160, 1, "gsm")), ("续a", "", False, (2, 1, "ucs2")),
    ],
)  # fmt: skip
def test_the_length_of_an_sms_counts_as_vendors_count(
    text: str, sign: str, domestic: bool, is_: tuple[int, int, str]
) -> None:
    found = messages.length(text, sign, domestic=domestic)
    assert (found.units, found.parts, found.alphabet) == is_


def test_mail_of_the_environment_is_there_as_long_as_nothing_is_set_up() -> None:
    with mock.patch.dict(os.environ, {"PERENNIAL_SMTP_URL": "smtp://mail.example.com"}):
        assert list(messages.by_environment()) == ["mail"]
    with mock.patch.dict(os.environ):
        os.environ.pop("PERENNIAL_SMTP_URL", None)
        assert messages.by_environment() == {}
