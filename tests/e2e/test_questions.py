"""Questions as people use them: asked on a phone, answered on a desk, shared, discussed, summed up and reviewed."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in
from tests.support.product import Product
from tests.support.sessions import picture

pytestmark = pytest.mark.e2e

TITLE = "胃角凹陷灶能否做 ESD？"
ANSWER = "可以，先做靛胭脂染色确认边界"
TOPIC = "早癌边界怎样判断"


async def write(page: Page, words: str) -> None:
    """An answer by the line below the threads."""
    await page.locator("form.write textarea").fill(words)
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator(".threads").get_by_text(words, exact=True)).to_be_visible()


async def ask_on_a_phone(page: Page) -> str:
    """The address of a question with a picture."""
    await page.goto("/app/qa/new")
    form = page.get_by_test_id("ask-form")
    await form.get_by_label("问题").fill(TITLE)
    await form.get_by_label("补充说明").fill("边界清楚，NBI 下血管不规则")
    await form.locator("input[type=file]").first.set_input_files(
        {"name": "胃角.png", "mimeType": "image/png", "buffer": picture(640, 480)}
    )
    await expect(form.get_by_text("胃角.png").first).to_be_visible()
    await form.locator("button.send").click()
    await page.wait_for_url(re.compile(r"/app/qa/[0-9a-f-]{36}$"))
    await expect(page.get_by_test_id("question").get_by_text(TITLE)).to_be_visible()
    return page.url


async def no_sideways(page: Page) -> bool:
    """Whether nothing is wider than the screen."""
    wide: bool = await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return wide


async def filtered_on_a_phone(page: Page) -> float:
    """Where the first question stands; filters are behind one button that says how many hold."""
    await page.goto("/app/qa")
    first = page.get_by_test_id("table-cell").filter(has_text=TITLE).first
    await first.wait_for()
    place = await page.get_by_test_id("table-cells").bounding_box()
    await page.get_by_test_id("table-controls").click()
    await page.get_by_test_id("table-sheet").get_by_text("我提的").click()
    await page.get_by_test_id("table-done").click()
    await expect(page.get_by_test_id("table-controls")).to_have_text("筛选 1")
    await expect(first).to_be_visible()
    assert place is not None
    return place["y"]


async def test_E17_E19_E21_asked_answered_chosen_and_shared(browser: Browser, product: Product) -> None:
    phone = await new_page(await person(browser, base_url=product.url, viewport=PHONE, phone=True))
    desk = await new_page(await person(browser, base_url=product.url))
    stranger = await new_page(await person(browser, base_url=product.url, viewport=PHONE, phone=True))
    await sign_in(phone, product, "doctor")
    await sign_in(desk, product, "expert")

    address = await ask_on_a_phone(phone)
    assert await no_sideways(phone)
    await desk.goto("/app/qa")
    await desk.get_by_text(TITLE).first.click()
    await expect(desk.get_by_test_id("question").locator("img").first).to_be_visible()
    await write(desk, ANSWER)
    await phone.reload()
    await phone.get_by_role("button", name="选为最佳").click()
    await expect(phone.get_by_test_id("best-answer").get_by_text(ANSWER)).to_be_visible()
    await phone.locator(".threads .item").first.get_by_role("button", name="回复").click()
    await write(phone, "染色用什么浓度")
    await desk.reload()
    await desk.locator(".replies .item").first.get_by_role("button", name="回复").click()
    await write(desk, "0.2% 到 0.4%")
    await expect(desk.locator(".replies .item")).to_have_count(2)

    await phone.get_by_test_id("share").click()
    dialog = phone.get_by_test_id("share-dialog")
    await phone.get_by_test_id("share-make").click()
    fields = dialog.locator("output")
    link, pin = await fields.nth(0).inner_text(), await fields.nth(1).inner_text()
    await stranger.goto(link)
    await expect(stranger.get_by_text(ANSWER)).to_have_count(0)
    await stranger.get_by_label("您的姓名").fill("李医生")
    await stranger.get_by_label("分享密码").fill(pin)
    await stranger.get_by_role("button", name="进入").click()
    await expect(stranger.get_by_test_id("best-answer").get_by_text(ANSWER)).to_be_visible()
    await stranger.goto("/app/qa")
    await expect(stranger.get_by_text(TITLE)).to_have_count(0)
    await dialog.get_by_test_id("share-revoke").first.click()
    async with phone.expect_response(lambda got: got.request.method == "DELETE") as withdrawn:
        await phone.evaluate(
            "window.dispatchEvent(new Event('pagehide'))"
        )  # what could be taken back is done
    assert (await withdrawn.value).status == 204
    await stranger.goto(address)
    await expect(stranger.get_by_text(ANSWER)).to_have_count(0)
    assert await filtered_on_a_phone(phone) < PHONE["height"] / 3


async def guest_of(desk: Page, browser: Browser, product: Product) -> Page:
    """Somebody without an account, let into the discussion that the desk shows."""
    await desk.get_by_role("button", name="邀请嘉宾").click()
    await desk.get_by_role("dialog").get_by_label("您的姓名").fill("李教授")
    await desk.get_by_role("dialog").get_by_role("button", name="邀请嘉宾").click()
    fields = desk.locator(".once output")
    link, code = await fields.nth(0).inner_text(), await fields.nth(1).inner_text()
    guest = await new_page(await person(browser, base_url=product.url))
    await guest.goto(link)
    await guest.get_by_label("验证码").fill(code)
    await guest.get_by_role("button", name="进入").click()
    await expect(guest.get_by_test_id("question").get_by_text(TOPIC)).to_be_visible()
    return guest


async def hand_in(page: Page) -> None:
    await page.get_by_test_id("review-submit").click()
    await page.get_by_test_id("review-send").click()
    await expect(page.get_by_test_id("review-state")).to_have_text("审核中")


async def unlocked_by_another(desk: Page, office: Page) -> None:
    """Asked for with a reason by who wrote it, granted by who did not ask, and written on."""
    await desk.get_by_test_id("review-ask-unlock").click()
    await desk.get_by_test_id("review-note").fill("补充随访结果")
    await desk.get_by_test_id("review-send").click()
    await expect(desk.get_by_text("补充随访结果").first).to_be_visible()
    await expect(desk.get_by_test_id("review-unlock")).to_have_count(0)

    await office.reload()
    await expect(office.get_by_text("补充随访结果").first).to_be_visible()
    await office.get_by_test_id("review-unlock").click()
    await expect(office.get_by_test_id("review-state")).to_have_text("已解锁，待修改")
    await desk.reload()
    await expect(desk.get_by_test_id("summary-write")).to_be_visible()


async def test_E22_a_discussion_with_a_guest_is_summed_up_reviewed_and_locked(
    browser: Browser, product: Product
) -> None:
    desk = await new_page(await person(browser, base_url=product.url))
    office = await new_page(await person(browser, base_url=product.url))
    await sign_in(desk, product, "expert")
    await sign_in(office, product, "office")
    await desk.goto("/app/qa/new?kind=discussion")
    await desk.get_by_test_id("ask-form").get_by_label("问题").fill(TOPIC)
    await desk.locator("button.send").click()
    await desk.wait_for_url(re.compile(r"/app/qa/[0-9a-f-]{36}$"))
    address = desk.url
    guest = await guest_of(desk, browser, product)
    await write(guest, "先看微血管，再看表面结构")

    await desk.reload()
    await desk.get_by_test_id("summary-write").click()
    await desk.get_by_label("共识意见").fill("以微血管形态为准")
    await desk.get_by_test_id("summary-save").click()
    await hand_in(desk)
    await guest.reload()
    await expect(guest.get_by_test_id("summary")).to_have_count(0)

    await office.goto(address)
    await office.get_by_test_id("review-return").click()
    await office.get_by_label("对“共识意见”的意见").fill("写明适用部位")
    await office.get_by_test_id("review-send").click()
    await expect(office.get_by_test_id("review-state")).to_have_text("已退回")
    await desk.reload()
    await expect(desk.get_by_text("写明适用部位").first).to_be_visible()
    await desk.get_by_test_id("summary-write").click()
    await desk.get_by_label("共识意见").fill("胃部病变以微血管形态为准")
    await desk.get_by_test_id("summary-save").click()
    await hand_in(desk)

    await office.reload()
    await office.get_by_text("经过（").click()
    await office.get_by_text("相对上一稿的改动").click()
    await expect(office.get_by_test_id("review-differences").locator("ins")).to_have_text("胃部病变")
    await office.get_by_test_id("review-approve").click()
    await office.get_by_test_id("review-send").click()
    await expect(office.get_by_test_id("review-state")).to_have_text("已锁定")
    await guest.reload()
    await expect(guest.get_by_test_id("summary").get_by_text("胃部病变以微血管形态为准")).to_be_visible()
    await desk.reload()
    await expect(desk.get_by_test_id("review-ask-unlock")).to_be_visible()
    await expect(desk.get_by_test_id("summary-write")).to_have_count(0)
    await unlocked_by_another(desk, office)
