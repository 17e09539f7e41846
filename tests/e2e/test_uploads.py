"""Files on their way in a real browser: a cut, a reload, and a voice."""

import struct
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, expect

from tests.support import media_files
from tests.support.browser import person
from tests.support.people import new_page, sign_in
from tests.support.product import Product

pytestmark = pytest.mark.e2e

MEGABYTE = 1024 * 1024
SIZE = 40 * MEGABYTE


def large_video(folder: Path) -> Path:
    """A real video with a box behind it that players pass over: nothing in it repeats."""
    video = media_files.video(frames=45)
    free = SIZE - len(video)
    path = folder / "胃角 ESD.mp4"
    with path.open("wb") as target:
        target.write(video + struct.pack(">I", free) + b"free" + bytes(free - 8))
    return path


async def line(page: Page, *, offline: bool = False, mb_s: float = 0) -> None:
    """What the browser's line gives from now on; 0 is no limit."""
    tools = await page.context.new_cdp_session(page)
    await tools.send("Network.enable")
    rate = int(mb_s * MEGABYTE) if mb_s else -1
    limits = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
    await tools.send("Network.emulateNetworkConditions", limits)


def offsets_of(page: Page) -> list[int]:
    """Where each PATCH of this page begins, as they are sent."""
    found: list[int] = []

    def see(request: Request) -> None:
        if request.method == "PATCH" and "/uploads/" in request.url:
            found.append(int(request.headers["upload-offset"]))

    page.on("request", see)
    return found


async def moving(page: Page) -> Any:
    """Until something of the file has arrived on the server."""
    row = page.get_by_test_id("upload-row")
    await expect(row).to_contain_text("已上传")
    await page.wait_for_function(
        "document.querySelector('[data-testid=upload-row] progress')?.value > 12000000"
    )
    return row


@pytest.mark.timeout(180)
async def test_E52_an_upload_survives_a_lost_line_and_a_reload(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    video = large_video(tmp_path)
    page = await new_page(await person(browser, base_url=product.url))
    await sign_in(page, product, "expert")
    await page.goto("/app/qa/new")
    offsets = offsets_of(page)

    await line(page, mb_s=8)
    await page.get_by_test_id("upload-file").set_input_files(video)
    row = await moving(page)
    await line(page, offline=True)
    await expect(row).to_contain_text("网络断开")
    await line(page, mb_s=8)
    await expect(row).to_have_attribute("data-state", "sending")
    await page.reload()

    unfinished = page.get_by_test_id("upload-unfinished")
    await expect(unfinished).to_contain_text("胃角 ESD.mp4")
    offsets.clear()
    await line(page)
    await page.get_by_test_id("upload-file").set_input_files(video)
    await expect(page.get_by_test_id("upload-stored")).to_contain_text("胃角 ESD.mp4", timeout=60_000)
    assert offsets[0] >= 8 * MEGABYTE, "it did not begin anew"

    await page.locator("input[maxlength='120']").fill("这个切缘够吗？")
    await page.get_by_role("button", name="提问").last.click()
    await page.get_by_test_id("question").wait_for()
    await page.get_by_test_id("video").get_by_role("button").click()
    await page.wait_for_function(
        "() => document.querySelector('[data-testid=video] video')?.currentTime > 0.5"
    )


async def test_E19_a_voice_is_recorded_sent_and_played(browser: Browser, product: Product) -> None:
    page = await new_page(await person(browser, base_url=product.url))
    await sign_in(page, product, "doctor")
    await page.goto("/app/qa/new")
    await page.locator("input[maxlength='120']").fill("请听我的描述")
    await page.get_by_role("button", name="提问").last.click()
    await page.get_by_test_id("question").wait_for()

    await page.get_by_test_id("upload-voice").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="开始录音").click()
    await dialog.get_by_text("0:02").wait_for()
    await dialog.get_by_role("button", name="停止").click()
    await dialog.get_by_test_id("voice-preview").wait_for()
    await dialog.get_by_role("button", name="使用这段录音").click()
    await expect(page.get_by_test_id("upload-stored")).to_contain_text("录音")
    await page.get_by_role("button", name="发送").click()

    sound = page.get_by_test_id("sound")
    await sound.get_by_role("button").click()
    await page.wait_for_function(
        "() => Number(document.querySelector('[data-testid=sound]')?.dataset.at) > 300"
    )
