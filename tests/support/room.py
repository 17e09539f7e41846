"""The room as somebody in front of the screen works it."""

from dataclasses import asdict, dataclass
from typing import Any

from playwright.async_api import Browser, Page

from recording.journal import read_journal
from tests.support.browser import DESK, person
from tests.support.people import new_page, sign_in, until_picture
from tests.support.product import Product
from tests.support.sealed import recording_in
from tests.support.watch import keep_peers

SCOPE = "[data-testid=room-stage-scope]"
HAND = "[data-testid=room-stage-hand]"
SCOPE_VIDEO = f"{SCOPE} video"
HAND_VIDEO = f"{HAND} video"


async def enter(browser: Browser, product: Product, role: str, *, viewport: dict[str, int] = DESK) -> Page:
    """A person of the demonstration, at a device of this size, from the sign-in to the scope's picture."""
    phone = viewport is not DESK
    context = await person(browser, base_url=product.url, viewport=viewport, phone=phone)
    await keep_peers(context)
    page = await new_page(context)
    await sign_in(page, product, role)
    await enter_room(page, product)
    return page


async def enter_room(page: Page, product: Product) -> None:
    """Opens the demonstration's room, passes the check page, and waits for the scope's picture."""
    await page.goto(product.url + product.ready["demo"]["path"])
    await page.get_by_test_id("enter-room").click()
    await page.get_by_test_id("room").wait_for()
    await until_picture(page, SCOPE_VIDEO)
    await page.wait_for_function(
        "(tile) => Number(document.querySelector(tile).dataset.captureMs) > 0", arg=SCOPE
    )


def journal(product: Product, recording: str) -> list[dict[str, Any]]:
    """All events of the recording's room, in order, as they lie on the disk."""
    entries = read_journal(recording_in(product.data_dir, recording))
    return [asdict(entry) for entry in entries]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the window, CSS px."""

    x: float
    y: float


async def spot_in(page: Page, selector: str, across: float, down: float) -> Spot:
    """The place in the window of a place (0..1) in the picture that this video shows, letterbox left out."""
    found = await page.locator(selector).evaluate(
        """(video, at) => {
          const box = video.getBoundingClientRect();
          const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
          const width = video.videoWidth * scale, height = video.videoHeight * scale;
          return { x: box.left + (box.width - width) / 2 + at[0] * width,
                   y: box.top + (box.height - height) / 2 + at[1] * height };
        }""",
        [across, down],
    )
    return Spot(found["x"], found["y"])


async def draw(page: Page, selector: str, path: list[tuple[float, float]]) -> None:
    """Draws with the mouse through these places of the picture."""
    first, *rest = [await spot_in(page, selector, *place) for place in path]
    await page.mouse.move(first.x, first.y)
    await page.mouse.down()
    for spot in rest:
        await page.mouse.move(spot.x, spot.y, steps=4)
    await page.mouse.up()


INK_AT = """
(sheet, at) => {
  const context = sheet.getContext("2d");
  const box = sheet.getBoundingClientRect();
  const scale = sheet.width / box.width;
  const x = Math.round((at.x - box.left) * scale), y = Math.round((at.y - box.top) * scale);
  const pixels = context.getImageData(x - 6, y - 6, 13, 13).data;
  for (let index = 3; index < pixels.length; index += 4) if (pixels[index] > 128) return true;
  return false;
}
"""


async def until_ink(page: Page, tile: str, video: str, across: float, down: float) -> None:
    """Waits until a mark lies at this place of the picture."""
    spot = await spot_in(page, video, across, down)
    await page.wait_for_function(
        f"([selector, at]) => {{ const ink = {INK_AT}; return ink(document.querySelector(selector), at); }}",
        arg=[f"{tile} canvas", {"x": spot.x, "y": spot.y}],
    )


async def until_no_ink(page: Page, tile: str, video: str, across: float, down: float) -> None:
    """Waits until nothing lies at this place of the picture."""
    spot = await spot_in(page, video, across, down)
    await page.wait_for_function(
        f"([selector, at]) => {{ const ink = {INK_AT}; return !ink(document.querySelector(selector), at); }}",
        arg=[f"{tile} canvas", {"x": spot.x, "y": spot.y}],
    )


async def draw_in(page: Page, selector: str, path: list[tuple[float, float]]) -> None:
    """Draws with the mouse through these places (0..1) of an element."""
    box = await page.locator(selector).bounding_box()
    assert box is not None
    first, *rest = [
        (box["x"] + box["width"] * across, box["y"] + box["height"] * down) for across, down in path
    ]
    await page.mouse.move(*first)
    await page.mouse.down()
    for place in rest:
        await page.mouse.move(*place, steps=8)
    await page.mouse.up()


async def until_inked(page: Page, selector: str) -> None:
    """Waits until marks lie anywhere on the sheet of this picture."""
    await page.wait_for_function(
        """(selector) => {
          const sheet = document.querySelector(`${selector} canvas`);
          if (!sheet || sheet.width === 0) return false;
          const pixels = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height).data;
          let inked = 0;
          for (let index = 3; index < pixels.length; index += 4) if (pixels[index] > 128) inked += 1;
          return inked > 50;
        }""",
        arg=selector,
    )
