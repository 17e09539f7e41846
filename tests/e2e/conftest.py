"""One product for the tests that only use it, and people at their devices."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import chromium
from tests.support.product import MOST_IN_A_ROOM, Product, running_product
from tests.support.watch import PATIENCE_MS

CALL_FAILED = pytest.StashKey[bool]()
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """`scopecast up --demo` on ports of its own."""
    settings = {
        "SCOPECAST_SIGNALING__MAX_PARTICIPANTS": str(MOST_IN_A_ROOM),
        "SCOPECAST_EXPORTS__APPROVAL_ROWS": "3",
        "SCOPECAST_JOBS__MAX_ATTEMPTS": "2",
        "SCOPECAST_JOBS__RETRY_DELAY_S": "0.1",
    }
    with running_product(tmp_path_factory.mktemp("product"), environment=settings) as running:
        yield running


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keeps how the call ended where fixtures can see it."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[CALL_FAILED] = report.failed


@asynccontextmanager
async def seen_if_failed(browser: Browser, node: pytest.Item, folder: Path) -> AsyncIterator[None]:
    """After a failure, what each page showed: its words in the report, its picture in the folder."""
    yield
    if not node.stash.get(CALL_FAILED, False):
        return
    pages = [page for context in browser.contexts for page in context.pages]
    for number, page in enumerate(pages):
        picture = folder / f"page-{number}.png"
        await page.screenshot(path=picture)
        words = await page.locator("body").inner_text()
        print(f"--- {page.url} ({picture})\n{words[:2000]}")


@pytest.fixture
def chromium_program() -> Path | None:
    """Tests on another device override this."""
    return None


@pytest.fixture
async def browser(
    request: pytest.FixtureRequest, tmp_path: Path, chromium_program: Path | None
) -> AsyncIterator[Browser]:
    """A fresh browser; tests mark `chromium_flags` for more flags."""
    marker = request.node.get_closest_marker("chromium_flags")
    async with (
        chromium(*(marker.args if marker else ()), program=chromium_program) as started,
        seen_if_failed(started, request.node, tmp_path),
    ):
        yield started
