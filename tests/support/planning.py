"""A session as an expert plans and opens it, and the way into its room, through the screens."""

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Locator, Page, expect

from tests.support.product import Product
from tests.support.watch import PATIENCE_MS

# Three, since one of them is of no use here; 15 frames a second do.
PRETENDED_CAMERAS = "--use-fake-device-for-media-stream=fps=15,device-count=3"

# The machine's pretended cameras would give 1080p, which two cores cannot encode three times over.
SMALL_CAMERAS = """
const plain = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (asked) => plain(
  asked.video ? { ...asked, video: { ...asked.video, width: 640, height: 360, frameRate: 15 } } : asked);
"""


async def plan_session(page: Page, product: Product, title: str, *, seen_by: str = "本机构人员") -> str:
    """Fills the planner in and sends it; gives the session's id."""
    await page.goto(f"{product.url}/app/teaching/new")
    await page.get_by_label("标题").fill(title)
    await _choose(page, "术式", "ESD")
    await _choose(page, "部位", "胃")
    # Shanghai's wall clock; an hour ahead, since a plan may not lie in the past.
    starts = datetime.now(UTC) + timedelta(hours=9)
    await page.get_by_label("开始时间").fill(starts.strftime("%Y-%m-%d %H:%M"))
    await page.get_by_label("开始时间").press("Enter")
    await page.get_by_label("病例摘要").fill("胃窦前壁浅表隆起，约 18 毫米。")
    await page.get_by_text(seen_by, exact=True).click()
    await page.get_by_label("患者同意书编号").fill("TY-2026-0412")
    await page.get_by_role("button", name="创建场次").click()
    await page.wait_for_url(re.compile(r"/app/teaching/(?!new)[^/]+$"), timeout=PATIENCE_MS)
    return page.url.rsplit("/", 1)[1]


async def _choose(page: Page, label: str, option: str) -> None:
    await _pick(page, page.get_by_label(label), option)


async def _pick(page: Page, select: Locator, option: str) -> None:
    """Chooses from a list, and waits until the list is folded: there are others with the same words."""
    await select.click()
    shown = page.get_by_role("option").filter(visible=True)
    await shown.filter(has_text=re.compile(f"^\\s*{option}\\s*$")).click()
    await expect(shown).to_have_count(0)


async def open_room(page: Page) -> None:
    """From the session's page to the check before the room."""
    await page.get_by_role("button", name="开房间").click()
    await page.get_by_test_id("check").wait_for()


async def go_on_air(page: Page) -> None:
    """Takes scope, hand, own camera and voice at the check, and enters."""
    await page.get_by_test_id("scope-capture").click()
    await page.get_by_test_id("check").locator("video").first.wait_for()
    # The second of Chromium's pretended cameras measures depth: it has a preview, but nothing to send.
    await _pick(page, page.get_by_test_id("scope-device"), "fake_device_2")
    await _pick(page, page.get_by_test_id("hand-device"), "fake_device_0")
    await page.get_by_test_id("mic-try").click()
    await page.get_by_test_id("camera-on").click()
    await page.wait_for_function(
        "() => document.querySelectorAll('[data-testid=check] video').length === 3"
        " && [...document.querySelectorAll('[data-testid=check] video')].every((one) => one.videoWidth > 0)",
        timeout=PATIENCE_MS,
    )
    await page.get_by_test_id("enter-room").click()
    await page.get_by_test_id("room").wait_for()


async def come_in(page: Page, product: Product, session: str) -> None:
    """A viewer's way: the session's page, its button, the check, the room."""
    await page.goto(f"{product.url}/app/teaching/{session}")
    await page.get_by_role("button", name=re.compile("^进入(直播|房间)$")).click()
    await page.get_by_test_id("enter-room").click()
    await page.get_by_test_id("room").wait_for()
