"""Rights that begin and end, at screens: a role for a node and a period, a duty, access in an emergency."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Locator, Page

from tests.support.browser import DESK, PHONE, person
from tests.support.caller import calling
from tests.support.logins import let_in
from tests.support.people import new_page
from tests.support.product import Product

pytestmark = pytest.mark.e2e

HOSPITAL = "演示省肿瘤医院"
OTHER = "南城急救医院"
REASON = "患者转来途中大出血，需看既往内镜"


async def at_screen(
    stack: AsyncExitStack, browser: Browser, product: Product, role: str, *, phone: bool = False
) -> Page:
    """Somebody signed in at a device of their own, before any page."""
    context = await person(browser, base_url=product.url, viewport=PHONE if phone else DESK, phone=phone)
    stack.push_async_callback(context.close)
    await let_in(context, product, role)
    return await new_page(context)


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog").locator("visible=true")


async def pick(page: Page, picker: str, words: str, name: str) -> Locator:
    """What a picker offers for these words; the phone's is a sheet."""
    field = page.get_by_test_id(picker).locator("visible=true")
    if page.viewport_size == PHONE:
        await field.get_by_role("button").click()
        await page.get_by_test_id("pick-words").fill(words)
        return page.get_by_test_id("pick-sheet").get_by_role("option").filter(has_text=name)
    await field.locator("input").fill(words)
    return page.get_by_role("option").filter(has_text=name).locator("visible=true")


async def may_plan(page: Page) -> bool:
    """Whether the page of a new session is this person's."""
    await page.goto("/app/teaching/new")
    form, refused = page.locator("form.plan"), page.get_by_text("您没有查看权限")
    await form.or_(refused).first.wait_for()
    return await form.is_visible()


async def test_AZ_01_a_role_for_a_node_and_a_period_works_until_it_is_taken_back(
    browser: Browser, product: Product
) -> None:
    async with AsyncExitStack() as stack:
        security = await at_screen(stack, browser, product, "security")
        doctor = await at_screen(stack, browser, product, "doctor", phone=True)
        before = await may_plan(doctor)
        await security.goto("/app/admin/users")
        row = security.locator("[data-testid=table-scroller] tbody tr.row").filter(has_text="赵敏")
        await row.get_by_test_id("given-open").click()

        await (await pick(security, "given-node", "zlyy", HOSPITAL)).click()
        await dialog(security).get_by_text("专家", exact=True).click()
        until = dialog(security).get_by_label("止", exact=True)
        await until.fill(f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d %H:%M}")
        await until.press("Enter")
        await security.get_by_test_id("give-role").click()
        given = security.get_by_test_id("given-roles").locator("li").filter(has_text=f"专家 · {HOSPITAL}")
        await given.get_by_text("有效").wait_for()
        during = await may_plan(doctor)

        await given.get_by_test_id("end-given").click()
        await security.get_by_text("没有按机构授予的角色").wait_for()
        after = await may_plan(doctor)
    assert (before, during, after) == (False, True, False)


async def test_AZ_07_a_duty_is_given_once_to_one_person_and_ends(browser: Browser, product: Product) -> None:
    async with AsyncExitStack() as stack:
        security = await at_screen(stack, browser, product, "security")
        await security.goto("/app/admin/duties")
        card = security.get_by_test_id("duty-audit")
        await security.get_by_test_id("appoint-audit").click()
        holder = await pick(security, "appoint-person", "xtgly", "系统管理员")
        why = await holder.inner_text()
        closed = await holder.get_attribute("aria-disabled")
        await (await pick(security, "appoint-person", "sunli", "孙丽")).click()
        await dialog(security).get_by_role("button", name="任命").click()
        await card.get_by_text("孙丽").wait_for()
        auditor = await at_screen(stack, browser, product, "doctor2")
        await auditor.goto("/app/admin/audit")
        await auditor.get_by_test_id("table-scroller").wait_for()

        mine = card.get_by_role("listitem").filter(has_text="孙丽")
        await mine.get_by_role("button", name="免去").click()
        await dialog(security).get_by_role("button", name="免去").click()
        await mine.wait_for(state="detached")
        await auditor.reload()
        await auditor.wait_for_url("**/sign-in**")
    assert ("已任系统管理员" in why, closed) == (True, "true")


async def test_AZ_06_emergency_access_is_asked_used_and_reviewed(browser: Browser, product: Product) -> None:
    async with calling(product, "administrator") as keeper:
        above = (await keeper.told("GET", "/auth/me"))["user"]["organisation"]["id"]
        await keeper.told("POST", "/organisations", {"parent": above, "name": OTHER, "kind": "hospital"})
    async with AsyncExitStack() as stack:
        doctor = await at_screen(stack, browser, product, "doctor", phone=True)
        await doctor.goto("/app/emergency")
        await (await pick(doctor, "emergency-hospital", "nancheng", OTHER)).click()
        ask = doctor.get_by_test_id("emergency-open")
        await doctor.get_by_test_id("emergency-reason").fill("急")
        early = await ask.is_disabled()
        await doctor.get_by_test_id("emergency-reason").fill(REASON)
        await ask.click()
        mine = doctor.get_by_test_id("emergency-mine").locator("li").filter(has_text=OTHER)
        await mine.get_by_text("进行中").wait_for()
        async with doctor.expect_request(lambda asked: "x-scopecast-node" in asked.headers):
            await mine.get_by_role("button", name="进入").click()
        await doctor.wait_for_url("**/app")

        security = await at_screen(stack, browser, product, "security")
        await security.goto("/app/admin/break-glass")
        seen = security.get_by_test_id("table-cell").filter(has_text=OTHER)
        await seen.get_by_text(REASON).wait_for()
        await seen.get_by_test_id("emergency-review").click()
        await dialog(security).get_by_text("理由成立", exact=True).click()
        await dialog(security).get_by_label("说明").fill("已核对急诊记录")
        await dialog(security).get_by_role("button", name="提交复核").click()
        await seen.get_by_text("理由成立").wait_for()
        await security.goto("/app/admin/break-glass?f=verdict:is:waiting")
        await security.get_by_test_id("table-chips").get_by_text("结论：待复核").wait_for()
        await security.get_by_text("没有符合条件").wait_for()

        async with doctor.expect_response(lambda told: told.url.endswith("/auth/me") and told.ok):
            await doctor.reload()  # the tab acts for what has ended: it goes home
        await doctor.goto("/app/emergency")
        await mine.get_by_text("已结束").wait_for()
        verdict = await mine.inner_text()
    assert early
    assert "复核：理由成立" in verdict
