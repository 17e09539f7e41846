"""The long forms of F10, F11 and F12, as lines of JSON. `python -m tests.faults.pressed [F10 F11 F12]`.

F10: a media node of the whole product has no more memory, five times; what others lose, and until when.
F11: all cores work at something else for a minute, at the product's own priority; what a listener misses of
the demonstration's voice, and how long people wait for an answer of the room. F12: a node's clock goes back
and forth for two minutes. Who measures F11 goes before all others (root alone may), as a person's own device
would. Nothing is asserted: what does not hold is printed as such.
"""

import asyncio
import contextlib
import itertools
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from deploy.launch.supervisor import SPARE_AFTER_S, STABLE_AFTER_S
from media.client import MediaClient
from media.control import PeerStateChanged, PublicationStarted
from media.remote import RemoteMediaClient
from platform_api.kernel.log import configure_logging
from platform_api.kernel.rooms import Source
from tests.bench.table import percentile
from tests.e2e.test_faults import crowd_out
from tests.faults.test_clock import node_with_a_clock
from tests.faults.test_processor import all_cores_busy
from tests.support.aiortc_peer import AiortcPeer, Events, longest_gap_s, loopback_alone, peers, scope_heard
from tests.support.caller import calling
from tests.support.fault_line import fault_line
from tests.support.live import Caller as Line
from tests.support.product import Product, running_product
from tests.support.watch import until

FALLS: Final = 5
BACK_S: Final = 10.0
BUSY_S: Final = 60.0
QUIET_S: Final = 10.0
VOICE_LOST: Final = 0.01
ANSWER_S: Final = 0.5
ASKING: Final = ("expert", "doctor", "doctor2")
ASK_EVERY_S: Final = 0.5
HAND_EVERY: Final = 3
"""Of the requests: two pings a second are allowed, and a hand once."""
BEFORE_OTHERS: Final = -10
JUMPS: Final = (*("+1h", "-1h") * 3, *("+1d", "-1d") * 3, "+1s", "-1s", "+0", "+1d", "+1h", "+0")
WATCHED_S: Final = 6.0
STANDS_S: Final = 1.0


def say(
    row: str, figure: str, found: Sequence[float], *, holds: bool, unit: str = "s", lost: int = 0
) -> None:
    print(fault_line(row, figure, found, holds=holds, unit=unit, lost=lost), flush=True)


@asynccontextmanager
async def node_of(product: Product) -> AsyncIterator[tuple[RemoteMediaClient, Events]]:
    """The product's node by its control channel, and what it tells of the demonstration's room."""
    client = RemoteMediaClient(product.data_dir / "run" / "media-1.sock")
    events = Events(client)
    await client.start()
    try:
        await asyncio.wait_for(client.linked(), 20)
        await client.watch(product.ready["demo"]["room"])
        yield client, events
    finally:
        await client.close()


async def received(client: MediaClient, room: str, publication: str, frames: int) -> None:
    """Somebody new has so many frames of it."""
    viewer = AiortcPeer(client, room=room, participant="f10-viewer")
    with loopback_alone():
        async with peers(viewer):
            viewer.receive()
            await viewer.connect()
            (assignment,) = (await viewer.subscribe(publication)).assignments
            await viewer.heard_on(assignment.mid).reach(frames)
            await viewer.leave()


def _is_replaced(product: Product, gone: int) -> bool:
    return product.pid("media-1") != gone


async def no_memory(product: Product) -> None:
    """F10."""
    room, back_s, lost = product.ready["demo"]["room"], [], 0
    others = {part: product.pid(part) for part in ("front", "recorder", "recorder-standby", "worker", "demo")}
    for _ in range(FALLS):
        await asyncio.sleep(max(SPARE_AFTER_S, STABLE_AFTER_S) + 5)  # one waits in reserve again
        starved = product.pid("media-1")
        resource.prlimit(starved, resource.RLIMIT_AS, (0, 0))
        await crowd_out(product)  # returns when its line is lost
        fell_s = time.monotonic()
        await until(partial(_is_replaced, product, starved), "the starved node is replaced")
        async with node_of(product) as (client, events):
            begun = await events.until(PublicationStarted, source=Source.SCOPE)
            await received(client, room, begun.publication, 5)
        back_s.append(time.monotonic() - fell_s)
        lost += sum(product.pid(part) != pid for part, pid in others.items())
    say("F10", "picture back, long form", back_s, holds=max(back_s) <= BACK_S and lost == 0, lost=lost)


