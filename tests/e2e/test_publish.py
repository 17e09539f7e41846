"""An expert plans, opens and teaches a session with the browser's own devices, and it can be replayed."""

import json

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in, until_picture
from tests.support.planning import (
    PRETENDED_CAMERAS,
    SMALL_CAMERAS,
    come_in,
    go_on_air,
    open_room,
    plan_session,
)
from tests.support.product import Product
from tests.support.room import HAND, SCOPE, SCOPE_VIDEO, enter_room
from tests.support.sealed import recording_in
from tests.support.watch import PATIENCE_MS, hear, keep_peers, until, until_moving, until_voices

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.chromium_flags(PRETENDED_CAMERAS, "--auto-select-desktop-capture-source=Entire screen"),
]

CAMERA = "[data-testid=room-face]"
HAND_IS_OFF = (
    "[...document.querySelectorAll('.stage .name')].some((one) => one.textContent.includes('已关闭'))"
)
FACE_IS_THERE = f"document.querySelector('{CAMERA}') !== null"
SWITCHED_WITHIN_MS = 1000
# The moment, by the machine's clock, at which a fact first holds in the page.
BEGIN_TO_WATCH = """
(fact) => {
  const holds = new Function(`return ${fact}`);
  window.heldAt = new Promise((resolve) => {
    const look = () => (holds() ? resolve(Date.now()) : setTimeout(look, 10));
    look();
  });
}
"""
CLICK = "(selector) => { document.querySelector(selector).click(); return Date.now(); }"


async def seen_after(viewer: Page, fact: str, expert: Page, button: str) -> float:
    """Milliseconds from the expert's click until the fact holds on the viewer's page."""
    await viewer.evaluate(BEGIN_TO_WATCH, fact)
    clicked: int = await expert.evaluate(CLICK, button)
    seen: int = await viewer.evaluate("() => window.heldAt")
    return float(seen - clicked)


async def until_running(page: Page, tile: str) -> None:
    """Waits until this picture of the replay runs."""
    await page.wait_for_function(
        "(tile) => { const video = document.querySelector(`${tile} video`);"
        " return video && video.videoWidth > 0 && video.readyState >= 2 && video.currentTime > 0.2; }",
        arg=tile,
        timeout=PATIENCE_MS,
    )


async def switched(expert: Page, viewer: Page) -> dict[str, float]:
    """Switches hand and own camera off and on; milliseconds until the viewer's page shows each."""
    await expert.get_by_test_id("host-menu").click()
    await expert.get_by_test_id("source-hand").wait_for()
    hand = "[data-testid=source-hand]"
    camera = "[data-testid=camera-toggle]"
    steps = {
        "hand off": (HAND_IS_OFF, hand, HAND),
        "camera off": (f"!({FACE_IS_THERE})", camera, SCOPE),
        "hand on": (f"!({HAND_IS_OFF})", hand, HAND),
        "camera on": (FACE_IS_THERE, camera, CAMERA),
    }
    took = {}
    for name, (fact, button, tile) in steps.items():
        took[name] = await seen_after(viewer, fact, expert, button)
        if name in ("camera off", "hand on"):
            await until_moving(viewer, tile, frames=5)
    return took


async def test_an_expert_teaches_with_the_browsers_devices(browser: Browser, product: Product) -> None:
    expert_context = await person(browser, base_url=product.url)
    await expert_context.add_init_script(SMALL_CAMERAS)
    expert = await new_page(expert_context)
    said = hear(expert)
    await sign_in(expert, product, "expert")
    session = await plan_session(expert, product, "胃窦病变内镜下切除")
    await open_room(expert)
    await go_on_air(expert)
    await expect(expert.get_by_test_id("status-live")).to_have_text("直播", timeout=PATIENCE_MS)

    viewer_context = await person(browser, base_url=product.url)
    await keep_peers(viewer_context)
    viewer = await new_page(viewer_context)
    heard = hear(viewer)
    await sign_in(viewer, product, "doctor")
    await come_in(viewer, product, session)
    for tile in (SCOPE, HAND, CAMERA):
        await until_moving(viewer, tile)
    await until_voices(viewer, 1)
    offers = said.count("media.offer"), heard.count("media.offer")

    took = await switched(expert, viewer)

    assert {name: ms for name, ms in took.items() if ms >= SWITCHED_WITHIN_MS} == {}
    assert min(offers) >= 1
    assert (said.count("media.offer"), heard.count("media.offer")) == offers

    await expert.get_by_test_id("room-end").click()
    await expert.get_by_test_id("room-end-confirm").click()
    await expect(viewer.get_by_test_id("room-ended")).to_be_visible()
    await until_replayed(viewer, product, session)


async def until_replayed(page: Page, product: Product, session: str) -> None:
    """From the session's page to the replay, where scope, hand and face run."""
    await page.goto(f"{product.url}/app/teaching/{session}")
    await page.get_by_role("button", name="看回放").click(timeout=PATIENCE_MS)
    await page.get_by_test_id("replay-scope").wait_for(timeout=PATIENCE_MS)
    await page.get_by_test_id("replay-toggle").click()
    await until_running(page, "[data-testid=replay-scope]")
    recording = page.url.split("/app/replay/")[1].split("?")[0]
    folder = recording_in(product.data_dir, recording)

    def pending() -> list[str]:
        tracks = json.loads(folder.read("manifest.json"))["tracks"]
        return [part["id"] for track in tracks for part in track["parts"] if part["state"] == "pending"]

    await until(lambda: pending() == [], "the VP8 of the own camera was made playable", within_s=90)
    sources = {track["source"] for track in json.loads(folder.read("manifest.json"))["tracks"]}
    assert sources == {"scope", "hand", "camera", "voice"}


async def test_a_phone_shows_and_hides_its_camera_upright_and_across(
    browser: Browser, product: Product
) -> None:
    expert = await new_page(await person(browser, base_url=product.url))
    await sign_in(expert, product, "expert")
    await enter_room(expert, product)
    context = await person(browser, base_url=product.url, viewport=PHONE, phone=True)
    await context.add_init_script(SMALL_CAMERAS)
    phone = await new_page(context)
    said = hear(phone)
    await sign_in(phone, product, "doctor2")
    await enter_room(phone, product)
    camera = "[data-testid=camera-toggle]"
    await phone.locator(camera).click()
    await until_moving(expert, CAMERA)
    offers = said.count("media.offer")

    hidden = await seen_after(expert, f"!({FACE_IS_THERE})", phone, camera)
    shown = await seen_after(expert, FACE_IS_THERE, phone, camera)
    await until_moving(expert, CAMERA, frames=5)
    await phone.set_viewport_size({"width": 844, "height": 390})
    await phone.get_by_test_id("more").click()
    await phone.get_by_test_id("camera-turn").click()

    await until_moving(expert, CAMERA, frames=5)
    await until_picture(phone, SCOPE_VIDEO)
    assert max(hidden, shown) < SWITCHED_WITHIN_MS
    assert said.count("media.offer") == offers
