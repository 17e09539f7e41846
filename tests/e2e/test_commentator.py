"""An expert from outside comes in by a link and a one-time code, at a desk and on a phone, and is put out again."""

import asyncio
import re
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in, until_picture
from tests.support.product import Product
from tests.support.room import SCOPE, SCOPE_VIDEO, draw, enter_room, journal, spot_in, until_ink
from tests.support.seat import until_live
from tests.support.watch import PATIENCE_MS, until

pytestmark = pytest.mark.e2e

GUEST = "李素珍"
NAMED = "李素珍（点评）"
OUT_WITHIN_MS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    link: str
    code: str


async def invite(expert: Page, product: Product) -> Invited:
    """On the session's page; the code is shown this once."""
    await expert.goto(f"{product.url}/app/teaching/{product.ready['demo']['session']}")
    await expert.get_by_role("button", name="邀请点评专家").click()
    dialog = expert.get_by_role("dialog")
    await dialog.get_by_label("姓名").fill(GUEST)
    await dialog.get_by_label("职称").fill("主任医师")
    await dialog.get_by_role("button", name="生成邀请").click()
    link = await dialog.locator("output").nth(0).inner_text()
    code = await dialog.locator("output").nth(1).inner_text()
    await dialog.get_by_role("button", name="已告知").click()
    await expect(dialog).to_be_hidden()
    await expect(expert.get_by_text(code)).to_have_count(0)
    return Invited(link=link, code=code)


async def give_code(page: Page, link: str, code: str) -> None:
    await page.goto(link)
    await page.locator("input[name=name]").fill(GUEST)
    await send_code(page, code)


async def send_code(page: Page, code: str) -> None:
    await page.locator("input[name=code]").fill(code)
    await page.locator("button[type=submit]").click()


def wrong(code: str) -> str:
    digits = "".join(filter(str.isdigit, code))
    return digits[:-1] + ("1" if digits[-1] != "1" else "2")


async def enter_with_voice(guest: Page) -> None:
    """From the check, which says as whom one enters, to the scope's picture."""
    await expect(guest.get_by_test_id("check")).to_contain_text("身份：点评专家")
    await guest.get_by_test_id("mic-try").click()
    await expect(guest.get_by_test_id("mic-on")).to_have_class("el-checkbox is-checked")
    await guest.get_by_test_id("enter-room").click()
    await until_picture(guest, SCOPE_VIDEO, timeout_ms=PATIENCE_MS)


async def test_a_guest_comments_by_link_and_code_until_revoked(browser: Browser, product: Product) -> None:
    expert = await new_page(await person(browser, base_url=product.url))
    await sign_in(expert, product, "expert")
    invited = await invite(expert, product)
    guest = await new_page(await person(browser, base_url=product.url))

    await give_code(guest, invited.link, wrong(invited.code))
    await expect(guest.get_by_text("一次性验证码不对。")).to_be_visible()
    await expect(guest.get_by_test_id("check")).to_have_count(0)
    await send_code(guest, invited.code)
    await enter_with_voice(guest)
    await used_up(browser, product, invited)

    await enter_room(expert, product)
    await expect(expert.get_by_test_id("hands-queue")).to_contain_text(NAMED, timeout=PATIENCE_MS)
    await guest.get_by_test_id("tool-pen").click()
    await draw(guest, SCOPE_VIDEO, [(0.3, 0.6), (0.5, 0.6)])
    await until_ink(expert, SCOPE, SCOPE_VIDEO, 0.4, 0.6)
    await guest.get_by_test_id("tool-laser").click()
    await point_until_seen(guest, expert)
    await until(lambda: len(on_air(product)) == 1, "the guest is on air as commentary")
    assert seats_of_guest(product) == on_air(product)

    await guest.reload()
    await until_picture(guest, SCOPE_VIDEO, timeout_ms=PATIENCE_MS)
    await until_live(guest)
    assert seats_of_guest(product) == on_air(product)

    await revoke(expert, product)
    await expect(guest.get_by_test_id("room-ended")).to_be_visible(timeout=OUT_WITHIN_MS)
    await guest.reload()
    await expect(guest).to_have_url(re.compile("/sign-in"))
    await expect(guest.locator("video")).to_have_count(0)
    await guest.goto(invited.link)
    await expect(guest.locator("main")).to_contain_text("邀请")
    await expect(guest.locator("input[name=code]")).to_have_count(0)

    await on_the_phone(browser, product, expert)


async def on_the_phone(browser: Browser, product: Product, expert: Page) -> None:
    """Another invitation, held upright in the hand."""
    invited = await invite(expert, product)
    phone = await new_page(await person(browser, base_url=product.url, viewport=PHONE, phone=True))
    await give_code(phone, invited.link, invited.code)
    await enter_with_voice(phone)
    assert await phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    box = await phone.locator(SCOPE_VIDEO).bounding_box()
    assert box is not None
    assert box["width"] > PHONE["width"] * 0.9
    await until(lambda: len(on_air(product)) == 2, "the guest on the phone is on air as commentary")


async def used_up(browser: Browser, product: Product, invited: Invited) -> None:
    """Nobody else comes in by the same link and code."""
    other = await person(browser, base_url=product.url)
    page = await new_page(other)
    await page.goto(invited.link)
    await expect(page.get_by_text("邀请码已经用过")).to_be_visible()
    await expect(page.locator("input[name=code]")).to_have_count(0)
    path = f"{product.url}/api/v1/invitations/{invited.link.rsplit('/', 1)[1]}/redeem"
    answer = await page.request.post(path, data={"one_time_code": invited.code, "name": GUEST})
    assert not answer.ok
    assert (await answer.json())["code"] == "invitation.used"
    await other.close()


def on_air(product: Product) -> set[str]:
    """Those whose voice is, or was, in the room as commentary."""
    events = journal(product, product.ready["demo"]["recording"])
    voices = [e["data"]["publication"] for e in events if e["name"] == "publication.upserted"]
    return {voice["participant"] for voice in voices if voice["source"] == "commentary" and voice["on"]}


def seats_of_guest(product: Product) -> set[str]:
    events = journal(product, product.ready["demo"]["recording"])
    people = [e["data"]["participant"] for e in events if e["name"] == "participant.upserted"]
    return {one["id"] for one in people if one["name"] == GUEST and one["role"] == "commentator"}


async def point_until_seen(guest: Page, expert: Page) -> None:
    """Moves the pointer about one place until a spot of light lies there on the expert's picture."""
    spot = await spot_in(guest, SCOPE_VIDEO, 0.7, 0.3)
    await guest.mouse.move(spot.x, spot.y)
    await guest.mouse.down()
    seen = asyncio.create_task(until_ink(expert, SCOPE, SCOPE_VIDEO, 0.7, 0.3))
    while not seen.done():  # a spot that rests is gone after a moment
        await guest.mouse.move(spot.x + 2, spot.y + 2)
        await guest.mouse.move(spot.x - 2, spot.y - 2)
        await asyncio.wait({seen}, timeout=0.1)
    await seen
    await guest.mouse.up()


async def revoke(expert: Page, product: Product) -> None:
    """On the session's page in the same login; the withdrawal is sent once it cannot be undone any more."""
    await expert.goto(f"{product.url}/app/teaching/{product.ready['demo']['session']}")
    row = expert.get_by_role("listitem").filter(has_text=GUEST).last
    async with expert.expect_response(
        lambda answer: answer.request.method == "DELETE" and "commentators" in answer.url, timeout=PATIENCE_MS
    ) as answered:
        await row.get_by_role("button", name="撤回邀请").click()
    assert (await answered.value).ok
