"""The local servers check what the real hosts check: published vectors, tokens, clocks, windows; and fail as asked."""

import base64
import email
import hashlib
import hmac
import imaplib
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from perennial.dev import SCENARIOS, Serving, callbacks, letters, serving, signing

pytestmark = pytest.mark.servers
VECTORS = {
    one["id"]: one
    for one in json.loads((Path(__file__).parents[1] / "data" / "im" / "vectors.json").read_text(encoding="utf-8"))
}
TEXT = {"msgtype": "text", "text": {"content": "续费提醒"}}


@pytest.fixture
def im() -> Iterator[Serving]:
    with serving() as running:
        yield running


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=5) as one:
        yield one


# --- signatures: published vectors


def test_callbacks_of_dingtalk_and_wecom_are_read_as_published() -> None:
    for name, key in (("W1", "echostr"), ("D1", "encrypt")):
        given, expected = VECTORS[name]["given"], VECTORS[name]["expect"]
        signature = signing.callback_signature(given["token"], given["timestamp"], given["nonce"], given[key])
        assert signature == expected["msg_signature"]
        assert signing.decrypt(given["aes_key"], given[key])[0] == expected["plain"]


def test_what_is_encrypted_can_be_read_whatever_its_length() -> None:
    key = VECTORS["W1"]["given"]["aes_key"]
    for length in range(70):
        assert signing.decrypt(key, signing.encrypt(key, "续" * length, "ww1")) == ("续" * length, "ww1")


def test_the_published_request_of_aliyun_has_the_published_signature() -> None:
    given = VECTORS["A2"]["given"]
    assert signing.aliyun_rpc(given["secret"], given["method"], given["params"]) == VECTORS["A2"]["expect"]["signature"]


def test_the_published_request_of_tencent_has_the_published_signature() -> None:
    given = VECTORS["T1"]["given"]
    signature = signing.tencent_tc3(
        given["secret_key"], "POST", given["signed_headers"], "content-type;host;x-tc-action",
        given["payload"].encode(), scope="2019-02-25/cvm/tc3_request", timestamp_s=str(given["timestamp"]),
    )  # fmt: skip
    assert signature == VECTORS["T1"]["expect"]["signature"]


def test_the_published_request_of_aliyun_in_version_3_has_the_published_signature() -> None:
    """The example of the vendor's page on signatures of version 3: RunInstances."""
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-version": "2014-05-26",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(), "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    }  # fmt: skip
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    found = signing.aliyun_acs3("YourAccessKeySecret", "POST", "/", query, headers, ";".join(sorted(headers)), b"")
    assert found == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


# --- what is checked


def robot(client: httpx.Client, im: Serving, token: str, **query: str) -> dict[str, Any]:
    return client.post(
        f"{im.urls['dingtalk_old']}/robot/send", params={"access_token": token, **query}, json=TEXT
    ).json()


def test_a_robot_takes_what_is_signed_within_the_hour_and_nothing_else(im: Serving, client: httpx.Client) -> None:
    def signed(secret: str, at: float) -> dict[str, Any]:
        stamp = str(int(at * 1000))
        digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        return robot(client, im, "ding-signed", timestamp=stamp, sign=base64.b64encode(digest).decode())

    secret = "SECding-robot-secret"
    assert signed(secret, time.time()) == {"errcode": 0, "errmsg": "ok"}
    for secret_, at in ((secret, time.time() - 3660), (secret, time.time() + 3660), ("another", time.time())):
        answer = signed(secret_, at)
        assert answer["errcode"] == 310000 and "sign not match" in answer["errmsg"]
    assert robot(client, im, "ding-signed")["errcode"] == 310000
    assert robot(client, im, "nobody")["errcode"] == 300005
    assert client.get(f"{im.urls['dingtalk_old']}/robot/send").json()["errcode"] == 43002
    assert len(im.world.reached("robot")) == 1


def test_the_21st_message_of_a_minute_blocks_a_robot_for_ten(im: Serving, client: httpx.Client) -> None:
    answers = [robot(client, im, "ding-plain")["errcode"] for _ in range(22)]
    assert answers == [0] * 20 + [130101] * 2
    im.world.shift_s = 9 * 60
    assert robot(client, im, "ding-plain")["errcode"] == 130101
    im.world.shift_s = 11 * 60
    assert robot(client, im, "ding-plain")["errcode"] == 0


