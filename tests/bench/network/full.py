"""From the tap on enter to the first frame and to full resolution, with layers. `python -m tests.bench full`.

The scope comes from a browser in three layers (540p, 270p, 135p); the viewer is Chromium on a perfect line between two networks
of one machine, new each time. Recorded rooms want every layer, so all are sent before anybody comes.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Page

from platform_api.kernel.rooms import Role
from tests.bench.network.away import Away, load, titled, told, viewer_away
from tests.bench.table import Table, percentile
from tests.support.browser import chromium
from tests.support.cheap_people import (
    HAND,
    SCOPE,
    VOICE,
    Cast,
    camera_file,
    cheap_people,
    demonstration_paused,
)
from tests.support.lines import MAY_RESOLVE
from tests.support.room import SCOPE_VIDEO
from tests.support.watch import PATIENCE_MS

JOINS: Final = 8
PAUSE_S: Final = 12.5  # five offers a minute are allowed
_ENTER: Final = f"""
(full) => new Promise((resolve) => {{
  const began = performance.now();
  let first = null;
  document.querySelector("[data-testid=enter-room]").click();
  const note = (video) => (now, facts) => {{
    first ??= {{ ms: performance.now() - began, width: facts.width }};
    if (facts.width >= full) resolve([first.ms, performance.now() - began, first.width]);
    else if (performance.now() - began > 15_000) resolve([first.ms, null, first.width]);
    else video.requestVideoFrameCallback(note(video));
  }};
  const look = () => {{
    const video = document.querySelector("{SCOPE_VIDEO}");
    if (video) video.requestVideoFrameCallback(note(video));
    else requestAnimationFrame(look);
  }};
  look();
}})
"""


async def enter(page: Page, away: Away) -> list[float | None]:
    """ms to the first frame, ms to full resolution (None: not in 15 s), width of the first."""
    room = away.product.url + away.product.ready["demo"]["path"]
    await page.goto(room)
    await page.evaluate("() => sessionStorage.clear()")
    await page.goto(room)
    await page.get_by_test_id("enter-room").wait_for()
    found: list[float | None] = await page.evaluate(_ENTER, SCOPE.width)
    told(f"{found} at load {load()}")
    return found


async def run() -> list[Table]:
    expert = Cast(name="expert", role=Role.HOST, plans=(SCOPE, HAND, VOICE))
    found = []
    with tempfile.TemporaryDirectory(prefix="scopecast-seen-") as folder:
        async with viewer_away() as away, chromium(MAY_RESOLVE, camera_file(Path(folder))) as near:
            with demonstration_paused(away.product):
                async with cheap_people(near, away.product, [expert]):
                    await away.viewer.wait_for_function(
                        f"() => [960, 480, 240].includes(document.querySelector('{SCOPE_VIDEO}')?.videoWidth)",
                        timeout=PATIENCE_MS,
                    )
                    for _ in range(JOINS):
                        await asyncio.sleep(PAUSE_S)
                        found.append(await enter(away.viewer, away))
    firsts = [one[0] or 0.0 for one in found]
    fulls = [one[1] for one in found if one[1] is not None]
    rows = [
        _row("tap on enter to first frame", firsts, "p50 250, p95 500"),
        _row("tap on enter to full resolution", fulls, "1500"),
    ]
    headers = ("figure (ms)", "n", "p50", "p95", "worst", "asked at most")
    return [titled("Joining in Chromium, scope in three layers", headers, rows)]


def _row(name: str, values: list[float], limit: str) -> tuple[str, ...]:
    shown = [f"{percentile(values, share):.0f}" for share in (0.5, 0.95)]
    return (name, f"{len(values)} of {JOINS}", *shown, f"{max(values, default=0):.0f}", limit)


def tables() -> list[Table]:
    return asyncio.run(run())
