"""What a range of a recording costs: sealed, as it is replayed, and a plain file sent by the kernel, as it was.

`python -m tests.bench.recording.replay`. Segments of 4 MB and 256 MB, made of fragments of half a second at
8 Mbit/s; ranges at random places, one after the other, over HTTP on this machine.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from platform_api.kernel.rooms import Source
from platform_api.kernel.sealed_folder import SealedFolder
from recording.manifest import Manifest, Part, PartState, RecordingState, Segment, Track
from recording.repair import write_manifest
from recording.routes import add_replay_routes
from tests.bench.table import Table, percentile, print_tables
from tests.support.sealed import folders_of

MEGABYTE: Final = 1_000_000
FRAGMENT: Final = 500_000
SIZES: Final = (4 * MEGABYTE, 256 * MEGABYTE)
ASKED: Final = 200


async def allow(request: web.Request, recording: str) -> None: ...


def segment_of(size: int) -> str:
    return f"t01p001-{SIZES.index(size) + 1:05d}.m4s"


def keep(folder: SealedFolder, plain: Path) -> None:
    """The same segments sealed and plain, and a manifest that names them."""
    folder.make()
    for size in SIZES:
        for _ in range(0, size, FRAGMENT):
            data = os.urandom(FRAGMENT)
            folder.append(segment_of(size), data)
            with (plain / segment_of(size)).open("ab") as file:
                file.write(data)
    segments = tuple(
        Segment(name=segment_of(size), start_ms=0, duration_ms=size // 1000, size=size) for size in SIZES
    )
    part = Part(
        id="t01p001",
        codec="H264",
        codec_string="avc1.42E01F",
        start_ms=0,
        end_ms=1,
        container="fmp4",
        state=PartState.READY,
        playlist="t01p001.m3u8",
        segments=segments,
    )
    track = Track(
        publication="p1.scope",
        participant="p1",
        participant_name="",
        role="",
        source=Source.SCOPE,
        kind="video",
        parts=(part,),
    )
    manifest = Manifest(
        recording="rec",
        room="room",
        session=None,
        title="",
        origin_ms=0,
        duration_ms=1,
        state=RecordingState.COMPLETE,
        tracks=(track,),
    )
    write_manifest(folder, manifest)


async def ask(http: aiohttp.ClientSession, url: str, start: int, length: int) -> tuple[float, float]:
    """Milliseconds to the first byte and to the last."""
    begun = time.perf_counter()
    async with http.get(url, headers={"Range": f"bytes={start}-{start + length - 1}"}) as answer:
        await answer.content.readany()
        first = time.perf_counter() - begun
        await answer.read()
    return first * 1000, (time.perf_counter() - begun) * 1000


async def measure(url: str, size: int) -> tuple[str, ...]:
    async with aiohttp.ClientSession() as http:
        await ask(http, url, 0, 1)
        starts = [random.randrange(size - MEGABYTE) for _ in range(ASKED)]
        ones = [(await ask(http, url, start, 1))[0] for start in starts]
        both = [await ask(http, url, start, MEGABYTE) for start in starts]
    columns = (ones, [first for first, _ in both], [last for _, last in both])
    return tuple(f"{percentile(each, part):.2f}" for each in columns for part in (0.5, 0.95))


async def serve(
    root: Path, ask_all: Callable[[str], Awaitable[list[tuple[str, ...]]]]
) -> list[tuple[str, ...]]:
    plain = root / "plain"
    plain.mkdir()
    recordings = folders_of(root / "recordings")
    await asyncio.to_thread(keep, recordings.folder("rec"), plain)
    app = web.Application()
    add_replay_routes(app, recordings=recordings, authorise=allow)

    async def send(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(plain / request.match_info["name"])

    app.router.add_get("/plain/rec/{name}", send)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        return await ask_all(f"http://{host}:{port}")
    finally:
        await runner.cleanup()


async def rows(address: str) -> list[tuple[str, ...]]:
    return [
        (how, str(size // MEGABYTE), *await measure(f"{address}/{way}/rec/{segment_of(size)}", size))
        for size in SIZES
        for how, way in (("plain", "plain"), ("sealed", "replay"))
    ]


def tables() -> list[Table]:
    with tempfile.TemporaryDirectory(prefix="bench-replay-") as place:
        found = asyncio.run(serve(Path(place), rows))
    figures = ("1 byte p50", "p95", "1 MB: first byte p50", "p95", "last byte p50", "p95")
    return [Table("A range of a recording (ms)", ("file", "MB", *figures), tuple(found))]


if __name__ == "__main__":
    print_tables(tables())
