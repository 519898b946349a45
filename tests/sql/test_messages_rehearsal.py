"""A template while it is drawn: what it would say about one record, what is missing or wrong, who would get it."""

from typing import Any

import pytest
from message_world import AUDIENCE, REMINDER, contact, rows, stand
from web_client import PASSWORD, logged_in

from perennial import access, apps, messages, people
from perennial.dev import serving
from perennial.kernel import SYSTEM, Database, Missing, Tx


@pytest.fixture
def company(database: Database) -> Database:
    stand(database)
    return database


TO = messages.Audience.load(AUDIENCE)


def drawn(**changes: Any) -> messages.Template:
    return messages.Template.load({**REMINDER, **changes})


def said(pieces: tuple[messages.Piece, ...]) -> str:
    return "".join(one.text for one in pieces)


def test_a_drawn_template_says_what_it_would_say_about_a_record_and_keeps_nothing(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        contact(tx, "甲", mobile="13800000001")
        found = messages.rehearse(tx, drawn(), 2, channel="mail", to=TO)
        assert found.unheard is None, found.unheard
        assert said(found.subject) == "合同 HT-2 即将到期"
        assert said(found.body) == "甲，您好：\n合同 HT-2\n…"
        assert [(one.text, one.of) for one in found.subject if one.state == "value"] == [("HT-2", "number")]
        assert [(one.channel, one.address) for one in found.reached] == [("mail", "a@example.com")]
        assert not messages.outbox(tx) and len(messages.templates(tx)) == 1 and len(messages.audiences(tx)) == 1
    assert rows(company) == []


def test_what_is_blank_and_what_is_wrong_stand_out_and_hide_nothing_else(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        words = "{{number}} {{renewed_on}} {{no_such}} {{recipient}}"
        found = messages.rehearse(tx, drawn(subject=words, body="-"), 1, channel="mail", to=TO)
    assert [(one.state, one.text) for one in found.subject if one.of] == [
        ("value", "HT-1"), ("missing", "—"), ("wrong", "{{no_such}}"), ("missing", "—"),
    ]  # fmt: skip
    assert found.missing == ["renewed_on", "recipient"]
    assert {of: problem.code for of, problem in found.wrong.items()} == {"no_such": "formula.unknown_name"}
    assert [(one.address, one.why) for one in found.reached] == [(None, "no_contact")]


def test_an_sms_is_counted_with_its_sign_name_and_costed(company: Database) -> None:
    values = {"key_id": "a", "sign_name": "常青", "price": "0.05"}
    text = {"channel": "sms", "code": "due", "body": "合" * 67 + "{{number}}", "params": {"n": "{{number}}"}}
    with company.begin(SYSTEM) as tx:
        messages.save_setup(tx, "sms", "aliyun", values, {"key_secret": "s"})
        found = messages.rehearse(tx, drawn(texts=[text]), 1, channel="sms")
    assert found.size is not None  # 【常青】 4 + 67 + HT-1 4 = 75: two parts of 67
    assert (found.size.units, found.size.parts, found.price) == (75, 2, 0.1)
    assert [(name, said(words)) for name, words in found.params] == [("n", "HT-1")]


def test_other_channels_and_languages_say_their_own_or_the_mail(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        english = messages.rehearse(tx, drawn(), 1, channel="mail", language="en")
        chat = messages.rehearse(tx, drawn(), 1, channel="dingtalk")
    assert said(english.subject) == "Contract HT-1 ends soon"
    assert (said(chat.subject), chat.own) == ("合同 HT-1 即将到期", False)


def test_a_record_that_is_not_there_and_an_audience_that_is_wrong(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        with pytest.raises(Missing):
            messages.rehearse(tx, drawn(), 99, channel="mail")
        wrong = messages.Audience.load({**AUDIENCE, "when": "no_such = 1"})
        found = messages.rehearse(tx, drawn(), 1, channel="mail", to=wrong)
    assert found.unheard is not None and found.unheard.code == "formula.unknown_name"
    assert said(found.subject) == "合同 HT-1 即将到期"


def test_the_parameters_of_an_sms_keep_their_order_wherever_they_are_kept(company: Database) -> None:
    text = {"channel": "sms", "code": "due", "body": "x", "params": {"number": "{{number}}", "a": "1", "owner": "2"}}
    with company.begin(SYSTEM) as tx:
        messages.publish_template(tx, drawn(texts=[text]))
        (stored,) = messages.templates(tx)
    assert [name for name, _ in stored.texts[0].params] == ["number", "a", "owner"]
    assert messages.Template.load(stored.dump()) == stored


def codes(tx: Tx, **changes: Any) -> list[tuple[str, str, str]]:
    tree = {**REMINDER, **changes}
    return [(severity, one.code, one.path or "") for severity, one in messages.template_problems(tx, tree)]


def test_a_draft_says_all_that_is_wrong_with_its_words(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        assert codes(tx) == []
        assert codes(tx, subject=" ", body="") == [
            ("error", "messages.no_words", "subject"), ("error", "messages.no_words", "body"),
            ("hint", "messages.no_lines", "body"),
        ]  # fmt: skip
        assert codes(tx, channels=["mail", "sms"], texts=[]) == [("error", "messages.no_text", "channels")]
        assert codes(tx, texts=[{"channel": "sms", "body": "x"}]) == [("hint", "messages.no_code", "texts[0].code")]
        assert codes(tx, body="{{recipient}}") == [("hint", "messages.no_lines", "body")]
        assert codes(tx, channels=["pigeon"]) == [("error", "messages.no_channel", "channels")]
        apps.save(tx, "template", "reminder", {**REMINDER, "subject": "", "body": "{{no_such}}{{lines}}"}, version=None)
        (draft,) = apps.drafts(tx)
        found = apps.problems(tx, draft)
        assert sorted((one.severity, one.path) for one in found) == [("error", "body"), ("error", "subject")]
        apps.save(tx, "template", "reminder", {**REMINDER, "subject": "第 {{numbr}} 号"}, version=draft.version)
        (draft,) = apps.drafts(tx)
        (misspelt,) = apps.problems(tx, draft)
        assert (misspelt.path, misspelt.problem.facts["suggestion"]) == ("subject", "number")
        assert apps.fix(misspelt, draft.tree) is None  # its place is one in the formula, not in the subject


def test_each_wording_is_a_version_that_says_when_and_by_whom(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        messages.publish_template(tx, drawn(subject="另一个 {{number}}"))
        found = messages.template_versions(tx, "reminder")
        assert messages.template_heads(tx)["reminder"]["version"] == 2
    assert [(row["version"], row["definition"]["subject"]) for row in found] == [
        (2, "另一个 {{number}}"), (1, "合同 {{number}} 即将到期"),
    ]  # fmt: skip
    assert found[0]["at"] is not None


@pytest.mark.usefixtures("home")
def test_a_designer_sees_the_templates_previews_a_draft_and_has_it_sent_to_themselves(company: Database) -> None:
    asked = {
        "tree": {**REMINDER, "subject": "新的 {{number}}"},
        "record_id": 1,
        "channel": "mail",
        "audience": "people",
    }
    grants = {"*": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}}}
    role = access.load({"role": "boss", "label": "管理员", "may": ["release", "design"], "forms": grants})
    with company.begin(SYSTEM) as tx:
        contact(tx)
        tx.run("UPDATE people.person SET mail = 'lin@example.com' WHERE account = 'lin'")
        people.set_password(tx, 1, PASSWORD)
        access.publish(tx, [role])
        people.assign(tx, 1, ["boss"])
    with serving() as vendors, logged_in(company, "lin") as lin:
        (one,) = lin.get("/api/templates").json()
        assert (one["key"], one["languages"], one["version"], one["uses"]) == ("reminder", ["en"], 1, [])
        (version,) = lin.get("/api/templates/reminder/versions").json()
        assert version["tree"]["label"] == "提醒"
        told = lin.post("/api/templates/preview", json=asked).json()
        assert "".join(piece["text"] for piece in told["subject"]) == "新的 HT-1"
        assert told["reached"][0]["name"] == "甲"
        whom = lin.post("/api/templates/foresee", json={"tree": asked["tree"], "audience": "people"}).json()
        assert (whom["records"], whom["ways"]["mail"]["messages"], whom["shown"][0]["subject"]) == (2, 1, "新的 HT-1")
        with company.begin(SYSTEM) as tx:
            server = {"host": "127.0.0.1", "port": vendors.ports["smtp"], "security": "none"}
            values = {**server, "sender": "us@example.com"}
            messages.save_setup(tx, "mail", "smtp", values, {})
        assert lin.post("/api/templates/try", json=asked).json()["state"] == "sent"
        assert [one.to for one in vendors.world.reached("mail")] == ["lin@example.com"]
