"""Platform and live layer on one bus: what the room shows and what the list of sessions says."""

import asyncio
from pathlib import Path

from platform_api.kernel.events import RoomWentOnAir
from platform_api.kernel.rooms import Source
from tests.support.live import Live
from tests.support.platform import Town
from tests.support.sessions import make_stage, ok


async def test_the_first_picture_puts_the_session_on_air(town: Town, tmp_path: Path) -> None:
    heard = asyncio.Event()

    async def hear(_fact: RoomWentOnAir) -> None:
        heard.set()

    live = Live(tmp_path / "live", clock=town.clock, bus=town.bus)
    await live.start()
    try:
        stage = await make_stage(town)
        town.bus.subscribe(RoomWentOnAir, hear)
        session = await stage.opened()
        room = live.signaling.directory.get(session["room"])
        assert room is not None
        assert room.facts.session == session["id"]

        live.media.publish(session["room"], "whip-scope", Source.SCOPE)
        async with asyncio.timeout(5):
            await heard.wait()

        shown = await ok(await stage.colleague.get(f"/sessions/{session['id']}"))
        assert shown["state"] == "on_air"
    finally:
        await live.stop()
