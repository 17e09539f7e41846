"""Anybody sees how the own line and each picture fare: figures that move, on the desk and on a phone."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in
from tests.support.product import Product
from tests.support.room import enter

pytestmark = pytest.mark.e2e

SCOPE_FIGURES = "[data-testid=picture-figures][data-publication$='.scope']"


async def figure(page: Page, name: str) -> str:
    return await page.locator(f"{SCOPE_FIGURES} [data-figure={name}]").inner_text()


async def until_told(page: Page) -> None:
    """The scope's figures have what needs two reads."""
    bitrate = page.locator(f"{SCOPE_FIGURES} [data-figure=bitrate]")
    await expect(bitrate).to_have_text(re.compile(r"^\d+\.\d Mbit/s$"))


async def test_figures_of_each_picture_move_on_desk_and_phone(browser: Browser, product: Product) -> None:
    desk = await enter(browser, product, "office")
    await desk.get_by_test_id("status-latency").click()
    await desk.get_by_test_id("open-figures").click()
    await until_told(desk)

    assert re.fullmatch(r"\d{3,4} × \d{3,4}", await figure(desk, "size"))
    assert await figure(desk, "codec") == "H264"
    assert re.match(r"\d+ ms", await figure(desk, "delay"))
    shown = await figure(desk, "bitrate"), await figure(desk, "frames"), await figure(desk, "jitter")
    await desk.wait_for_function(
        "([scope, before]) => ['bitrate', 'frames', 'jitter'].some((name, at) =>"
        " document.querySelector(`${scope} [data-figure=${name}]`).textContent.trim() !== before[at])",
        arg=[SCOPE_FIGURES, list(shown)],
    )
    await expect(desk.get_by_test_id("picture-figures")).to_have_count(2)

    phone = await enter(browser, product, "doctor", viewport=PHONE)
    await phone.get_by_test_id("more").click()
    await phone.get_by_test_id("open-figures").click()
    await until_told(phone)
    assert await phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_the_system_administrator_looks_into_a_live_room(browser: Browser, product: Product) -> None:
    await enter(browser, product, "doctor2")
    administrator = await new_page(await person(browser, base_url=product.url))
    await sign_in(administrator, product, "system")
    await administrator.goto("/app/admin/rooms")
    await administrator.get_by_test_id("live-room-pick").first.click()

    details = administrator.get_by_test_id("room-details")
    await expect(details).to_contain_text("H264")
    await expect(details.get_by_test_id("peer-rows")).to_contain_text(re.compile(r"内镜 \d+\.\d Mbit/s"))
    assert await administrator.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
