"""People and their accounts in a real browser: passkeys, recovery codes, devices, asking for an account."""

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in_by_hand
from tests.support.product import Product

pytestmark = pytest.mark.e2e

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def at_device(browser: Browser, product: Product) -> tuple[BrowserContext, Page]:
    """A device with a built-in authenticator whose user always says yes."""
    context = await person(browser, base_url=product.url)
    page = await new_page(context)
    tools = await context.new_cdp_session(page)
    await tools.send("WebAuthn.enable")
    await tools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return context, page


async def prove(page: Page, product: Product, role: str) -> None:
    """The password once more, and on."""
    dialog = page.get_by_role("dialog").filter(has=page.locator("input[name=proof]"))
    await dialog.locator("input[name=proof]").fill(product.account(role).password)
    await dialog.locator("button[type=submit]").click()


async def sign_out(page: Page) -> None:
    await page.goto("/app/me")
    await page.get_by_role("button", name="退出登录").last.click()
    await page.wait_for_url("**/sign-in**")


async def test_T20_a_passkey_and_a_recovery_code_sign_in(browser: Browser, product: Product) -> None:
    context, page = await at_device(browser, product)
    await sign_in_by_hand(page, product, "expert")
    await page.goto("/app/me")
    factors = page.get_by_test_id("factors")

    await page.get_by_test_id("add-passkey").click()
    await page.locator("input[name=passkey-name]").fill("诊室电脑")
    await prove(page, product, "expert")
    await factors.get_by_text("诊室电脑").wait_for()
    await page.get_by_test_id("make-codes").click()
    await prove(page, product, "expert")
    shown = page.get_by_test_id("recovery-codes").locator("li")
    await shown.nth(9).wait_for()
    codes = await shown.all_inner_texts()
    await page.get_by_role("button", name="已保存").click()

    await sign_out(page)
    await page.get_by_test_id("by-passkey").click()
    await page.wait_for_url("**/app**")
    await page.goto("/app/me")
    await page.get_by_test_id("logins").get_by_text("通行密钥").first.wait_for()

    await factors.get_by_role("button", name="移除 诊室电脑").click()
    await prove(page, product, "expert")
    await factors.get_by_text("诊室电脑").wait_for(state="detached")
    await sign_out(page)
    account = product.account("expert")
    await page.locator("input[name=username]").fill(account.username)
    await page.locator("input[name=password]").fill(account.password)
    await page.locator("button[type=submit]").click()
    await page.get_by_role("button", name="用恢复码").click()
    await page.locator("input[name=recovery]").fill(codes[0])
    await page.locator("button[type=submit]").click()
    await page.wait_for_url("**/app**")
    await page.goto("/app/me")
    await factors.get_by_text("还剩 9 个").wait_for()
    await context.close()

    assert len(set(codes)) == 10


IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)


async def test_a_device_is_seen_and_ended_by_whose_it_is(browser: Browser, product: Product) -> None:
    at_desk = await person(browser, base_url=product.url)
    desk = await new_page(at_desk)
    on_phone = await person(browser, base_url=product.url, viewport=PHONE, phone=True, agent=IPHONE)
    phone = await new_page(on_phone)
    await sign_in_by_hand(phone, product, "expert")
    await sign_in_by_hand(desk, product, "expert")
    await desk.goto("/app/me")
    rows = desk.get_by_test_id("logins").locator("li")

    first = await rows.first.inner_text()
    await rows.filter(has_text="手机").first.get_by_test_id("login-end").click()
    await desk.get_by_role("button", name="取消", exact=True).click()
    await rows.filter(has_text="手机").first.get_by_test_id("login-end").click()
    await desk.get_by_test_id("login-end-sure").click()
    await desk.get_by_role("status").filter(has_text="已退出：手机").wait_for()
    await phone.goto("/app/me")
    await phone.wait_for_url("**/sign-in**")

    await sign_in_by_hand(phone, product, "expert")
    await desk.reload()
    await desk.get_by_test_id("login-end-others").click()
    await desk.get_by_test_id("login-end-others-sure").click()
    await rows.nth(1).wait_for(state="detached")
    left = await rows.all_inner_texts()
    await on_phone.close()
    await at_desk.close()

    assert all(word in first for word in ("本机", "电脑", "服务器本机 127.0.0.1"))
    assert len(left) == 1


async def test_E51_asked_on_the_phone_approved_at_the_desk(browser: Browser, product: Product) -> None:
    asking = await person(browser, base_url=product.url, viewport=PHONE, phone=True)
    phone = await new_page(asking)
    reviewing = await person(browser, base_url=product.url)
    desk = await new_page(reviewing)
    await phone.goto("/sign-in")
    await phone.get_by_role("link", name="没有账号？申请一个").click()

    await phone.get_by_test_id("register-organisation").get_by_role("button").click()
    await phone.get_by_test_id("pick-words").fill("医院")
    await phone.get_by_test_id("pick-sheet").get_by_role("option").first.click()
    for name, text in (("name", "欧阳秋月"), ("phone", "139 8765 4321"), ("reason", "参加内镜教学")):
        await phone.locator(f"[name={name}]").fill(text)
    await phone.locator("button[type=submit]").click()
    code = await phone.get_by_test_id("registration-code").locator("output").inner_text()

    await sign_in_by_hand(desk, product, "administrator")
    await desk.goto("/app/admin/registrations")
    row = desk.locator("[data-testid=table-scroller] tbody tr.row").filter(has_text="欧阳秋月")
    await row.wait_for()
    masked = await row.inner_text()
    await row.get_by_role("button", name="显示手机号").click()
    await row.get_by_text("13987654321").wait_for()
    await row.get_by_role("button", name="通过", exact=True).click()
    dialog = desk.get_by_role("dialog")
    await dialog.get_by_text("医生", exact=True).click()
    await dialog.get_by_role("button", name="通过", exact=True).click()
    await row.wait_for(state="detached")

    await phone.goto(f"/register/{code}")
    standing = await phone.get_by_test_id("standing").inner_text()
    await phone.get_by_role("button", name="启用账号").click()
    await phone.locator("input[name=new]").fill("a-long-enough-one")
    await phone.locator("input[name=again]").fill("a-long-enough-one")
    await phone.locator("button[type=submit]").click()
    await phone.locator("img.qr").wait_for()
    await asking.close()
    await reviewing.close()

    assert "139****4321" in masked
    assert "ouyangqiuyue" in standing
