"""What people do beside watching: reply, like, keep a picture, draw on a frozen one and on the whiteboard."""

from pathlib import Path

import av
import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import PHONE
from tests.support.product import Product
from tests.support.room import SCOPE_VIDEO, draw_in, enter, journal, until_inked
from tests.support.watch import until

pytestmark = pytest.mark.e2e

STILL = "[data-testid=room-still]"
BOARD = "[data-testid=room-board]"


async def say(page: Page, words: str) -> None:
    line = page.get_by_label("说点什么").first
    await line.fill(words)
    await line.press("Enter")


async def test_comments_are_answered_and_liked_and_a_picture_is_kept(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    expert = await enter(browser, product, "expert")
    phone = await enter(browser, product, "doctor", viewport=PHONE)

    await say(phone, "病变边界在哪里？")
    asked = expert.get_by_role("article").filter(has_text="病变边界在哪里？")
    await asked.get_by_role("button", name="回复").click()
    await say(expert, "看染色后的分界线。")
    answer = phone.get_by_role("article").filter(has_text="看染色后的分界线。")
    await answer.get_by_role("button", name="赞").click()

    liked = expert.get_by_role("article").filter(has_text="看染色后的分界线。")
    await expect(liked.get_by_role("button", name="赞")).to_have_text("赞1")
    await expert.get_by_role("button", name="赞").first.click()
    await phone.get_by_test_id("more").click()
    async with phone.expect_download() as kept:
        await phone.get_by_test_id("snapshot").click()
    picture = tmp_path / "kept.png"
    await (await kept.value).save_as(picture)
    shown = await phone.locator(SCOPE_VIDEO).evaluate("(video) => [video.videoWidth, video.videoHeight]")
    with av.open(str(picture), "r") as opened:
        stream = opened.streams.video[0]
        assert [stream.width, stream.height] == shown
    assert (await kept.value).suggested_filename.endswith(".png")


def marked(product: Product, recording: str) -> set[str]:
    """What marks were put on, as the journal has it; a stroke that is still being drawn is not in it."""
    changes = [e["data"]["changes"] for e in journal(product, recording) if e["name"] == "marks.changed"]
    return {mark["target"]["kind"] for change in changes for mark in change["put"]}


async def test_a_frozen_picture_and_the_whiteboard_are_drawn_on(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    expert = await enter(browser, product, "expert")
    viewer = await enter(browser, product, "doctor2")
    recording = product.ready["demo"]["recording"]

    await expert.get_by_test_id("still-freeze").click()
    await expert.locator(f"{STILL}[data-role=large] img").wait_for()
    assert await expert.locator("[data-testid=room-stage-scope]").get_attribute("data-role") == "large"
    await viewer.get_by_test_id("pick-still").click()
    await viewer.locator(f"{STILL}[data-role=large] img").wait_for()
    await expert.get_by_test_id("tool-ellipse").click()
    await draw_in(expert, STILL, [(0.3, 0.3), (0.6, 0.6)])
    await until_inked(viewer, STILL)
    await until(lambda: "still" in marked(product, recording), "the stroke is a mark on the still")

    picture = tmp_path / "background.png"
    await expert.locator(SCOPE_VIDEO).screenshot(path=picture)
    await expert.get_by_test_id("view-board").click()
    await expert.get_by_test_id("board-file").set_input_files(picture)
    await expect(expert.get_by_test_id("board-page")).to_contain_text("/")
    await expert.get_by_test_id("tool-pen").click()
    await draw_in(expert, BOARD, [(0.2, 0.2), (0.7, 0.7)])
    await viewer.get_by_test_id("view-board").click()
    await until_inked(viewer, BOARD)
    await viewer.wait_for_function(
        "(board) => [...document.querySelectorAll(`${board} img`)].some((one) => one.naturalWidth > 0)",
        arg=BOARD,
    )
    await until(
        lambda: any(
            "add_page" in str(e) or e["name"] == "marks.changed" for e in journal(product, recording)
        ),
        "the board is in the journal",
    )
