"""People who use the product through its screens: signing in, entering rooms, reading pictures."""

import asyncio
import time
from typing import Any

import pyotp
from playwright.async_api import BrowserContext, Page

from deploy.launch.demo.strip import Stamp
from tests.support.logins import let_in
from tests.support.product import Account, Product
from tests.support.watch import PATIENCE_MS

STEP_S = 30
_used_steps: dict[str, int] = {}


async def fresh_code(account: Account) -> str:
    """A one-time code that was not used before, waiting for it as a person would.

    A step is taken once, and one to either side is accepted: none before the present one is used, since a busy
    machine may hand it in late.
    """
    step = max(int(time.time()) // STEP_S, _used_steps.get(account.totp_secret, 0) + 1)
    _used_steps[account.totp_secret] = step
    await asyncio.sleep(max(0.0, (step - 1) * STEP_S - time.time()))
    return pyotp.TOTP(account.totp_secret).at(step * STEP_S)


async def sign_in(page: Page, product: Product, role: str) -> None:
    """At the home page, as after the sign-in screen: for tests of what comes after it."""
    await let_in(page.context, product, role)
    await page.goto(f"{product.url}/app")
    await page.wait_for_url("**/app**")


async def sign_in_by_hand(page: Page, product: Product, role: str) -> None:
    """Through the sign-in screen, with password and one-time code."""
    account = product.account(role)
    await page.goto(f"{product.url}/sign-in")
    await page.locator("input[name=username]").fill(account.username)
    await page.locator("input[name=password]").fill(account.password)
    await page.locator("button[type=submit]").click()
    await page.locator("input[name=totp]").fill(await fresh_code(account))
    await page.locator("button[type=submit]").click()
    await page.wait_for_url("**/app**")


# Reads the strip of the frame that a <video> shows; the same rules as deploy/launch/demo/strip.py.
READ_STRIP = """
(video) => {
  const CELLS = 66;
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  const width = (canvas.width = video.videoWidth);
  const height = video.videoHeight;
  canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const strip = Math.max(8, Math.round(height / 36 / 2) * 2);
  context.drawImage(video, 0, Math.floor(strip / 2) - height);
  const row = context.getImageData(0, 0, width, 1).data;
  const value = (cell) => row[Math.floor(((cell + 0.5) * width) / CELLS) * 4];
  const white = value(0), black = value(1);
  if (white - black < 64) return null;
  const bytes = new Uint8Array(8);
  for (let bit = 0; bit < 64; bit += 1)
    if (value(bit + 2) > (white + black) / 2) bytes[bit >> 3] |= 128 >> (bit & 7);
  const sum = bytes.slice(0, 7).reduce((a, b) => a + b, 0) & 255;
  if (sum !== bytes[7]) return null;
  const clock = ((bytes[3] << 24) | (bytes[4] << 16) | (bytes[5] << 8) | bytes[6]) >>> 0;
  return { counter: (bytes[0] << 16) | (bytes[1] << 8) | bytes[2], clock };
}
"""


async def stamp_of(page: Page, selector: str) -> Stamp | None:
    """The stamp of the frame that this video shows now, if it can be read."""
    found: dict[str, Any] | None = await page.locator(selector).evaluate(READ_STRIP)
    return None if found is None else Stamp(found["counter"], found["clock"])


async def until_picture(page: Page, selector: str, *, timeout_ms: float = 20_000) -> None:
    """Waits until this video shows a frame with a readable strip."""
    await page.wait_for_function(
        f"(selector) => {{ const read = {READ_STRIP}; return read(document.querySelector(selector)); }}",
        arg=selector,
        timeout=timeout_ms,
    )


async def new_page(context: BrowserContext) -> Page:
    """A page whose errors fail the test that owns it: they are kept on `page_errors`."""
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    return page
