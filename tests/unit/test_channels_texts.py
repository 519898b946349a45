"""Texts within a limit, and texts without secrets."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perennial.channels import Reply
from perennial.channels.scrub import scrub
from perennial.channels.text import cut, json_bytes


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("续费提醒", 12, ("续费提醒", False)),
        ("续费提醒", 11, ("续费…", True)),  # 6 bytes, and 3 of the mark
        ("续费提醒", 8, ("续…", True)),  # 6 bytes would fit with two left, not with three
        ("a续b", 5, ("a续b", False)),
        ("a续b", 4, ("a…", True)),
        ("续费", 3, ("…", True)),
        ("续费", 2, ("", True)),  # not even the mark
        ("", 0, ("", False)),
        ("e\u0301e\u0301xx", 7, ("e\u0301…", True)),  # the accent stays with its letter: e + 2 bytes, mark 3 = 6
        ("ab👨‍👩‍👧cdefgh", 14, ("ab…", True)),  # a family of 18 bytes is not torn apart
    ],
)
def test_a_text_is_cut_at_a_character(text: str, limit: int, expected: tuple[str, bool]) -> None:
    assert cut(text, limit) == expected


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60), limit=st.integers(min_value=3, max_value=80))
def test_what_is_cut_fits_and_is_a_beginning(text: str, limit: int) -> None:
    fits, was_cut = cut(text, limit)
    assert len(fits.encode()) <= limit
    assert was_cut == (len(text.encode()) > limit)
    assert fits == text if not was_cut else text.startswith(fits.removesuffix("…"))


def test_a_text_inside_json_is_measured_with_its_escapes() -> None:
    fits, was_cut = cut('"' * 100, 50, lambda one: len(json_bytes({"content": one})))
    assert was_cut and len(json.dumps({"content": fits}, ensure_ascii=False, separators=(",", ":")).encode()) <= 50
    assert fits == '"' * 16 + "…"  # 14 bytes around, 3 of the mark, 2 for each quote


def test_half_a_character_is_replaced_and_stops_nothing() -> None:
    assert cut("a\ud800b", 10) == ("a?b", False)


SECRET = "SEC+abc/def=="


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://x/robot/send?access_token={SECRET}&timestamp=1",
        f"url https://x/?key={quote(SECRET, safe='')} failed",
        f"url https://x/?key={quote(SECRET)} failed",
        f'{{"appSecret":"{SECRET}"}}',
        f"somewhere {SECRET} alone",
    ],
)
def test_a_known_secret_is_nowhere(text: str) -> None:
    found = scrub(text, (SECRET,))
    assert SECRET not in found and quote(SECRET, safe="") not in found and quote(SECRET) not in found


@pytest.mark.parametrize(
    "text",
    [
        "https://x/robot/send?access_token=hidden0&timestamp=1",
        "https://x/gettoken?appkey=a&appsecret=hidden0",
        "https://x/?sign=hidden0&a=1",
        "https://x/cgi-bin/webhook/send?key=hidden0",
        "https://x/open-apis/bot/v2/hook/hidden0",
        '{"tenant_access_token": "hidden0", "expire": 7200}',
        "{'client_secret': 'hidden0'}",
        "Authorization: Bearer hidden0",
        "authorization: TC3-HMAC-SHA256 Credential=a/b, SignedHeaders=c, Signature=hidden0",
        "x-acs-dingtalk-access-token: hidden0",
        "password=hidden0; user=a",
        "Signature=hidden0&Action=SendSms",
        "wss://x/connect?ticket=hidden0",
    ],
)
def test_what_is_named_as_a_secret_is_hidden_without_being_known(text: str) -> None:
    assert "hidden0" not in scrub(text) and "***" in scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "token is not exist",
        "sign not match, more: [https://example.com]",
        '{"msgKey":"sampleText","errcode":40014,"errmsg":"invalid credential"}',
        "SignName=常青",
    ],
)
def test_words_about_secrets_stay(text: str) -> None:
    assert scrub(text) == text


def test_a_short_value_hides_no_letters() -> None:
    assert scrub("banana", ("a", "")) == "banana"


def test_a_detail_has_at_most_500_characters() -> None:
    assert len(Reply("permanent", "refused", "字" * 900).detail) == 500
