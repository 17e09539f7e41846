"""The process that publishes the demonstration: waits for its room, then sends scope, hand and voice."""

import asyncio
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from deploy.launch.demo.pictures import choose_pictures, scope_size
from deploy.launch.demo.publisher import Feed, publish
from deploy.launch.options import Options
from deploy.launch.stopping import stop_on_signal
from deploy.launch.token import operator_token
from platform_api.kernel.keys import load_keys
from platform_api.kernel.rooms import Role, Source
from platform_api.kernel.tasks import TaskOwner

LOOK_EVERY_S: Final = 0.2
GRANT_LIFE: Final = timedelta(minutes=1)  # made anew for each request
HAND_SIZE: Final = (640, 360)
PROJECT: Final = Path(__file__).resolve().parents[3]


async def run_demo(options: Options) -> None:
    """Publishes until stopped; follows the front to another room when the session was replaced."""
    stop = stop_on_signal()
    pictures = await asyncio.to_thread(choose_pictures, os.environ, PROJECT, options.places.demo)
    keys = load_keys(options.data_dir, options.settings())
    size = scope_size(os.environ)

    def feed(
        room: str, source: Source, picture: Path, voice: Path | None, size: tuple[int, int], kbps: int
    ) -> Feed:
        def token() -> str:
            publish_what = frozenset({source, Source.VOICE}) if voice else frozenset({source})
            return operator_token(
                keys.signing,
                room=room,
                name="demo",
                role=Role.ENCODER,
                publish=publish_what,
                subscribe=frozenset(),
                life=GRANT_LIFE,
            )

        url = f"{options.own_url}/whip/{room}?source={source.value}"
        return Feed(
            url=url,
            token=token,
            picture=picture,
            voice=voice,
            width=size[0],
            height=size[1],
            bitrate_kbps=kbps,
        )

    while not stop.is_set():
        room = await _room(options.places.run / "demo.json", stop)
        if room is None:
            return
        async with TaskOwner("demo") as tasks:
            scope = feed(room, Source.SCOPE, pictures.scope, pictures.voice, size, kbps_of(size))
            hand = feed(room, Source.HAND, pictures.hand, None, HAND_SIZE, 800)
            tasks.spawn(publish(scope), name="scope")
            tasks.spawn(publish(hand), name="hand")
            await _until_changed(options.places.run / "demo.json", room, stop)


def kbps_of(size: tuple[int, int]) -> int:
    """2.5 Mbit/s for 720 lines, and for each point of a smaller picture more than that."""
    return max(1000, round(2500 * size[0] * size[1] / (1280 * 720)))


async def _room(path: Path, stop: asyncio.Event) -> str | None:
    """The demonstration's room as the front wrote it; None if told to stop first."""
    while not stop.is_set():
        facts = _read(path)
        if facts is not None and facts["on_air"]:
            return str(facts["room"])
        await asyncio.sleep(LOOK_EVERY_S)
    return None


async def _until_changed(path: Path, room: str, stop: asyncio.Event) -> None:
    while not stop.is_set():
        facts = _read(path)
        if facts is None or facts["room"] != room or not facts["on_air"]:
            return
        await asyncio.sleep(LOOK_EVERY_S)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found
