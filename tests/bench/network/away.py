"""The demonstration outside and one viewer in real Chromium behind a bad line."""

import json
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.async_api import Page, WebSocket

from platform_api.kernel.rooms import Role
from tests.bench.table import Table
from tests.support.browser import chromium, person
from tests.support.cheap_people import (
    HAND,
    VOICE,
    Cast,
    CheapPerson,
    camera_file,
    cheap_people,
    demonstration_paused,
)
from tests.support.cheap_people import SCOPE as EXPERT_SCOPE
from tests.support.impair import Impaired, impaired_device
from tests.support.lines import MAY_RESOLVE
from tests.support.people import new_page, sign_in
from tests.support.product import Product, running_product
from tests.support.room import SCOPE, enter_room
from tests.support.watch import PATIENCE_MS, Said, hear, keep_peers, until_voices


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A viewer on a line that can be changed."""

    line: Impaired
    product: Product
    viewer: Page
    said: Said
    flow: list[dict[str, Any]]
    """Every `media.flow` it was told, as they come."""


@asynccontextmanager
async def viewer_away(*, seed: int = 1, role: str = "doctor2") -> AsyncIterator[Away]:
    """The viewer is in the room, over a perfect line, with picture and voice."""
    with (
        impaired_device(seed=seed) as line,
        tempfile.TemporaryDirectory(prefix="scopecast-bench-") as folder,
        running_product(Path(folder) / "data", words=("--host", line.server)) as running,
    ):
        product = replace(running, address=running.ready["https"][0])
        program = line.chromium(Path(folder))
        async with chromium(MAY_RESOLVE, program=program) as browser:
            context = await person(browser, base_url=product.url)
            await keep_peers(context)
            viewer = await new_page(context)
            said, flow = hear(viewer), hear_flow(viewer)
            await sign_in(viewer, product, role)
            await enter_room(viewer, product)
            await until_voices(viewer, 1)
            yield Away(line=line, product=product, viewer=viewer, said=said, flow=flow)


@asynccontextmanager
async def near_by(away: Away, cast: Sequence[Cast]) -> AsyncIterator[list[CheapPerson]]:
    """These send from a browser on this machine."""
    with tempfile.TemporaryDirectory(prefix="scopecast-seen-") as folder:
        async with (
            chromium(MAY_RESOLVE, camera_file(Path(folder))) as browser,
            cheap_people(browser, away.product, cast) as people,
        ):
            yield people


@asynccontextmanager
async def layered_expert(away: Away, *, beside: Sequence[Cast] = ()) -> AsyncIterator[list[CheapPerson]]:
    """In place of the demonstration's encoder, an expert whose browser sends the scope in three layers."""
    expert = Cast(name="expert", role=Role.HOST, plans=(EXPERT_SCOPE, HAND, VOICE))
    with demonstration_paused(away.product):
        async with near_by(away, [expert, *beside]) as people:
            await away.viewer.wait_for_function(
                f"() => [960, 480, 240].includes(document.querySelector('{SCOPE} video')?.videoWidth)",
                timeout=PATIENCE_MS,
            )
            yield people


def hear_flow(page: Page) -> list[dict[str, Any]]:
    """Every `media.flow` that the page is told, as it comes."""
    found: list[dict[str, Any]] = []

    def heard(frame: str | bytes) -> None:
        if isinstance(frame, str) and '"media.flow"' in frame:
            found.append(_data(frame))

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", heard)

    page.on("websocket", opened)
    return found


def _data(frame: str) -> dict[str, Any]:
    told_of: dict[str, Any] = json.loads(re.sub(r"^[^\[]*", "", frame))[1]["data"]
    return told_of


def plane() -> str:
    """Which packet plane the product was asked for."""
    return os.environ.get("SCOPECAST_MEDIA__PLANE", "auto")


def load() -> str:
    """How busy the machine is now (1 min)."""
    return f"{os.getloadavg()[0]:.1f}"


def told(message: str) -> None:
    """Progress, on the error output: tables alone go to the output."""
    print(message, file=sys.stderr, flush=True)


def titled(title: str, headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(f"{title}; plane {plane()}, load {load()} on {os.cpu_count()} cores", headers, tuple(rows))
