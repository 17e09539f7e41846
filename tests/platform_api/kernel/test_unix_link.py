"""A link that keeps itself: the service on its real Unix socket dies, comes back, and says odd things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web
from structlog.testing import capture_logs
from structlog.typing import EventDict

from platform_api.kernel import unix_link
from platform_api.kernel.unix_link import UnixLink

MAX_FRAME_BYTES = 1024
WAIT_S = 5.0


class Away(Exception):
    """The caller's own error."""


class Service:
    """Says `hello`, answers `1 word` with `1 WORD`, and keeps what is asked with `hold` unanswered."""

    def __init__(self, socket: Path, *, hello: str | None = "hello one") -> None:
        self.hello = hello
        self.said: asyncio.Queue[str] = asyncio.Queue()
        self.calls: asyncio.Queue[float] = asyncio.Queue()
        self.links: list[web.WebSocketResponse] = []
        self._socket = socket
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/control", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self._socket)).start()

    async def kill(self) -> None:
        """Ends as a killed process does: no word of farewell, and its socket's file stays."""
        for link in self.links:
            transport = link.get_extra_info("transport")
            if transport is not None:
                transport.abort()
        self.links.clear()
        if self._runner is not None:
            await self._runner.cleanup()

    async def say(self, text: str) -> None:
        await self.links[-1].send_str(text)

    async def heard(self) -> str:
        async with asyncio.timeout(WAIT_S):
            return await self.said.get()

    async def called(self) -> float:
        """When it was called, in seconds of the loop."""
        async with asyncio.timeout(WAIT_S):
            return await self.calls.get()

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        self.calls.put_nowait(asyncio.get_running_loop().time())
        link = web.WebSocketResponse()
        await link.prepare(request)
        if self.hello is not None:
            await link.send_str(self.hello)
        self.links.append(link)
        async for message in link:
            if message.type is WSMsgType.TEXT:
                self.said.put_nowait(message.data)
                if not message.data.endswith(" hold"):
                    await link.send_str(message.data.upper())
        return link


class Caller:
    """What a client of the house does with a link: `restored` and `lost` count, `told` keeps events."""

    def __init__(self, socket: Path, *, greeted: bool = True) -> None:
        self.told: asyncio.Queue[str] = asyncio.Queue()
        self.bytes: asyncio.Queue[bytes] = asyncio.Queue()
        self.restore_words: list[str] = []
        self.lost: asyncio.Queue[None] = asyncio.Queue()
        self.link: UnixLink[tuple[int, str], str] = UnixLink(
            socket,
            service="test",
            area="test.link",
            away=Away,
            max_frame_bytes=MAX_FRAME_BYTES,
            greet=self._greet if greeted else None,
            restore=self._restore,
            read=self._read,
            hear=self._hear,
            hear_bytes=self.bytes.put_nowait,
            lost=lambda: self.lost.put_nowait(None),
        )

    async def ask(self, word: str) -> str:
        return await self.link.ask(lambda number: f"{number} {word}")

    async def up(self) -> None:
        async with asyncio.timeout(WAIT_S):
            await self.link.up()

    async def until_lost(self) -> None:
        async with asyncio.timeout(WAIT_S):
            await self.lost.get()

    async def _restore(self) -> None:
        for word in self.restore_words:
            await self.ask(word)

    @staticmethod
    def _greet(text: str) -> None:
        if not text.startswith("hello "):
            raise ValueError(text)

    @staticmethod
    def _read(text: str) -> tuple[int, str]:
        number, _, word = text.partition(" ")
        return int(number), word

    def _hear(self, frame: tuple[int, str]) -> tuple[int, str] | None:
        if frame == (0, "trouble"):
            raise ValueError
        if frame[0] == 0:
            self.told.put_nowait(frame[1])
            return None
        return frame


@asynccontextmanager
async def calling(caller: Caller) -> AsyncIterator[Caller]:
    caller.link.start()
    try:
        yield caller
    finally:
        await caller.link.close()


@asynccontextmanager
async def served(service: Service) -> AsyncIterator[Service]:
    await service.start()
    try:
        yield service
    finally:
        await service.kill()


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "test.sock"


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unix_link, "LINK_WAIT_S", 0.02)


def events(logs: list[EventDict]) -> set[str]:
    return {line["event"] for line in logs}


async def test_each_question_gets_its_own_answer_in_whatever_order_they_come(socket: Path) -> None:
    async with served(Service(socket)) as service, calling(Caller(socket)) as caller:
        held = asyncio.ensure_future(caller.ask("hold"))
        number = (await service.heard()).split()[0]

        assert await caller.ask("second") == "SECOND"
        await service.say(f"{number} first")
        assert await asyncio.wait_for(held, WAIT_S) == "first"


async def test_a_service_that_does_not_greet_is_linked_at_once(socket: Path) -> None:
    async with served(Service(socket, hello=None)), calling(Caller(socket, greeted=False)) as caller:
        assert await caller.ask("word") == "WORD"


async def test_events_and_bytes_are_heard_and_foreign_frames_pass(socket: Path) -> None:
    async with served(Service(socket)) as service, calling(Caller(socket)) as caller:
        await caller.up()
        with capture_logs() as logs:
            await service.say("not a number")
            await service.say("77 nobody asked")
            await service.links[-1].send_bytes(b"packets")
            await service.say("0 news")
            assert await asyncio.wait_for(caller.told.get(), WAIT_S) == "news"

        assert caller.bytes.get_nowait() == b"packets"
        assert await caller.ask("word") == "WORD"
        assert caller.lost.empty()
    assert [line["size"] for line in logs if line["event"] == "frame.foreign"] == [len("not a number")]


