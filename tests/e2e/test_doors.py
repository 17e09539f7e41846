"""A room's doors: a screen goes on air as the scope, one who is sent out stays out, a full room says so."""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import person
from tests.support.caller import Caller, calling_as, open_session
from tests.support.live import Caller as Line
from tests.support.people import new_page, sign_in
from tests.support.planning import come_in
from tests.support.product import MOST_IN_A_ROOM, Product
from tests.support.room import SCOPE
from tests.support.watch import PATIENCE_MS, until_moving

pytestmark = [pytest.mark.e2e, pytest.mark.chromium_flags("--auto-accept-this-tab-capture")]

# Without a screen there is no picker either: the page itself is what is shared.
SHARE_THIS_PAGE = """
const plain = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getDisplayMedia = (asked) => plain({ ...asked, preferCurrentTab: true });
"""


async def share_the_screen(page: Page, session: dict[str, Any]) -> None:
    """Chooses the screen as the scope at the check, and enters."""
    await page.goto(f"/app/rooms/{session['room']}/check?session={session['id']}")
    await page.get_by_test_id("scope-screen").click()
    await page.wait_for_function("() => document.querySelector('[data-testid=check] video')?.videoWidth > 0")
    await page.get_by_test_id("enter-room").click()
    await expect(page.get_by_test_id("status-live")).to_have_text("直播", timeout=PATIENCE_MS)


async def until_out(page: Page, reason: str, sentence: str) -> None:
    ended = page.locator(f"[data-testid=room-ended][data-reason={reason}]")
    await ended.wait_for(timeout=PATIENCE_MS)
    await expect(ended).to_contain_text(sentence)


async def grants_by_link(host: Caller, session: dict[str, Any], many: int) -> list[str]:
    """So many visitors open the session's share link; their grants."""
    link = await host.told("POST", f"/sessions/{session['id']}/share", {"hours": 1})
    way = f"/share/{link['url'].rsplit('/', 1)[1]}/open"
    grants = []
    for number in range(many):
        entrance = await replace(host, headers={}).told(
            "POST", way, {"pin": link["pin"], "name": f"观摩者{number}"}
        )
        visitor = replace(host, headers={"Authorization": f"Bearer {entrance['access_token']}"})
        grants.append((await visitor.told("POST", f"/sessions/{session['id']}/grant"))["grant"])
    return grants


async def seated(stack: AsyncExitStack, product: Product, grants: list[str]) -> list[Line]:
    """All of them in the room."""
    lines = []
    for grant in grants:
        line = Line(f"http://127.0.0.1:{product.port}", grant)
        stack.push_async_callback(line.close)
        await line.connect()
        await line.join()
        lines.append(line)
    return lines


async def test_a_screen_is_the_scope_and_who_is_removed_stays_out(browser: Browser, product: Product) -> None:
    context = await person(browser, base_url=product.url)
    await context.add_init_script(SHARE_THIS_PAGE)
    expert = await new_page(context)
    await sign_in(expert, product, "expert")
    async with calling_as(expert, product) as caller:
        session = await open_session(caller, "以屏幕为内镜画面", "organisation")
    await share_the_screen(expert, session)
    viewer = await new_page(await person(browser, base_url=product.url))
    await sign_in(viewer, product, "doctor")
    await come_in(viewer, product, session["id"])
    await until_moving(viewer, SCOPE)

    await expert.get_by_test_id("tab-members").click()
    await expert.get_by_test_id("member-list").get_by_test_id("member-acts").click()
    await expert.get_by_test_id("member-remove").click()

    await until_out(viewer, "removed", "主持人已将您移出本房间")
    await expect(expert.get_by_test_id("member-list")).not_to_contain_text("赵敏")
    await viewer.goto(f"{product.url}/app/rooms/{session['room']}?session={session['id']}")
    await until_out(viewer, "removed", "主持人已将您移出本房间")

    await expert.get_by_test_id("host-menu").click()
    await expert.get_by_test_id("room-end").click()
    await expert.get_by_test_id("room-end-confirm").click()
    await until_out(expert, "ended", "本场已结束")


async def test_a_full_room_says_so_until_a_seat_is_free(browser: Browser, product: Product) -> None:
    expert = await new_page(await person(browser, base_url=product.url))
    await sign_in(expert, product, "expert")
    async with AsyncExitStack() as stack, calling_as(expert, product) as caller:
        session = await open_session(caller, "座无虚席的场次", "organisation")
        lines = await seated(stack, product, await grants_by_link(caller, session, MOST_IN_A_ROOM))

        await expert.goto(f"{product.url}/app/rooms/{session['room']}/check?session={session['id']}")
        await expert.get_by_test_id("enter-room").click()
        await until_out(expert, "full", "房间已满，请稍后再试")
        await lines[0].ask("room.leave", {})
        await expert.get_by_role("button", name="重试").click()

        await expert.locator("[data-testid=room][data-line=live]").wait_for()
        await caller.told("POST", f"/sessions/{session['id']}/end")
