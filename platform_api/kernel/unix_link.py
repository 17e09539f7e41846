"""A link to a service of this machine that finds it again: numbered requests over one WebSocket.

The service listens on a Unix socket at `/control`. What the frames mean is the caller's; this keeps the
link, the questions that wait for their answers, and the time they may take.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import aiohttp

from platform_api.kernel.log import get_logger
from platform_api.kernel.tasks import TaskOwner

ANSWER_TIMEOUT_S: Final = 10.0
LINK_WAIT_S: Final = 2.0
FIRST_BACKOFF_S: Final = 0.05
MAX_BACKOFF_S: Final = 0.25

F = TypeVar("F")
A = TypeVar("A")


class UnixLink(Generic[F, A]):
    """The link to `service` behind `socket`: F is what a text frame says, A an answer.

    `away` makes the error of every question that cannot be answered now. The hooks, in the order of a link's
    life; none of them may block, and a fault of a hearer is logged and ends nothing:

    - `greet`, if the service speaks first: takes its first frame, raises ValueError if that is foreign.
    - `restore` runs beside the link as soon as it is up, and may ask.
    - `read` gives what a text frame says, raises ValueError if it is foreign.
    - `hear` takes what was read; if it is an answer it gives the question's number and the answer.
    - `hear_bytes` takes a binary frame.
    - `lost` is called when a link that was up is no more.
    """

    def __init__(
        self,
        socket: Path,
        *,
        service: str,
        area: str,
        away: Callable[[], Exception],
        max_frame_bytes: int,
        read: Callable[[str], F],
        hear: Callable[[F], tuple[int, A] | None],
        restore: Callable[[], Coroutine[Any, Any, None]],
        greet: Callable[[str], None] | None = None,
        hear_bytes: Callable[[bytes], None] = lambda _: None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._socket = socket
        self._service = service
        self._area = area
        self._away = away
        self._max_frame_bytes = max_frame_bytes
        self._read = read
        self._hear = hear
        self._restore = restore
        self._greet = greet
        self._hear_bytes = hear_bytes
        self._lost = lost
        self._tasks = TaskOwner(area)
        self._log = get_logger(area)
        self._link: aiohttp.ClientWebSocketResponse | None = None
        self._up = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[A | None]] = {}
        self._last_number = 0

    def start(self) -> None:
        """Begins to look for the service."""
        self._tasks.spawn(self._keep(), name=f"{self._service}-link")

    async def close(self) -> None:
        """Ends the link for good: who waits for an answer hears that it is away. May be called twice."""
        await self._tasks.close()

    async def up(self) -> None:
        """Returns when the service is there."""
        await self._up.wait()

    async def ask(self, write: Callable[[int], str]) -> A:
        """The answer to the question that `write` words under its number; raises what `away` makes."""
        try:
            async with asyncio.timeout(LINK_WAIT_S):
                await self._up.wait()
        except TimeoutError as error:
            raise self._away() from error
        answer = await self._exchange(write)
        if answer is None:
            raise self._away()
        return answer

    async def _exchange(self, write: Callable[[int], str]) -> A | None:
        """The answer; None: the link was lost meanwhile."""
        link = self._link
        if link is None:
            return None
        self._last_number += 1
        number = self._last_number
        waiting: asyncio.Future[A | None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await link.send_str(write(number))
                return await waiting
        except (TimeoutError, ConnectionError, aiohttp.ClientError) as error:
            raise self._away() from error
        finally:
            del self._waiting[number]

    async def _keep(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while True:
            try:
                connector = aiohttp.UnixConnector(str(self._socket))
                async with (
                    aiohttp.ClientSession(connector=connector) as http,
                    http.ws_connect(
                        f"http://{self._service}/control", max_msg_size=self._max_frame_bytes
                    ) as link,
                ):
                    if await self._greeted(link):
                        backoff_s = FIRST_BACKOFF_S
                        await self._serve(link)
            except (aiohttp.ClientError, OSError) as error:
                self._log.debug("link.refused", reason=type(error).__name__)
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)

    async def _greeted(self, link: aiohttp.ClientWebSocketResponse) -> bool:
        if self._greet is None:
            return True
        try:
            self._greet(await link.receive_str(timeout=ANSWER_TIMEOUT_S))
        except (ValueError, TypeError, TimeoutError) as error:
            self._log.warning("hello.foreign", reason=type(error).__name__)
            return False
        return True

    async def _serve(self, link: aiohttp.ClientWebSocketResponse) -> None:
        self._link = link
        self._up.set()
        try:
            async with TaskOwner(self._area) as restoring:
                restoring.spawn(self._restore(), name=f"{self._service}-restore")
                async for message in link:
                    try:
                        self._take(message)
                    except Exception:  # noqa: BLE001 - a hearer's fault must not end the link of all
                        self._log.exception("hearer.failed")
        finally:
            self._lose()

    def _take(self, message: aiohttp.WSMessage) -> None:
        if message.type is aiohttp.WSMsgType.TEXT:
            self._take_text(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            self._hear_bytes(message.data)

    def _take_text(self, text: str) -> None:
        try:
            frame = self._read(text)
        except ValueError:
            self._log.warning("frame.foreign", size=len(text))
            return
        heard = self._hear(frame)
        if heard is None:
            return
        number, answer = heard
        waiting = self._waiting.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _lose(self) -> None:
        self._link = None
        self._up.clear()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(None)
        self._lost()
