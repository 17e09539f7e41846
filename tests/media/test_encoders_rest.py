"""Layers that nobody needs are not encoded in a real browser, also where the room is recorded."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import Page

from media.control import LayersWanted, NodeEvent, PublicationChanged, SetViewport, Shown, TapLayers, Want
from tests.media.test_chromium import WAIT_S, connect, pages, watch
from tests.support.aiortc_peer import Events, running_node

BACK_WITHIN_S = 2.0
LAYERS = """
async () => Object.fromEntries([...(await senders.scope.sender.getStats()).values()]
  .filter(row => row.type === 'outbound-rtp' && row.rid)
  .map(row => [row.rid, {encoded: row.framesEncoded, active: row.active}]))
"""
# As the page does it (web/src/rtc/ownSources.ts).
SEND = """
async rids => {
  const {sender} = senders.scope, parameters = sender.getParameters();
  for (const each of parameters.encodings) each.active = rids.includes(each.rid);
  await sender.setParameters(parameters);
}
"""


async def encoders(page: Page) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = await page.evaluate(LAYERS)
    return found


async def obey(asked: asyncio.Queue[NodeEvent], page: Page) -> None:
    """Does what the node asks of the publisher's page, until it is cancelled."""
    while True:
        event = await asked.get()
        if isinstance(event, LayersWanted):
            await page.evaluate(SEND, list(event.rids))


async def work(page: Page, *rids: str, frames: int = 3) -> None:
    """Waits until these layers, and no others, go on being encoded."""
    begun = await encoders(page)
    async with asyncio.timeout(WAIT_S):
        while True:
            now = await encoders(page)
            gained = {rid: row["encoded"] - begun.get(rid, row)["encoded"] for rid, row in now.items()}
            if all(gained.get(rid, 0) >= frames for rid in rids):
                resting = {rid: gain for rid, gain in gained.items() if rid not in rids}
                if not any(resting.values()):
                    return
                begun = now
            await asyncio.sleep(0.1)


@pytest.mark.e2e
async def test_encoders_rest_while_nobody_needs_them_and_are_back_within_two_seconds() -> None:
    async with running_node() as (_, client), pages(2) as (expert, doctor):
        events, asked = Events(client), asyncio.Queue[NodeEvent]()
        client.on_event(asked.put_nowait)
        await client.watch("room-1")
        await expert.evaluate("publish('scope', 960, 540, ['h', 'm', 'l'])")
        await connect(expert, client, "expert")
        await events.until(PublicationChanged, publication="expert.scope", layers=("h", "m", "l"))
        await client.tap("room-1", "expert.scope", lambda _: None, layers=TapLayers.BEST)
        obeying = asyncio.create_task(obey(asked, expert))
        try:
            await work(expert, "h")  # recorded, and watched by nobody
            alone = await encoders(expert)
            await doctor.evaluate("receive(1, 0)")
            await connect(doctor, client, "doctor")
            loop = asyncio.get_running_loop()
            shown = Shown(publication="expert.scope", width=160, height=90)
            await watch(client, "doctor", Want(publication="expert.scope"))
            needed_s = loop.time()
            await client.set_viewport(
                SetViewport(room="room-1", participant="doctor", peer="peer-of-doctor", shown=(shown,))
            )
            async with asyncio.timeout(WAIT_S):
                while (await encoders(expert))["l"]["encoded"] == alone["l"]["encoded"]:
                    await asyncio.sleep(0.02)
            back_s = loop.time() - needed_s
            await work(expert, "h", "l")
        finally:
            obeying.cancel()

        assert back_s < BACK_WITHIN_S