def test_the_two_stacks_of_dingtalk_want_their_token_in_different_places(im: Serving, client: httpx.Client) -> None:
    key = {"appKey": "dingappkey01", "appSecret": "ding-app-secret"}
    got = client.post(f"{im.urls['dingtalk']}/v1.0/oauth2/accessToken", json=key)
    assert got.json()["expireIn"] == 7200
    token, header = got.json()["accessToken"], "x-acs-dingtalk-access-token"
    todos = f"{im.urls['dingtalk']}/v1.0/todo/users/uLin/tasks"
    todo = {"subject": "跟进", "sourceId": "task-1", "executorIds": ["uLin"]}
    first = client.post(todos, headers={header: token}, json=todo).json()
    assert client.post(todos, headers={header: token}, json=todo).json()["id"] == first["id"]
    assert len(im.world.reached("todo")) == 1 and len(im.world.received) == 3  # the recording keeps both
    missing = client.post(todos, params={"access_token": token}, json=todo)
    assert (missing.status_code, missing.json()["code"]) == (400, "AuthenticationFailed.MissingParameter")
    user_id = client.post(todos, headers={header: token}, json={**todo, "executorIds": ["lin"]})
    assert user_id.status_code == 400  # a userId is no unionId
    notice = f"{im.urls['dingtalk_old']}/topapi/message/corpconversation/asyncsend_v2"
    body = {"agent_id": 4100001, "userid_list": "lin,nobody", "msg": TEXT}
    assert client.post(notice, headers={header: token}, json=body).json()["sub_code"] == "40000"
    assert client.post(notice, params={"access_token": token}, json=body).json()["errcode"] == 0


def test_a_work_notice_that_repeats_itself_is_dropped_in_silence(im: Serving, client: httpx.Client) -> None:
    base, query = im.urls["dingtalk_old"], {"appkey": "dingappkey01", "appsecret": "ding-app-secret"}
    token = {"access_token": client.get(f"{base}/gettoken", params=query).json()["access_token"]}
    body = {"agent_id": 4100001, "userid_list": "lin", "msg": TEXT}
    path = f"{base}/topapi/message/corpconversation"
    first, second = (client.post(f"{path}/asyncsend_v2", params=token, json=body).json() for _ in range(2))
    assert first["errcode"] == second["errcode"] == 0
    result = client.post(f"{path}/getsendresult", params=token, json={"task_id": second["task_id"]}).json()
    assert result["send_result"]["forbidden_list"][0]["code"] == "143105"
    assert len(im.world.reached("notice")) == 1


def test_tokens_end_after_two_hours_and_by_revocation(im: Serving, client: httpx.Client) -> None:
    base = im.urls["wecom"]
    query = {"corpid": "ww5823bf96d3bd56c7", "corpsecret": "wecom-app-secret"}

    def said(token: str) -> int:
        body = {"touser": "LIN|ghost", "agentid": 1000002, **TEXT}
        answer = client.post(f"{base}/cgi-bin/message/send", params={"access_token": token}, json=body).json()
        assert answer["errcode"] or answer["invaliduser"] == "ghost"
        return answer["errcode"]

    token = client.get(f"{base}/cgi-bin/gettoken", params=query).json()["access_token"]
    assert token == client.get(f"{base}/cgi-bin/gettoken", params=query).json()["access_token"]
    assert said(token) == 0
    im.world.revoke("wecom")
    assert said(token) == 40014
    token = client.get(f"{base}/cgi-bin/gettoken", params=query).json()["access_token"]
    im.world.shift_s = 7201
    assert said(token) == 42001
    assert said("made-up") == 40014


# --- failing on command


def test_failures_come_when_and_as_often_as_asked(im: Serving, client: httpx.Client) -> None:
    base = im.urls["dingtalk_old"]
    ask = {"path": "/robot/send", "kind": "code:410100", "times": 2, "after": 1}
    assert client.post(f"{base}/_fail", json=ask).status_code == 200
    assert [robot(client, im, "ding-plain")["errcode"] for _ in range(4)] == [0, 410100, 410100, 0]
    assert client.post(f"{base}/_fail", json={"path": "*", "kind": "surprise"}).status_code == 422
    recorded = client.get(f"{base}/_received", params={"path": "/robot/send"}).json()
    assert [one["fault"] for one in recorded["requests"]] == ["", "code:410100", "code:410100", ""]
    assert len(recorded["effects"]) == 2


def test_a_connection_breaks_before_or_after_the_message_was_accepted(im: Serving, client: httpx.Client) -> None:
    for kind, accepted in (("reset_before", 0), ("reset_after", 1), ("truncated", 2)):
        im.fail("/robot/send", kind)
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            robot(client, im, "ding-plain")
        assert len(im.world.reached("robot")) == accepted


def test_an_outage_lasts_as_long_as_asked_and_ends(im: Serving, client: httpx.Client) -> None:
    im.fail("dingtalk_old:*", "offline:2400")
    send, body = f"{im.urls['dingtalk_old']}/robot/send?access_token=ding-plain", TEXT
    assert {client.post(send, json=body).status_code for _ in range(3)} == {500, 502, 503}
    im.world.shift_s = 2401
    assert client.post(send, json=body).json()["errcode"] == 0


