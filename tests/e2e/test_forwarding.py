"""A session and a comment put before a colleague, who finds both in the inbox; an invitation that is taken back."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in
from tests.support.product import Product

pytestmark = pytest.mark.e2e

WORDS = "第二枚夹子的位置请看一下"
QUESTION = "夹子之间留多宽？"


async def choose(page: Page, name: str) -> None:
    """One colleague, found by name in the dialog that is open."""
    await page.locator(".el-dialog:visible input[role=combobox]").fill(name)
    await page.locator(".remote-choices:visible li").filter(has_text=name).first.click()
    await expect(page.locator(".remote-choices:visible")).to_have_count(0)  # nothing lies over the buttons


async def forward_to(page: Page, name: str) -> None:
    """Through the dialog that is open, to one colleague."""
    dialog = page.get_by_test_id("forward-dialog")
    await choose(page, name)
    await page.get_by_test_id("forward-send").click()
    await expect(dialog.get_by_test_id("forwarded")).to_contain_text(name)
    await page.get_by_role("button", name="完成").click()
    await expect(dialog).to_be_hidden()


async def test_E21_a_session_and_a_comment_reach_a_colleague(browser: Browser, product: Product) -> None:
    desk = await new_page(await person(browser, base_url=product.url))
    phone = await new_page(await person(browser, base_url=product.url, viewport=PHONE, phone=True))
    await sign_in(desk, product, "expert")
    await sign_in(phone, product, "doctor")

    await desk.goto(f"/app/teaching/{product.ready['demo']['session']}")
    await desk.locator("form.write textarea").fill(WORDS)
    await desk.get_by_role("button", name="发送").click()
    comment = desk.get_by_role("article").filter(has_text=WORDS).first
    await comment.get_by_test_id("comment-forward").click()
    await forward_to(desk, "赵敏")
    await desk.get_by_test_id("session-forward").click()
    await forward_to(desk, "赵敏")

    await phone.goto("/app/inbox")
    items = phone.get_by_test_id("inbox-items")
    await expect(items.get_by_text("转发给您一个场次")).to_be_visible()
    await items.get_by_text("下的一条评论").first.click()
    await expect(phone.locator("article.sought").filter(has_text=WORDS)).to_be_in_viewport()


async def test_an_invitation_is_seen_and_taken_back(browser: Browser, product: Product) -> None:
    desk = await new_page(await person(browser, base_url=product.url))
    await sign_in(desk, product, "doctor")
    await desk.goto("/app/qa/new")
    form = desk.get_by_test_id("ask-form")
    await form.get_by_label("问题").fill(QUESTION)
    await form.locator("button.send").click()
    await desk.wait_for_url(re.compile(r"/app/qa/[0-9a-f-]{36}$"))

    await desk.get_by_role("button", name="邀请专家").click()
    await choose(desk, "王建国")
    await desk.locator(".el-dialog:visible footer").get_by_role("button", name="邀请专家").click()
    row = desk.get_by_test_id("invited-person")
    await expect(row).to_contain_text("赵敏 邀请于")
    await expect(row).to_contain_text("待回应")
    await row.get_by_test_id("invited-revoke").click()
    async with desk.expect_response(lambda got: got.request.method == "DELETE") as withdrawn:
        await desk.evaluate("window.dispatchEvent(new Event('pagehide'))")

    assert (await withdrawn.value).status == 204
    await desk.reload()
    await expect(desk.get_by_test_id("invited-person")).to_contain_text("已撤回")
    await expect(desk.get_by_test_id("invited-revoke")).to_have_count(0)
