"""The first minutes with an empty installation: the wizard, logging in and out, language, light and dark."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation

pytestmark = pytest.mark.journey


def test_an_empty_installation_asks_for_its_first_administrator_and_speaks_both_languages(
    installation: Installation, sit: Sit
) -> None:
    with installation.served():
        me = sit()
        me.open()
        me.sees("欢迎使用常青", "新工作区不会向外发送任何消息")
        me.press("下一步")
        me.sees("请填写姓名", "请填写账号")
        me.type("姓名", "周予安")
        me.type("账号", "zhou")
        me.type("密码", PASSWORD)
        me.type("再输入一次密码", PASSWORD + "x")
        me.press("下一步")
        me.sees("两次输入的密码不一样")
        me.type("再输入一次密码", PASSWORD)
        me.press("下一步")
        me.type("公司名称", "云杉软件")
        me.press("下一步")
        me.click("空的续费应用")
        me.press("完成并进入")
        me.sees("今天要做", "周予安")

        me.press(re.compile("打开个人菜单$"))
        me.press("English", "menuitem")
        me.sees("Home", "Search or type a command")
        expect(me.page.locator("html")).to_have_attribute("lang", "en")
        me.press(re.compile("周予安"))
        me.press("简体中文", "menuitem")
        me.sees("工作台")

        day = me.background()
        me.press(re.compile("打开个人菜单$"))
        me.press("深色", "menuitem")
        expect(me.page.locator("html")).to_have_attribute("data-theme", "dark")
        assert me.background() < day
        me.page.reload()
        me.sees("今天要做")
        assert me.background() < day  # kept
        me.press(re.compile("打开个人菜单$"))
        me.press("浅色", "menuitem")
        expect(me.page.locator("html")).to_have_attribute("data-theme", "light")

        me.press(re.compile("打开个人菜单$"))
        me.press("退出登录", "menuitem")
        me.sees("没有账号？请联系管理员。")
        me.open("/r/contract")
        me.log_in("zhou", "wrong")
        me.sees("账号或密码不对，还可以再试 4 次")
        me.log_in("zhou", PASSWORD)
        me.sees("还没有续费合同。从 Excel 导入最快，通常 5 分钟。")  # the address that was asked for
