"""Files as people send them: a cut and a reload cost nothing, a voice is heard, each has a history and an end."""

import os
import re
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import PHONE, person
from tests.support.people import new_page, sign_in
from tests.support.product import Product

pytestmark = pytest.mark.e2e

TITLE = "口述和录音，请听"
SECONDS = 150
BYTES_A_S = 192_000
SLOW_BYTES_A_S = 8 * 1024 * 1024
"""A third of the file is there in a second, so that there is a middle to cut in."""
LIMIT_MS = 60_000
IN_THE_MIDDLE = re.compile(r"已上传 ([3-9]\d)%")

Line = Callable[[bool], Awaitable[None]]


def noise(path: Path) -> Path:
    """A sound of 29 MB."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(os.urandom(SECONDS * BYTES_A_S))
    return path


async def slow_line(page: Page) -> Line:
    """What has the page's line away (False) or slow (True)."""
    link = await page.context.new_cdp_session(page)

    async def line(there: bool) -> None:
        given = {"offline": not there, "latency": 0, "downloadThroughput": -1}
        await link.send(
            "Network.emulateNetworkConditions", {**given, "uploadThroughput": SLOW_BYTES_A_S if there else 0}
        )

    await line(True)
    return line


async def send_over_a_cut_and_a_reload(page: Page, sound: Path) -> None:
    """Leaves the ask screen with the whole file."""
    offsets: list[int] = []
    page.on(
        "request",
        lambda asked: (
            offsets.append(int(asked.headers["upload-offset"])) if asked.method == "PATCH" else None
        ),
    )
    page.on("dialog", lambda dialog: dialog.accept())
    line = await slow_line(page)
    await page.goto("/app/qa/new")
    form, row = page.get_by_test_id("ask-form"), page.get_by_test_id("upload-row")
    await form.get_by_label("问题").fill(TITLE)
    await form.get_by_test_id("upload-file").set_input_files(sound)
    await expect(row.get_by_role("status")).to_have_text(IN_THE_MIDDLE, timeout=LIMIT_MS)

    await line(False)
    await expect(row).to_have_attribute("data-state", "waiting", timeout=LIMIT_MS)
    cut = len(offsets)
    await line(True)
    await expect(row).to_have_attribute("data-state", "sending", timeout=LIMIT_MS)
    assert offsets[-1] > 0, "it began anew after the cut"
    assert len(offsets) > cut
    await page.reload()

    await expect(page.get_by_test_id("upload-unfinished")).to_contain_text(sound.name)
    del offsets[:]
    await form.get_by_test_id("upload-file").set_input_files(sound)
    await expect(page.get_by_test_id("upload-stored")).to_contain_text(sound.name, timeout=LIMIT_MS)
    assert offsets[0] > 0, "it began anew after the reload"
    assert await form.get_by_label("问题").input_value() == TITLE


async def speak(page: Page) -> None:
    """A voice of a second or two, taken by the fake microphone."""
    await page.get_by_test_id("upload-voice").click()
    await page.get_by_role("button", name="开始录音").click()
    await expect(page.get_by_text(re.compile(r"正在录音 00:0[1-9]"))).to_be_visible()
    await page.get_by_role("button", name="停止").click()
    await expect(page.get_by_test_id("voice-preview")).to_be_visible()
    await page.get_by_role("button", name="使用这段录音").click()
    await expect(page.get_by_test_id("upload-stored")).to_have_count(2, timeout=LIMIT_MS)


async def until_heard(page: Page, number: int) -> None:
    """Plays a sound of the question until a part of it was heard."""
    sound = page.get_by_test_id("question").get_by_test_id("sound").nth(number)
    await sound.get_by_role("button").click()
    await expect(sound).to_have_attribute("data-at", re.compile(r"^[1-9]\d{2,}$"), timeout=LIMIT_MS)


async def test_T8_a_file_over_a_cut_and_a_spoken_word_reach_another_person(
    browser: Browser, product: Product, tmp_path: Path
) -> None:
    phone = await new_page(await person(browser, base_url=product.url, viewport=PHONE, phone=True))
    desk = await new_page(await person(browser, base_url=product.url))
    await sign_in(phone, product, "doctor")
    await sign_in(desk, product, "expert")

    await send_over_a_cut_and_a_reload(phone, noise(tmp_path / "手术室录音.wav"))
    await speak(phone)
    await phone.locator("button.send").click()
    await phone.wait_for_url(re.compile(r"/app/qa/[0-9a-f-]{36}$"))
    await desk.goto(phone.url)
    await until_heard(desk, 0)
    await until_heard(desk, 1)

    await phone.get_by_test_id("file-more").first.click()
    dialog = phone.get_by_test_id("file-dialog")
    await expect(dialog.get_by_test_id("file-version")).to_have_count(1)
    await dialog.get_by_text("门诊病历", exact=True).click()
    await expect(dialog.get_by_test_id("file-kept")).to_contain_text("15 年")
    await phone.get_by_test_id("file-delete").click()
    await dialog.get_by_text("不是该患者的资料").click()
    await phone.get_by_test_id("file-delete-sure").click()
    await expect(phone.get_by_test_id("question").get_by_test_id("sound")).to_have_count(1)
    await desk.reload()
    await expect(desk.get_by_test_id("question").get_by_test_id("sound")).to_have_count(1)
    await desk.get_by_test_id("file-more").click()
    await expect(desk.get_by_test_id("file-kept")).to_contain_text("30 天")
    await expect(desk.get_by_test_id("file-delete")).to_have_count(0)
