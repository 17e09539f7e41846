"""A session is taught, ended and replayed: what was drawn lies on the very frame on which it was drawn."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.access import AXE, LANGUAGES, look, speak
from tests.support.browser import DESK, PHONE, person
from tests.support.people import READ_STRIP, new_page, sign_in, until_picture
from tests.support.product import Product, running_product
from tests.support.room import INK_AT, SCOPE, SCOPE_VIDEO, draw, enter_room, journal, spot_in, until_ink
from tests.support.sealed import plain_in, recording_in

pytestmark = pytest.mark.e2e

IN_CLEAR = (b"ftypiso6", b"\0\0\0\x10mfhd", b"marks.changed", b'"recording"', b"EXTM3U")
"""What is in every recording, and must not be seen on the disk (CR-01)."""
READY_WITHIN_S = 10.0
REPLAY = "[data-testid=replay-scope]"
REPLAY_VIDEO = f"{REPLAY} video"

# Notes for each frame that is presented what its strip says and which RTP time the page gives it.
NOTE_FRAMES = f"""
() => {{
  const read = {READ_STRIP};
  const tile = document.querySelector("{SCOPE}");
  const video = tile.querySelector("video");
  window.notedFrames = [];
  const note = () => {{
    window.notedFrames.push({{ stamp: read(video), rtp: tile.dataset.rtpTimestamp }});
    video.requestVideoFrameCallback(note);
  }};
  video.requestVideoFrameCallback(note);
}}
"""


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own, because its session is ended."""
    with running_product(tmp_path_factory.mktemp("lesson")) as product:
        yield product


async def counter_at(page: Page, rtp_timestamp: int) -> int:
    """The counter of the frame to which the page gave this RTP time."""
    noted: list[dict[str, Any]] = await page.evaluate("() => window.notedFrames")
    read = {
        int(each["rtp"]): int(each["stamp"]["counter"]) for each in noted if each["stamp"] and each["rtp"]
    }
    assert rtp_timestamp in read, "the strip of the very frame could not be read"
    return read[rtp_timestamp]


async def frame_of(page: Page) -> tuple[int, bool]:
    """The counter of the replayed frame that is shown, and whether the mark lies on it."""
    spot = await spot_in(page, REPLAY_VIDEO, 0.4, 0.4)
    found: dict[str, Any] = await page.evaluate(
        f"""([video, canvas, at]) => {{
          const read = {READ_STRIP}, ink = {INK_AT};
          return {{ stamp: read(document.querySelector(video)), ink: ink(document.querySelector(canvas), at) }};
        }}""",
        [REPLAY_VIDEO, f"{REPLAY} canvas", {"x": spot.x, "y": spot.y}],
    )
    assert found["stamp"] is not None
    return found["stamp"]["counter"], found["ink"]


async def step(page: Page, key: str) -> None:
    """One frame on or back, until the browser has presented it."""
    before = await page.locator(REPLAY).get_attribute("data-shown-ms")
    await page.keyboard.press(key)
    await page.wait_for_function(
        "([selector, before]) => document.querySelector(selector).dataset.shownMs !== before",
        arg=[REPLAY, before],
    )


async def until_complete(product: Product, recording: str) -> dict[str, Any]:
    folder = recording_in(product.data_dir, recording)
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        manifest: dict[str, Any] = json.loads(folder.read("manifest.json"))
        if manifest["state"] == "complete":
            return manifest
        await asyncio.sleep(0.05)
    pytest.fail(f"the recording was not complete {READY_WITHIN_S} s after the end")


