"""Debian's Chromium, driven by Playwright, with a fake camera and no way to the outside."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright

FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=30,device-count=2",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--no-first-run",
    "--no-pings",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--metrics-recording-only",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PHONE_ACROSS = {"width": 844, "height": 390}


def chromium_path() -> str:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("Chromium is missing: deploy/scripts/system-packages test installs it")
    return path


@asynccontextmanager
async def chromium(*extra_flags: str, program: Path | None = None) -> AsyncIterator[Browser]:
    """A fresh headless browser process; `program` if it is not to be started as usual."""
    playwright: Playwright
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program or chromium_path(), headless=True, args=[*FLAGS, *extra_flags]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def person(
    browser: Browser,
    *,
    base_url: str,
    viewport: dict[str, int] = DESK,
    locale: str = "zh-CN",
    phone: bool = False,
    agent: str | None = None,
) -> BrowserContext:
    """A new person at a device of their own: nothing shared with others but the machine."""
    return await browser.new_context(
        base_url=base_url,
        viewport={"width": viewport["width"], "height": viewport["height"]},
        locale=locale,
        timezone_id="Asia/Shanghai",
        permissions=["camera", "microphone"],
        has_touch=phone,
        is_mobile=phone,
        user_agent=agent,
        device_scale_factor=2 if phone else 1,
        ignore_https_errors=True,
    )