# --- callbacks, mail


@pytest.mark.parametrize("service", ["dingtalk", "wecom", "feishu"])
def test_hostile_callbacks_differ_from_good_ones_in_what_they_are_named_for(im: Serving, service: str) -> None:
    def made(how: str) -> list[callbacks.Callback]:
        return callbacks.compose(im.world.accounts, service, {"EventType": "check_url"}, time.time(), how)

    assert len(made("good")) == 1
    first, second = made("replayed")
    assert first == second
    first, second = made("again")
    assert first.body != second.body
    assert not made("unsigned")[0].query and "X-Lark-Signature" not in made("unsigned")[0].headers


def test_a_mail_is_kept_or_refused_as_told(im: Serving) -> None:
    raw = b"Subject: x\r\nMessage-ID: <1@example.com>\r\n\r\nhello\r\n"
    for kind, code in (("code:451", 451), ("code:554/spam", 554)):
        im.fail("smtp:/taken", kind)
        with smtplib.SMTP("127.0.0.1", im.ports["smtp"]) as server, pytest.raises(smtplib.SMTPDataError) as refused:
            server.sendmail("we@example.com", "lin@example.com", raw)
        assert refused.value.smtp_code == code
    im.fail("smtp:/taken", "reset_after")
    with pytest.raises(smtplib.SMTPServerDisconnected), smtplib.SMTP("127.0.0.1", im.ports["smtp"]) as server:
        server.sendmail("we@example.com", "lin@example.com", raw)
    assert [one.key for one in im.world.reached("mail", "lin@example.com")] == ["<1@example.com>"]


def test_the_mailbox_holds_bounces_and_replies_that_a_client_can_read(im: Serving) -> None:
    im.box.put(letters.bounce("<1@example.com>", "lin@example.com"))
    im.box.put(letters.reply("<1@example.com>", "林 <lin@example.com>", "确认续费", attachments={"盖章.pdf": b"%PDF"}))
    with imaplib.IMAP4("127.0.0.1", im.ports["imap"]) as box:
        with pytest.raises(imaplib.IMAP4.error):
            box.login("box@example.com", "wrong")
        box.login("box@example.com", "box-password")
        assert box.select("INBOX")[1] == [b"2"]
        assert box.uid("search", "UNSEEN")[1] == [b"1 2"]
        report = email.message_from_bytes(box.uid("fetch", "1", "(BODY.PEEK[])")[1][0][1])
        assert report.get_content_type() == "multipart/report"
        assert box.uid("search", "UNSEEN")[1] == [b"1 2"]
        mail = email.message_from_bytes(box.uid("fetch", "2", "(RFC822)")[1][0][1])
        assert mail["In-Reply-To"] == "<1@example.com>"
        assert box.uid("search", "UNSEEN")[1] == [b"1"]
        box.select("INBOX", readonly=True)
        box.uid("fetch", "1", "(RFC822)")
        assert box.uid("search", "UNSEEN")[1] == [b"1"]
        assert box.uid("store", "1", "+FLAGS", "(\\Deleted)")[0] == "NO"
        box.select("INBOX")
        box.uid("store", "1", "+FLAGS", "(\\Deleted)")
        box.expunge()
        assert box.uid("search", "UID", "1:*")[1] == [b"2"]


# --- starting


def test_the_servers_start_fast_enough_for_a_test() -> None:
    with serving():
        pass  # imported
    spent: list[float] = []
    for _ in range(5):
        begin = time.perf_counter()
        with serving():
            spent.append(time.perf_counter() - begin)
    assert min(spent) < 0.05


def test_every_scenario_can_be_asked_for(im: Serving) -> None:
    for faults in SCENARIOS.values():
        for one in faults:
            im.fail(one.path, one.kind, one.times, one.after)


def eight_are_free(first: int) -> bool:
    try:
        with serving(first):
            return True
    except OSError:
        return False


def test_the_command_names_its_addresses_and_ends_when_interrupted() -> None:
    port = next(first for first in range(20_000 + os.getpid() % 997 * 8, 32_000, 8) if eight_are_free(first))
    program = [str(Path(sys.executable).parent / "perennial"), "dev", "im-server", "--port", str(port)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(10)]
        assert lines[0].split() == ["dingtalk_old", f"http://127.0.0.1:{port}"]
        told = httpx.get(f"http://127.0.0.1:{port}/_accounts", trust_env=False).json()
        assert told["urls"]["feishu"] == f"http://127.0.0.1:{port + 3}"
        running.send_signal(signal.SIGINT)
        assert json.loads(running.stdout.read()) == {"received": 0, "effects": 0}
    with socket.create_server(("127.0.0.1", port)):
        taken = subprocess.run(program, capture_output=True, text=True)
    assert taken.returncode == 2 and "Traceback" not in taken.stderr