@asynccontextmanager
async def in_the_room(product: Product, role: str) -> AsyncIterator[Line]:
    """A person of the demonstration on the room's line."""
    async with calling(product, role) as caller:
        path = f"/sessions/{product.ready['demo']['session']}/grant"
        grant = (await caller.told("POST", path))["grant"]
        line = await Line(f"http://127.0.0.1:{product.port}", grant).connect()
        try:
            await line.join(device="desk")
            yield line
        finally:
            await line.client.disconnect()


async def all_answers_s(lines: Sequence[Line], for_s: float) -> list[float]:
    """Those of all who ask."""
    return list(itertools.chain(*await asyncio.gather(*(answers_s(line, for_s) for line in lines))))


async def answers_s(line: Line, for_s: float) -> list[float]:
    """How long each request waited: pings, and a hand that goes up and down."""
    took: list[float] = []
    ends = time.monotonic() + for_s
    while (began := time.monotonic()) < ends:
        is_hand = len(took) % HAND_EVERY == 0
        if is_hand:
            await line.do("room.hand", {"up": len(took) % (2 * HAND_EVERY) == 0})
        else:
            await line.do("room.ping", {"sent_ms": time.time() * 1000})
        took.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, ASK_EVERY_S - took[-1]))
    return took


async def voice_counts(viewer: AiortcPeer) -> tuple[int, int]:
    """Packets of the voice that came, and that did not."""
    rows: list[Any] = list((await viewer.connection.getStats()).values())
    found = [row for row in rows if row.type == "inbound-rtp" and row.kind == "audio"]
    return sum(row.packetsReceived for row in found), sum(row.packetsLost for row in found)


async def busy(product: Product) -> None:
    """F11."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, BEFORE_OTHERS)
    async with node_of(product) as (client, events), contextlib.AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(in_the_room(product, role)) for role in ASKING]
        room = product.ready["demo"]["room"]
        begun = await events.until(PublicationStarted, source=Source.VOICE)
        listener = AiortcPeer(client, room=room, participant="f11-listener")
        with loopback_alone():
            async with peers(listener):
                listener.receive(video=0, audio=1)
                await listener.connect()
                (assignment,) = (await listener.subscribe(begun.publication)).assignments
                heard = listener.heard_on(assignment.mid)
                await heard.reach(10)
                quiet = await all_answers_s(lines, QUIET_S)
                came, missed = await voice_counts(listener)
                with all_cores_busy(niceness=0):
                    took, gap_s = await asyncio.gather(
                        all_answers_s(lines, BUSY_S), longest_gap_s(heard, BUSY_S)
                    )
                after, lost = await voice_counts(listener)
                await listener.leave()
    share = (lost - missed) / max(1, after - came + lost - missed)
    say("F11", "voice lost, long form", [share], holds=after > came and share < VOICE_LOST, unit="")
    say("F11", "longest gap of the voice", [gap_s], holds=True)
    say("F11", "answer of the room before", quiet, holds=percentile(quiet, 0.99) < ANSWER_S)
    p99 = percentile(took, 0.99)
    say("F11", "answer of the room, each", took, holds=p99 < ANSWER_S)
    say("F11", "answer of the room, p99", [p99], holds=p99 < ANSWER_S)


async def clock() -> None:
    """F12."""
    with tempfile.TemporaryDirectory() as folder:
        async with node_with_a_clock(Path(folder)) as (client, wrong_by):
            events = Events(client)
            await client.watch("room-1")
            expert = AiortcPeer(client, participant="expert")
            doctor = AiortcPeer(client, participant="doctor")
            async with peers(expert, doctor):
                _, heard = await scope_heard(expert, doctor)
                gaps: list[float] = []
                for jump in JUMPS:
                    wrong_by.write_text(jump)
                    gaps.append(await longest_gap_s(heard, WATCHED_S))
                ended = [each for each in events.of(PeerStateChanged) if each.state in {"failed", "closed"}]
    holds = max(gaps) < STANDS_S and not ended
    say("F12", "picture stands, long form", gaps, holds=holds, lost=len(ended))


async def run(rows: Sequence[str]) -> None:
    of_the_product: dict[str, Callable[[Product], Awaitable[None]]] = {"F11": busy, "F10": no_memory}
    if "F12" in rows:
        await clock()
    asked = [cause for row, cause in of_the_product.items() if row in rows]
    if asked:
        with (
            tempfile.TemporaryDirectory(prefix="scopecast-pressed-") as folder,
            running_product(Path(folder) / "data") as product,
        ):
            for cause in asked:
                await cause(product)


if __name__ == "__main__":
    configure_logging(level="error")
    asyncio.run(run(sys.argv[1:] or ("F10", "F11", "F12")))
