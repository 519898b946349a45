"""A person before a browser: clicks and types on what is visible, reads what is visible. Nothing else."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from playwright.sync_api import BrowserContext, Locator, Page, expect

Role = Literal["button", "link", "tab", "menuitem", "radio", "checkbox", "option", "heading", "row", "dialog"]

_LONG_MS = int(os.environ.get("PERENNIAL_PATIENCE_MS") or 45_000)  # a busy machine
expect.set_options(timeout=_LONG_MS)


class Seat:
    """One browser window. `quiet`: it saw no error of the page itself."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.page: Page = context.new_page()
        self.page.set_default_timeout(_LONG_MS)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    # -- act

    def open(self, path: str = "/") -> None:
        self.page.goto(self.address + path)

    def log_in(self, account: str, password: str) -> None:
        self.type("账号", account)
        self.type("密码", password)
        self.press("登录")

    def type(self, label: str, text: str) -> None:
        """Fill the field with this label."""
        self.page.get_by_label(_named(label)).and_(self.page.locator("input, textarea")).first.fill(text)

    def date(self, label: str, day: str) -> None:
        self.type(label, day)
        self.keys("Enter")

    def press(self, name: str | re.Pattern[str], role: Role = "button", *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role(role, name=name, exact=isinstance(name, str)).first.click()

    def click(self, text: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Press where this text stands."""
        (within or self.page).get_by_text(text, exact=isinstance(text, str)).filter(visible=True).first.click()

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        """Pick one of a list that opens below its field; typing narrows a long one."""
        box = (within or self.page).get_by_role("combobox", name=_named(label)).first
        box.click()
        if box.is_editable():
            box.fill(option)
        self._option(option).click()

    def _option(self, text: str) -> Locator:
        shown = self.page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option")
        return shown.filter(has_text=re.compile(rf"^\s*{re.escape(text)}\s*$")).first

    def keys(self, *names: str) -> None:
        for name in names:
            self.page.keyboard.press(name)

    def finish_task(self, title: str, record: str, **choices: str) -> None:
        """Tick a task off on the workbench; fill in what finishing asks for."""
        row = self.task(title, record)
        row.get_by_role("checkbox").click()
        for label, option in choices.items():
            self.choose(label, option)
        if choices:
            self.press("完成", within=self.page.get_by_role("form"))
        self.sees(f"已完成「{title}」")

    def task(self, title: str, record: str) -> Locator:
        rows = self.page.get_by_role("listitem").filter(has_text=title).filter(has_text=record)
        return rows.first

    # -- the import wizard

    def card(self, title: str) -> Locator:
        """The card with this heading."""
        heading = self.page.get_by_role("heading", name=re.compile(rf"^{re.escape(title)}( |$)"))
        card = self.page.locator("section.card").filter(has=heading).first
        expect(card).to_be_visible()
        return card

    def source(self, card: Locator, field: str, *, column: str = "", formula: str = "") -> None:
        """A field is filled from a column, computed, or left out when neither is given."""
        box = card.get_by_role("combobox", name=f"{field}的来源", exact=True)
        if not box.count():
            self.choose("添加字段", field, within=card)
        self.choose(f"{field}的来源", column or ("用公式计算" if formula else "不导入"), within=card)
        if formula:
            card.get_by_label(f"{field}的公式", exact=True).fill(formula)

    def decide_by(self, card: Locator, field: str, *, instead_of: str = "") -> None:
        """The field by which a row finds its record; what is chosen already stays."""
        label = "判断新建或更新的字段"
        box = self.page.get_by_role("combobox", name=_named(label))
        shown = card.locator(".ant-select").filter(has=box).first.inner_text()
        if instead_of and instead_of in shown:
            self.choose(label, instead_of, within=card)
        if field not in shown:
            self.choose(label, field, within=card)
        self.keys("Escape")

    # -- look

    def sees(self, *texts: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Each of these stands somewhere on the screen, or soon will."""
        for text in texts:
            expect((within or self.page).get_by_text(text).filter(visible=True).first).to_be_visible()

    def sees_row(self, *cells: str) -> None:
        """A table has a row with just these cells."""
        expect(self.page.get_by_role("row", name=" ".join(cells), exact=True).first).to_be_visible()

    def sees_not(self, *texts: str | re.Pattern[str]) -> None:
        for text in texts:
            expect(self.page.get_by_text(text).filter(visible=True)).to_have_count(0)

    def fits(self) -> None:
        """Nothing makes the page wider than the window, once it has come to rest."""
        self.until(lambda: self.page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth"))

    def until(self, condition: Callable[[], bool]) -> None:
        """Something outside the page comes true in time."""
        end = time.monotonic() + _LONG_MS / 1000
        while not condition():
            assert time.monotonic() < end, "not in time"
            self.page.wait_for_timeout(100)

    def background(self) -> int:
        """How bright the page is, 0 to 765: the sum of its colour as painted."""
        colour = self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in re.findall(r"\d+", colour)[:3])

    def picture(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")


def _named(label: str) -> re.Pattern[str]:
    """A field's label, also with the mark of a required field and a note behind it."""
    return re.compile(rf"^{re.escape(label)}( \*)?( .*)?$")
