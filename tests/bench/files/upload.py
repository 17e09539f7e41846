"""A video of 2 GB through the front, cut in the middle: `python -m tests.bench upload`.

The front runs as it does in the product, in a process of its own over an embedded PostgreSQL; its memory is read
four times a second. Sealed, synced, looked at by the child, hashed, and answered for: all of it counts.
"""

import asyncio
import os
import struct
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final

import psutil
from aiohttp import ClientError, ClientSession, TCPConnector

from tests.bench.table import Table
from tests.support import media_files
from tests.support.caller import Caller, calling
from tests.support.product import Product, running_product
from tests.support.uploading import OFFSET_TYPE, TUS, metadata

MEGABYTE: Final = 1024 * 1024
SIZE: Final = 2048 * MEGABYTE
PATCH_BYTES: Final = 8 * MEGABYTE
PIECE: Final = MEGABYTE
LOOK_S: Final = 0.25


class Source:
    """The bytes of a video that nobody has to hold: its own, and a box behind them that players pass over."""

    def __init__(self) -> None:
        self._video = media_files.video(frames=45)
        free = SIZE - len(self._video)
        self._video += struct.pack(">I4s", free, b"free")
        self._noise = os.urandom(PIECE + PATCH_BYTES)

    def read(self, start: int, stop: int) -> bytes:
        head = self._video[start:stop]
        rest = stop - start - len(head)
        shift = start % PIECE
        return head + self._noise[shift : shift + rest]


def front_of(product: Product) -> psutil.Process:
    """The process that answers on the product's port."""
    for each in psutil.net_connections("tcp"):
        listens = each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == product.port
        if listens and each.pid:
            return psutil.Process(each.pid)
    raise RuntimeError("nobody answers")


class Memory:
    """The most that a process held while it was watched."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.before = self.most = process.memory_info().rss
        self._over = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            self.most = max(self.most, self._process.memory_info().rss)


async def send(http: ClientSession, caller: Caller, place: str, source: Source, start: int, stop: int) -> int:
    """Sends these bytes in requests of 8 MB; gives how far the server is."""
    while start < stop:
        end = min(start + PATCH_BYTES, stop)
        headers = {**caller.headers, **TUS, "Upload-Offset": str(start), "Content-Type": OFFSET_TYPE}
        async with http.patch(place, data=source.read(start, end), headers=headers) as answer:
            moved = answer.status == HTTPStatus.CONFLICT  # what was cut came in after it was asked
            if not moved:
                answer.raise_for_status()
                start = int(answer.headers["Upload-Offset"])
        if moved:
            start = await offset_of(http, caller, place)
    return start


async def offset_of(http: ClientSession, caller: Caller, place: str) -> int:
    """Where the server is."""
    async with http.head(place, headers={**caller.headers, **TUS}) as answer:
        answer.raise_for_status()
        return int(answer.headers["Upload-Offset"])


async def cut(http: ClientSession, caller: Caller, place: str, source: Source, start: int) -> None:
    """A request that ends in the middle: the sender is gone."""

    async def half() -> AsyncIterator[bytes]:
        yield source.read(start, start + 3 * MEGABYTE)
        raise ConnectionResetError

    headers = {**caller.headers, **TUS, "Upload-Offset": str(start), "Content-Type": OFFSET_TYPE}
    try:
        async with http.patch(place, data=half(), headers=headers):
            raise RuntimeError("the cut request was answered")
    except (ClientError, ConnectionResetError):
        return


async def upload(product: Product) -> tuple[float, float, float, int]:
    """Seconds to send, seconds to finish, MB more in the front, and where it went on."""
    source = Source()
    memory = Memory(front_of(product))
    async with calling(product, "expert") as caller, ClientSession(connector=TCPConnector(ssl=False)) as http:
        begin = {
            **caller.headers,
            **TUS,
            "Upload-Length": str(SIZE),
            "Upload-Metadata": metadata(filename="a.mp4"),
        }
        async with http.post(f"{caller.url}/api/v1/uploads", headers=begin) as answer:
            answer.raise_for_status()
            place = caller.url + answer.headers["Location"]
        with memory.watched():
            began = time.perf_counter()
            at = await send(http, caller, place, source, 0, SIZE // 2)
            await cut(http, caller, place, source, at)
            resumed = await offset_of(http, caller, place)
            await send(http, caller, place, source, resumed, SIZE)
            sent = time.perf_counter() - began
            async with http.post(f"{place}/finish", headers=caller.headers, timeout=None) as answer:
                answer.raise_for_status()
            finished = time.perf_counter() - began - sent
    return sent, finished, (memory.most - memory.before) / MEGABYTE, resumed


def tables() -> list[Table]:
    with (
        tempfile.TemporaryDirectory(prefix="scopecast-bench-") as folder,
        running_product(Path(folder)) as product,
    ):
        sent, finished, more, resumed = asyncio.run(upload(product))
    megabytes = SIZE / MEGABYTE
    headers = (
        "upload",
        "went on at (MB)",
        "sent, sealed, synced (MB/s)",
        "looked at and hashed (s)",
        "all in all (MB/s)",
        "front's memory (MB more)",
    )
    row = (
        f"{megabytes:.0f} MB in 8 MB requests, one cut",
        f"{resumed / MEGABYTE:.1f}",
        f"{megabytes / sent:.0f}",
        f"{finished:.1f}",
        f"{megabytes / (sent + finished):.0f}",
        f"{more:.0f}",
    )
    return [Table("Upload of a large file", headers, (row,))]