async def test_what_was_drawn_lies_on_its_own_frame_in_the_replay(browser: Browser, lesson: Product) -> None:
    expert = await new_page(await person(browser, base_url=lesson.url))
    await sign_in(expert, lesson, "expert")
    await enter_room(expert, lesson)
    recording = lesson.ready["demo"]["recording"]
    await expert.evaluate(NOTE_FRAMES)
    await expert.wait_for_function(
        "() => window.notedFrames.filter((one) => one.stamp && one.rtp).length > 5"
    )
    await expert.get_by_test_id("tool-arrow").click()
    await draw(expert, SCOPE_VIDEO, [(0.3, 0.3), (0.5, 0.5)])
    await until_ink(expert, SCOPE, SCOPE_VIDEO, 0.4, 0.4)
    marks = [e for e in journal(lesson, recording) if e["name"] == "marks.changed"]
    anchor = marks[0]["data"]["changes"]["put"][0]["target"]
    drawn_on = await counter_at(expert, anchor["rtp_timestamp"])
    await expert.get_by_test_id("host-menu").click()
    await expert.get_by_test_id("room-end").click()
    await expert.get_by_test_id("room-end-confirm").click()
    await expect(expert.get_by_test_id("room-ended")).to_be_visible()
    manifest = await until_complete(lesson, recording)
    assert plain_in(lesson.data_dir / "recordings", IN_CLEAR) == []

    await expert.goto(f"{lesson.url}/app/replay/{recording}")
    await expert.get_by_test_id("replay-mark").first.click()
    await until_picture(expert, REPLAY_VIDEO)
    await until_ink(expert, REPLAY, REPLAY_VIDEO, 0.4, 0.4)

    counter, marked = await frame_of(expert)
    assert marked
    assert counter == drawn_on
    await step(expert, "Shift+ArrowLeft")
    assert await frame_of(expert) == (drawn_on - 1, False)
    await step(expert, "Shift+ArrowRight")
    assert await frame_of(expert) == (drawn_on, True)
    await step(expert, "Shift+ArrowRight")
    assert await frame_of(expert) == (drawn_on + 1, True)
    assert {track["source"] for track in manifest["tracks"]} >= {"scope", "hand", "voice"}

    await expert.get_by_test_id("replay-toggle").click()
    await expert.wait_for_function(
        f"(from) => {{ const seen = ({READ_STRIP})(document.querySelector('{REPLAY_VIDEO}')); return seen && seen.counter > from; }}",
        arg=drawn_on + 5,
    )


async def test_a_learner_replays_on_the_phone(browser: Browser, lesson: Product) -> None:
    recording = lesson.ready["demo"]["recording"]
    phone = await new_page(await person(browser, base_url=lesson.url, viewport=PHONE, phone=True))
    await sign_in(phone, lesson, "doctor")

    tracks = json.loads(recording_in(lesson.data_dir, recording).read("manifest.json"))["tracks"]
    begins_s = max(track["parts"][0]["start_ms"] for track in tracks if track["kind"] == "video") / 1000
    await phone.goto(f"{lesson.url}/app/replay/{recording}?t={begins_s + 1:.1f}")
    await until_picture(phone, REPLAY_VIDEO)
    await phone.get_by_test_id("replay-view-hand").click()

    await until_picture(phone, "[data-testid=replay-hand] video")
    assert await phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def findings_on(page: Page, address: str) -> list[str]:
    """What axe finds on the replay in both languages, on the desk and on a phone that lies or stands."""
    findings: list[str] = []
    for language in reversed(LANGUAGES):
        await speak(page, language)
        for name, size in (("desk", DESK), ("upright", PHONE), ("across", {"width": 740, "height": 390})):
            await page.set_viewport_size({"width": size["width"], "height": size["height"]})
            await page.goto(address)
            await until_picture(page, REPLAY_VIDEO)
            await look(page, f"replay {name} {language}", findings)
    await page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
    return findings


async def test_a_learner_comments_at_a_moment_and_shares_with_an_end(
    browser: Browser, lesson: Product
) -> None:
    recording = lesson.ready["demo"]["recording"]
    context = await person(browser, base_url=lesson.url)
    await context.add_init_script(path=AXE)
    desk = await new_page(context)
    await sign_in(desk, lesson, "expert")
    assert await findings_on(desk, f"{lesson.url}/app/replay/{recording}") == []
    await desk.goto(f"{lesson.url}/app/replay/{recording}")
    await until_picture(desk, REPLAY_VIDEO)

    await desk.get_by_test_id("replay-speed").click()
    await desk.get_by_role("option", name="2.0x").click()
    await desk.get_by_test_id("replay-toggle").click()
    await desk.wait_for_function(
        "(video) => { const one = document.querySelector(video); return !one.paused && one.playbackRate > 1.8; }",
        arg=REPLAY_VIDEO,
    )
    await desk.get_by_test_id("replay-toggle").click()
    await desk.get_by_test_id("replay-next-chapter").click()
    line = desk.get_by_label("说点什么").first
    await line.fill("这里的腺管开口是几型？")
    await line.press("Enter")
    asked = desk.get_by_role("article").filter(has_text="这里的腺管开口是几型？")
    await asked.get_by_role("button", name="看").click()
    await desk.get_by_role("button", name="赞").first.click()
    await expect(desk.get_by_role("button", name="赞 1")).to_be_visible()

    await desk.get_by_test_id("replay-share").click()
    await desk.get_by_test_id("share-make").click()
    link = await desk.get_by_test_id("share-dialog").locator("output").first.inner_text()
    assert "/s/" in link
    await expect(desk.get_by_test_id("share-row")).to_have_count(1)