@pytest.mark.usefixtures("short_wait")
async def test_nobody_there_is_away(socket: Path) -> None:
    with capture_logs() as logs:
        async with calling(Caller(socket)) as caller:
            with pytest.raises(Away):
                await caller.ask("word")

        assert caller.lost.empty()
    assert events(logs) == {"link.refused"}


async def test_a_service_killed_amid_a_question_is_away_at_once_and_found_again(socket: Path) -> None:
    async with calling(Caller(socket)) as caller:
        caller.restore_words = ["what", "runs"]
        async with served(Service(socket)) as service:
            assert [await service.heard(), await service.heard()] == ["1 what", "2 runs"]
            asked = asyncio.ensure_future(caller.ask("hold"))
            assert await service.heard() == "3 hold"
            await service.kill()

            with pytest.raises(Away):
                await asyncio.wait_for(asked, unix_link.ANSWER_TIMEOUT_S / 2)
            await caller.until_lost()

        async with served(Service(socket)) as service:
            assert [await service.heard(), await service.heard()] == ["4 what", "5 runs"]
            assert await caller.ask("word") == "WORD"


async def test_a_question_waits_for_the_link_that_is_about_to_come(socket: Path) -> None:
    async with calling(Caller(socket)) as caller:
        asked = asyncio.ensure_future(caller.ask("word"))
        await asyncio.sleep(0)
        async with served(Service(socket)):
            assert await asyncio.wait_for(asked, WAIT_S) == "WORD"


@pytest.mark.usefixtures("short_wait")
@pytest.mark.parametrize("hello", ["good day", None])
async def test_a_foreign_or_silent_service_is_no_link_until_the_right_one_comes(
    socket: Path, hello: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_link, "ANSWER_TIMEOUT_S", 0.02)
    with capture_logs() as logs:
        async with calling(Caller(socket)) as caller:
            async with served(Service(socket, hello=hello)):
                with pytest.raises(Away):
                    await caller.ask("word")
            monkeypatch.setattr(unix_link, "ANSWER_TIMEOUT_S", WAIT_S)
            async with served(Service(socket)):
                await caller.up()
                assert caller.lost.empty()
                assert await caller.ask("word") == "WORD"
    assert "hello.foreign" in events(logs)


async def test_a_foreign_service_is_looked_for_less_and_less_often(
    socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_link, "FIRST_BACKOFF_S", 0.01)
    service = Service(socket, hello="good day")
    async with served(service), calling(Caller(socket)):
        first, *_, last = [await service.called() for _ in range(6)]

    assert last - first > 0.01 + 0.02 + 0.04 + 0.08 + 0.1


async def test_an_answer_after_the_time_limit_reaches_nobody(
    socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(Service(socket)) as service, calling(Caller(socket)) as caller:
        await caller.up()
        monkeypatch.setattr(unix_link, "ANSWER_TIMEOUT_S", 0.02)
        with pytest.raises(Away):
            await caller.ask("hold")
        monkeypatch.setattr(unix_link, "ANSWER_TIMEOUT_S", WAIT_S)
        number = (await service.heard()).split()[0]

        following = asyncio.ensure_future(caller.ask("hold"))
        next_number = (await service.heard()).split()[0]
        await service.say(f"{number} late")
        await service.say(f"{next_number} mine")

        assert await asyncio.wait_for(following, WAIT_S) == "mine"
        assert caller.lost.empty()


async def test_a_question_given_up_leaves_the_link_as_it_was(socket: Path) -> None:
    async with served(Service(socket)) as service, calling(Caller(socket)) as caller:
        asked = asyncio.ensure_future(caller.ask("hold"))
        number = (await service.heard()).split()[0]
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await service.say(f"{number} too late")

        assert await caller.ask("word") == "WORD"


async def test_a_fault_of_the_hearer_is_logged_and_the_link_stays(socket: Path) -> None:
    async with served(Service(socket)) as service, calling(Caller(socket)) as caller:
        await caller.up()
        with capture_logs() as logs:
            await service.say("0 trouble")
            await service.say("0 news")
            assert await asyncio.wait_for(caller.told.get(), WAIT_S) == "news"

        assert caller.lost.empty()
    assert events(logs) == {"hearer.failed"}


async def test_a_frame_over_the_limit_ends_the_link_and_it_comes_again(socket: Path) -> None:
    async with served(Service(socket)) as service, calling(Caller(socket)) as caller:
        await caller.up()
        await service.say("0 " + "x" * MAX_FRAME_BYTES)
        await caller.until_lost()

        assert await caller.ask("word") == "WORD"
        assert caller.told.empty()


@pytest.mark.usefixtures("short_wait")
async def test_closing_tells_who_asks_and_looks_no_more(socket: Path) -> None:
    async with served(Service(socket)) as service, calling(Caller(socket)) as caller:
        await caller.up()
        asked = asyncio.ensure_future(caller.ask("hold"))
        await service.heard()
        await caller.link.close()

        with pytest.raises(Away):
            await asyncio.wait_for(asked, WAIT_S)
        await caller.link.close()
        with pytest.raises(Away):
            await caller.ask("word")
        assert caller.lost.qsize() == 1


async def test_what_fails_to_be_restored_does_not_end_the_link(socket: Path) -> None:
    async with served(Service(socket)), calling(Caller(socket)) as caller:
        caller.restore_words = [
            "é" * MAX_FRAME_BYTES
        ]  # the echo is over the limit: the link is lost meanwhile
        await caller.until_lost()
        caller.restore_words = []

        assert await caller.ask("word") == "WORD"
