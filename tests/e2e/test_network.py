"""A viewer's network goes and comes back, or is another one: the same seat, exactly what was missed, the picture."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from playwright.async_api import Browser, Page

from tests.support.browser import person
from tests.support.caller import Caller, calling
from tests.support.fault_line import fault_line
from tests.support.lines import MAY_RESOLVE, MOBILE, WIFI, Device, device
from tests.support.people import new_page, sign_in
from tests.support.product import Product, running_product
from tests.support.room import SCOPE, enter_room
from tests.support.seat import joins, seats, until_live, until_said_once
from tests.support.watch import carried_by, frames_shown, hear, keep_peers, until_moving

pytestmark = [pytest.mark.e2e, pytest.mark.chromium_flags(MAY_RESOLVE)]

DOWN_S = 10.0
BACK_MS = 20_000
CONNECTED_S = 10.0
MOVED_S = 3.0
"""The checklist's both: measured 2.4 and 1.1 s, and 2.3 and 1.4 s with all cores busy."""
ON_ITS_WAY = 10
"""Frames in the page's buffer; ten seconds would be 250."""


@pytest.fixture(scope="module")
def away() -> Iterator[Device]:
    """The device of a viewer somewhere else."""
    with device() as made:
        yield made


@pytest.fixture(scope="module")
def product(away: Device, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product of its own, which listens where the device can reach it."""
    with running_product(tmp_path_factory.mktemp("far"), words=("--host", away.server)) as running:
        yield replace(running, address=running.ready["https"][0])


@pytest.fixture
def chromium_program(away: Device, tmp_path: Path) -> Path:
    return away.chromium(tmp_path)


async def test_F20_a_viewer_whose_net_lets_no_udp_through_has_the_picture_by_tcp(
    browser: Browser, product: Product, away: Device
) -> None:
    with away.without_udp():
        context = await person(browser, base_url=product.url)
        await keep_peers(context)
        viewer = await new_page(context)
        await sign_in(viewer, product, "doctor")
        began = time.monotonic()
        await enter_room(viewer, product)
        took_s = time.monotonic() - began
        print(
            fault_line("F20", "picture by TCP after", [took_s], holds=took_s <= CONNECTED_S, unit="s", lost=0)
        )
        await until_moving(viewer, SCOPE, frames=30)

        assert await carried_by(viewer) == ["tcp"]
        assert took_s <= CONNECTED_S


async def test_F19_a_viewer_is_back_after_ten_seconds_and_on_another_network(
    browser: Browser, product: Product, away: Device
) -> None:
    context = await person(browser, base_url=product.url)
    await keep_peers(context)
    viewer = await new_page(context)
    said = hear(viewer)
    await sign_in(viewer, product, "doctor2")
    await enter_room(viewer, product)
    assert await carried_by(viewer) == ["udp"]
    before = seats(product)
    async with calling(product, "doctor", url=product.ready["http"]) as colleague:
        told = ["断网之前"]
        await say(colleague, product, told[0])
        for why, goes, comes in (("无声", away.silence, away.speak), ("断线", away.cut, away.join)):
            told += [f"{why}之初", f"{why}之中", f"{why}之后"]
            goes(WIFI)
            await say(colleague, product, told[-3])
            await down_for_ten_seconds(viewer)
            await say(colleague, product, told[-2])
            comes(WIFI)
            await until_back(viewer)
            await say(colleague, product, told[-1])
            await until_said_once(viewer, product, told)

        told += ["换网之中", "换网之后"]
        away.cut(WIFI)
        await say(colleague, product, told[-2])
        away.join(MOBILE)
        began = time.monotonic()
        await until_back(viewer)
        took_s = time.monotonic() - began
        figure = "on another network after"
        print(fault_line("F19", figure, [took_s], holds=took_s <= MOVED_S, unit="s", lost=0))
        await say(colleague, product, told[-1])
        await until_said_once(viewer, product, told)

    assert took_s <= MOVED_S
    assert (await carried_by(viewer))[-1] == "udp"
    assert seats(product) == before
    first, *again = joins(said)
    assert first is None
    assert len(again) >= 3
    assert all(again)


async def say(colleague: Caller, product: Product, words: str) -> None:
    await colleague.told("POST", f"/sessions/{product.ready['demo']['session']}/comments", {"body": words})


async def down_for_ten_seconds(viewer: Page) -> None:
    """The page notices by itself; meanwhile no picture comes but what was on its way."""
    began = time.monotonic()
    await viewer.locator("[data-testid=room]:not([data-line=live])").wait_for(timeout=DOWN_S * 1000)
    stood = await frames_shown(viewer, SCOPE)
    await anyio.sleep(began + DOWN_S - time.monotonic())
    assert await frames_shown(viewer, SCOPE) - stood < ON_ITS_WAY


async def until_back(viewer: Page) -> None:
    """Line and picture are there again, by themselves."""
    began = time.monotonic()
    await until_live(viewer, timeout_ms=BACK_MS)
    await until_moving(viewer, SCOPE, frames=10, timeout_ms=BACK_MS)
    print(f"back after {time.monotonic() - began:.1f} s")
