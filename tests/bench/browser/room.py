"""What a person waits for, in real Chromium on one machine: joining, a mark of somebody else, the picture's age."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.bench.table import Table, percentile
from tests.support.browser import chromium, person
from tests.support.people import READ_STRIP, new_page, sign_in
from tests.support.product import Product, running_product
from tests.support.room import INK_AT, SCOPE, SCOPE_VIDEO, draw, enter_room, spot_in

JOINS = 8
LOOKING_S = 1.2
"""As short as somebody looks at the check who has nothing to choose there."""
OFFERS_S = 12.5
"""Five offers a minute are allowed."""
STROKES = 15
AGES = 150

FIRST_FRAME = f"""
() => new Promise((resolve) => {{
  const started = performance.now();
  document.querySelector("[data-testid=enter-room]").click();
  const look = () => {{
    const video = document.querySelector("{SCOPE_VIDEO}");
    if (video) video.requestVideoFrameCallback(() => resolve(performance.now() - started));
    else requestAnimationFrame(look);
  }};
  look();
}})
"""

WATCH_INK = f"""
(at) => {{
  const ink = {INK_AT};
  const look = () => {{
    const sheet = document.querySelector("{SCOPE} canvas");
    if (ink(sheet, at)) window.inkSeenAt = Date.now();
    else requestAnimationFrame(look);
  }};
  window.inkSeenAt = null;
  look();
}}
"""

# When the pointer that draws first reaches the watched height of the window.
NOTE_PASSING = """
() => document.addEventListener("pointermove", (event) => {
  if (event.buttons && window.passedAt === null && event.clientY >= window.watchedY) window.passedAt = Date.now();
}, true)
"""

AGE_OF_FRAMES = f"""
(count) => new Promise((resolve) => {{
  const read = {READ_STRIP};
  const video = document.querySelector("{SCOPE_VIDEO}");
  const ages = [];
  const note = () => {{
    const stamp = read(video);
    const now = Date.now() % 4294967296;
    if (stamp) ages.push(now - stamp.clock);
    if (ages.length >= count) resolve(ages); else video.requestVideoFrameCallback(note);
  }};
  video.requestVideoFrameCallback(note);
}})
"""


async def joins(browser: Browser, product: Product) -> tuple[list[float], list[float]]:
    """ms from the tap on enter to the first decoded frame of the scope: tapped after a look, and at once."""
    page = await new_page(await person(browser, base_url=product.url))
    await sign_in(page, product, "doctor")
    looked: list[float] = []
    at_once: list[float] = []
    for number in range(2 * JOINS):
        await page.goto(product.url + product.ready["demo"]["path"])
        await page.evaluate("() => sessionStorage.clear()")
        await page.goto(product.url + product.ready["demo"]["path"])
        await page.get_by_test_id("enter-room").wait_for()
        pause_s = 0.0 if number % 2 else LOOKING_S
        await asyncio.sleep(pause_s)
        (at_once if number % 2 else looked).append(float(await page.evaluate(FIRST_FRAME)))
        await asyncio.sleep(OFFERS_S - pause_s)
    return looked, at_once


async def strokes(expert: Page, viewer: Page) -> list[float]:
    """ms from the expert's pointer passing a place of the picture until ink lies there at the viewer."""
    found = []
    await expert.get_by_test_id("tool-pen").click()
    await expert.evaluate(NOTE_PASSING)
    for index in range(STROKES):
        across = 0.25 + 0.04 * (index % 12)
        spot = await spot_in(viewer, SCOPE_VIDEO, across, 0.4)
        passed = await spot_in(expert, SCOPE_VIDEO, across, 0.4)
        await expert.evaluate("(y) => { window.watchedY = y; window.passedAt = null; }", passed.y)
        await viewer.evaluate(WATCH_INK, {"x": spot.x, "y": spot.y})
        await draw(expert, SCOPE_VIDEO, [(across, 0.3), (across, 0.5)])
        await viewer.wait_for_function("() => window.inkSeenAt !== null")
        seen_ms: float = await viewer.evaluate("() => window.inkSeenAt")
        passed_ms: float = await expert.evaluate("() => window.passedAt")
        found.append(seen_ms - passed_ms)
        await expert.get_by_test_id("tool-undo").click()
        await viewer.wait_for_function(
            f"(at) => {{ const ink = {INK_AT}; return !ink(document.querySelector('{SCOPE} canvas'), at); }}",
            arg={"x": spot.x, "y": spot.y},
        )
    return found


async def measure() -> list[Table]:
    with (
        tempfile.TemporaryDirectory(prefix="scopecast-bench-") as folder,
        running_product(Path(folder)) as product,
    ):
        async with chromium() as browser:
            looked, at_once = await joins(browser, product)
            expert = await new_page(await person(browser, base_url=product.url))
            await sign_in(expert, product, "expert")
            await enter_room(expert, product)
            viewer = await new_page(await person(browser, base_url=product.url))
            await sign_in(viewer, product, "doctor2")
            await enter_room(viewer, product)
            marks = await strokes(expert, viewer)
            ages = [float(age) for age in await viewer.evaluate(AGE_OF_FRAMES, AGES)]
    rows = [
        _row("tap on enter to first decoded frame, after 1.2 s at the check", looked, "500"),
        _row("the same, tapped as soon as the button is there", at_once, "-"),
        _row("pointer at a place to ink there at another viewer", marks, "150"),
        _row("age of the picture on the screen (glass to glass)", ages, "-"),
    ]
    headers = ("figure (ms)", "n", "p50", "p95", "worst", "p95 at most")
    return [Table("Chromium, demonstration session, one machine", headers, tuple(rows))]


def _row(name: str, values: list[float], limit: str) -> tuple[str, ...]:
    shown = [f"{percentile(values, share):.0f}" for share in (0.5, 0.95)]
    return (name, str(len(values)), *shown, f"{max(values):.0f}", limit)


def tables() -> list[Table]:
    return asyncio.run(measure())
