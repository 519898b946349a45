"""A group robot is set up in the browser against a server that speaks DingTalk: what is wrong is said in words."""

import re

from playwright.sync_api import expect

from perennial.dev import serving
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation


def test_a_robot_is_set_up_a_wrong_secret_is_told_in_words_and_the_right_one_lets_a_message_arrive(
    sit: Sit, installation: Installation
) -> None:
    with serving() as im, installation.on_a_manual_clock(), installation.served():
        seat = sit()
        seat.open()
        seat.log_in("zhou", PASSWORD)
        expect(seat.page.get_by_role("navigation").first).to_be_visible()
        seat.open("/channels")
        card = seat.page.get_by_role("region", name="钉钉", exact=True)
        expect(card).to_contain_text("未配置")
        seat.press("配置", within=card)
        seat.press("保存")
        expect(seat.page.get_by_text("请填写机器人 token")).to_be_visible()
        seat.type("机器人 token", "ding-signed")
        seat.type("加签密钥", "SECof-another-robot")
        seat.click("服务地址（高级）")
        seat.type("服务地址", im.urls["dingtalk_old"])
        seat.press("保存")
        expect(card).to_contain_text("已配置，未试过")

        seat.press("发一条给我", within=card)
        expect(card).to_contain_text("没有送出：签名不对")
        expect(card).to_contain_text("有问题")
        assert im.world.reached("robot", "ding-signed") == []

        seat.press("设置", within=card)
        expect(
            seat.page.get_by_text(re.compile("已保存，末 4 位 obot"))
        ).to_be_visible()  # of the wrong one; no more of it
        seat.press("重新填写", within=seat.page.locator(".labelled", has_text="加签密钥"))
        seat.type("加签密钥", im.world.accounts.dingtalk_robots[0].secret)
        seat.press("保存")
        expect(card).to_contain_text("已配置，未试过")
        seat.press("发一条给我", within=card)
        expect(card).to_contain_text("对方已接收")
        expect(card).to_contain_text("正常")
        (arrived,) = im.world.reached("robot", "ding-signed")
        assert "渠道测试" in str(arrived)
