"""The live room through the real screens: an expert on the desk, a viewer on the desk, one on the phone."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in, stamp_of, until_picture
from tests.support.product import Product
from tests.support.room import (
    HAND_VIDEO,
    SCOPE,
    SCOPE_VIDEO,
    draw,
    draw_in,
    enter,
    enter_room,
    journal,
    spot_in,
    until_ink,
    until_inked,
    until_no_ink,
)
from tests.support.watch import hear, until, until_voices

pytestmark = pytest.mark.e2e

BOARD = "[data-testid=room-board]"
# Counts frames without a picture, and the longest wait for one, while a view is switched.
WATCH_SWITCH = """
([button, selector]) => new Promise((resolve) => {
  const started = performance.now();
  let empty = 0, frames = 0, shownAt = null;
  document.querySelector(button).click();
  const look = () => {
    const video = document.querySelector(selector);
    const box = video.getBoundingClientRect();
    const ready = video.readyState >= 2 && video.videoWidth > 0;
    frames += 1;
    if (!ready) empty += 1;
    if (ready && box.width > 500 && shownAt === null) shownAt = performance.now() - started;
    if (performance.now() - started > 700) resolve({ empty, frames, shownAt });
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})
"""


async def test_a_stroke_of_the_expert_lies_on_every_picture(browser: Browser, product: Product) -> None:
    expert = await enter(browser, product, "expert")
    viewer = await enter(browser, product, "doctor")
    phone = await enter(browser, product, "doctor2", viewport=PHONE)

    await expert.get_by_test_id("tool-arrow").click()
    await draw(expert, SCOPE_VIDEO, [(0.3, 0.3), (0.5, 0.5)])

    for page in (expert, viewer, phone):
        await until_ink(page, SCOPE, SCOPE_VIDEO, 0.4, 0.4)
    await expert.get_by_test_id("tool-undo").click()
    for page in (viewer, phone):
        await until_no_ink(page, SCOPE, SCOPE_VIDEO, 0.4, 0.4)
    await expert.get_by_test_id("tool-text").click()
    spot = await spot_in(expert, SCOPE_VIDEO, 0.4, 0.4)
    await expert.mouse.click(spot.x, spot.y)
    words = expert.get_by_test_id("text-entry").locator("input")
    await words.fill("边界在此处")
    await words.press("Enter")
    for page in (viewer, phone):
        await until_inked(page, SCOPE)
    kept = [e for e in journal(product, product.ready["demo"]["recording"]) if e["name"] == "marks.changed"]
    assert kept[-1]["data"]["changes"]["put"][0]["shape"]["text"] == "边界在此处"


async def test_who_is_at_the_check_is_seen_by_nobody_and_enters_on_the_line_that_waits(
    browser: Browser, product: Product
) -> None:
    expert = await new_page(await person(browser, base_url=product.url))
    room = hear(expert)
    await sign_in(expert, product, "expert")
    await enter_room(expert, product)
    page = await new_page(await person(browser, base_url=product.url))
    way_in = hear(page)
    await sign_in(page, product, "doctor")

    def comings() -> int:
        return sum("participant.upserted" in frame and "赵敏" in frame for frame in room.told)

    before = comings()
    await page.goto(product.ready["demo"]["path"])
    await until(lambda: any("ice_servers" in frame for frame in way_in.told), "relays")
    assert comings() == before
    await page.get_by_test_id("enter-room").click()
    await until_picture(page, SCOPE_VIDEO)
    await until(lambda: comings() == before + 1, "news of the seat")

    assert (way_in.sockets, way_in.count("room.join"), way_in.count("media.offer")) == (1, 1, 1)


async def test_a_late_viewer_has_marks_and_pages_at_once(browser: Browser, product: Product) -> None:
    expert = await enter(browser, product, "expert")
    await expert.get_by_test_id("view-board").click()
    await expert.get_by_test_id("board-add").click()
    await expect(expert.locator(BOARD)).to_be_visible()
    await expert.get_by_test_id("tool-pen").click()
    await draw_in(expert, BOARD, [(0.4, 0.5), (0.6, 0.5)])

    late = await enter(browser, product, "doctor")
    await late.get_by_test_id("view-board").click()

    await until_inked(late, BOARD)


async def test_switching_views_never_shows_an_empty_picture(browser: Browser, product: Product) -> None:
    viewer = await enter(browser, product, "doctor2")
    await until_picture(viewer, HAND_VIDEO)

    to_hand = await viewer.evaluate(WATCH_SWITCH, ["[data-testid=view-hand]", HAND_VIDEO])
    back = await viewer.evaluate(WATCH_SWITCH, ["[data-testid=view-scope]", SCOPE_VIDEO])

    for seen in (to_hand, back):
        assert seen["empty"] == 0
        assert seen["shownAt"] is not None
        assert seen["shownAt"] < 300
    assert await stamp_of(viewer, SCOPE_VIDEO) is not None


async def test_a_viewer_comments_raises_a_hand_and_is_let_speak(browser: Browser, product: Product) -> None:
    expert = await enter(browser, product, "expert")
    viewer = await enter(browser, product, "doctor")

    line = viewer.get_by_label("说点什么").first
    await line.fill("边界怎么判断？")
    await line.press("Enter")
    await expect(expert.get_by_text("边界怎么判断？").first).to_be_visible()

    await viewer.get_by_test_id("hand-toggle").click()
    await expert.get_by_test_id("hand-ask").click()
    await viewer.get_by_test_id("speak-accept").click()
    await expect(viewer.get_by_test_id("mic-toggle")).to_have_attribute("aria-pressed", "true")
    await expect(expert.get_by_test_id("hands-queue")).to_contain_text("赵敏", timeout=30_000)
    await until_voices(expert, 2)
    recording = product.ready["demo"]["recording"]
    await until(lambda: "赵敏" in speakers(product, recording), "the voice is in the journal")


def speakers(product: Product, recording: str) -> set[str]:
    """Names of those whose voice went on air, as the journal has it."""
    events = journal(product, recording)
    people = [e["data"]["participant"] for e in events if e["name"] == "participant.upserted"]
    names = {one["id"]: one["name"] for one in people}
    voices = [e["data"]["publication"] for e in events if e["name"] == "publication.upserted"]
    return {names[one["participant"]] for one in voices if one["source"] == "voice" and one["on"]}


async def test_a_page_reload_takes_the_same_seat(browser: Browser, product: Product) -> None:
    viewer = await enter(browser, product, "doctor2")
    recording = product.ready["demo"]["recording"]

    def seats() -> set[str]:
        joined = [e for e in journal(product, recording) if e["name"] == "participant.upserted"]
        return {e["data"]["participant"]["id"] for e in joined}

    before = seats()
    heading = viewer.get_by_role("heading", level=1)
    title = await heading.inner_text()
    await viewer.reload()
    await until_picture(viewer, SCOPE_VIDEO)
    await expect(heading).to_have_text(title)

    assert seats() == before
