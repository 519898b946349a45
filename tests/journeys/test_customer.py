"""A customer at first sight: what runs, what happened, adding in place; on a phone and to whom less is granted."""

from builders_records import contract, customer, payment
from playwright.sync_api import expect

from perennial import access, people, records
from perennial.kernel import SYSTEM
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation

READER = {"role": "reader", "label": "查看", "menu": ["home"], "forms": {
    "customer": {"rows": "all", "rights": ["read"],
                 "fields": {"*": "read", "phone": "masked", "open_amount": "hidden"}},
    "interaction": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
}}  # fmt: skip


def pdf() -> bytes:
    """One page."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    text = b"BT /F 24 Tf 40 100 Td (Contract HT-1) Tj ET"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page,
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    made, places = b"%PDF-1.4\n", list[int]()
    for at, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj%s endobj\n" % (at, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    return made + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, start)


def test_a_customer_is_seen_at_one_sight_and_what_was_said_is_noted_in_place(
    sit: Sit, installation: Installation
) -> None:
    with installation.on_a_manual_clock() as database, database.begin(SYSTEM) as tx:
        who = customer(tx, name="厦门屿岸物流有限公司", phone="13812348888")
        past = contract(
            tx, customer=who, number="HT-0", amount="68000", status="lost", churn_reason="price",
            start_date="2025-01-01", end_date="2025-12-31",
        )  # fmt: skip
        payment(tx, past, "68000", number="HK-1", paid_on="2025-01-09")
        running = contract(tx, customer=who, number="HT-1", amount="128000")
        records.create(tx, "contact", {"customer": who, "name": "邱岚", "phone": "13912340000", "position": "经理"})
        access.publish(tx, [access.load(READER)])
        people.create(tx, "reader", "何知远", password=PASSWORD, roles=("reader",))
    with installation.served():
        seat = sit()
        seat.open()
        seat.log_in("zhou", PASSWORD)
        expect(seat.page.get_by_role("navigation").first).to_be_visible()
        seat.open(f"/r/customer/{who}")
        line = seat.page.get_by_role("region", name="续费合同时间轴")
        expect(line.locator(".timeline-past", has_text="¥68,000")).to_be_visible()
        expect(line.locator(".timeline-running", has_text="HT-1")).to_be_visible()
        expect(line.locator(".timeline-planned", has_text="下一份，预计 ¥128,000")).to_be_visible()
        strip = seat.page.locator(".overview-strip")
        expect(strip).to_contain_text("¥128,000.00")
        expect(strip).to_contain_text("累计回款¥68,000.00")
        expect(seat.page.locator(".folk")).to_contain_text("邱岚")

        stream = seat.page.get_by_role("region", name="动态")
        expect(stream.locator("li", has_text="HK-1")).to_be_visible()
        seat.press("登记", within=stream)
        seat.page.get_by_role("menuitem", name="沟通记录").click()
        seat.type("内容", "谈了续约")
        seat.press("新建", within=seat.page.get_by_role("dialog"))
        expect(stream.locator("li").first).to_contain_text("谈了续约")
        seat.press("回款", within=stream)
        expect(stream.locator("ol > li")).to_have_count(1)
        seat.fits()

        seat.open(f"/r/contract/{running}")
        seat.press("编辑")
        paper = {"name": "续费合同.pdf", "mimeType": "application/pdf", "buffer": pdf()}
        seat.page.locator(".files-input input[type=file]").set_input_files([paper])  # pyright: ignore[reportArgumentType]
        expect(seat.page.locator(".files-one")).to_contain_text("续费合同.pdf")
        seat.press("保存")
        seat.open(f"/r/customer/{who}")
        with seat.page.expect_response("**/files/papers/*") as served:
            seat.page.get_by_role("link", name="续费合同.pdf").click()
        answer = served.value
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        shown = seat.page.get_by_role("dialog", name="续费合同.pdf")
        expect(shown.locator("iframe")).to_be_visible()
        expect(shown.get_by_role("link", name="下载")).to_be_visible()
        seat.keys("Escape")

        phone = sit(width=390, height=844, phone=True)
        phone.open()
        phone.log_in("reader", PASSWORD)
        expect(phone.page.get_by_role("navigation").first).to_be_visible()
        phone.open(f"/r/customer/{who}")
        expect(phone.page.get_by_role("region", name="动态").locator("li", has_text="谈了续约")).to_be_visible()
        phone.sees_not("HK-1", "HT-1", "邱岚", "¥128,000.00", "13812348888", "在期合同金额")
        expect(phone.page.get_by_text("138****8888").first).to_be_visible()
        phone.fits()
