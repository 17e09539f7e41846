"""The installed app without a network: it opens, says what is missing, and goes on once there is one again."""

import json

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in
from tests.support.product import Product

pytestmark = pytest.mark.e2e

WORKER_RULES = """
async () => {
  const registration = await navigator.serviceWorker.ready;
  await new Promise((done) => {
    const at = registration.active;
    if (at.state === "activated") done(); else at.addEventListener("statechange", () => at.state === "activated" && done());
  });
  return registration.scope;
}
"""


async def test_the_app_can_be_installed(browser: Browser, product: Product) -> None:
    context = await person(browser, base_url=product.url, viewport=PHONE)
    page = await new_page(context)
    await page.goto("/sign-in")

    session = await context.new_cdp_session(page)
    manifest = await session.send("Page.getAppManifest")
    facts = json.loads(manifest["data"])

    assert manifest["errors"] == []
    assert facts["display"] == "standalone"
    assert {icon["sizes"] for icon in facts["icons"]} >= {"192x192", "512x512"}
    assert await page.evaluate(WORKER_RULES) == f"{product.url}/"
    hurdles = (await session.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    assert {hurdle["errorId"] for hurdle in hurdles} == {"in-incognito"}  # as every page of a test is
    await context.close()


async def test_without_a_network_the_app_says_so_and_goes_on_when_it_is_back(
    browser: Browser, product: Product
) -> None:
    context = await person(browser, base_url=product.url, viewport=PHONE)
    page = await new_page(context)
    await sign_in(page, product, "doctor")
    await page.evaluate(WORKER_RULES)
    await page.goto("/app/me")
    await expect(page.get_by_test_id("text-size")).to_be_visible()

    await context.set_offline(True)

    await expect(page.get_by_text("当前离线")).to_be_visible()
    await page.reload()
    await expect(page.get_by_test_id("unreached")).to_contain_text("仍未连上")

    await context.set_offline(False)

    await expect(page.get_by_test_id("text-size")).to_be_visible()
    await expect(page.get_by_text("当前离线")).to_have_count(0)
    await context.close()
