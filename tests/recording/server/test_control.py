"""The recorder's control socket: what the front says, and what survives either side's restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from platform_api.kernel.ids import RecordingId, RoomId, SessionId
from recording.client import RemoteRecorderClient
from recording.config import RecorderPlaces, RecordingSettings
from recording.errors import RecorderAway, RecordingRefused
from recording.manifest import RecordingState
from recording.messages import Changed
from recording.repair import read_manifest
from recording.server import run_recorder
from tests.support.fake_node import FakeNode
from tests.support.sealed import folders_of

REC, ROOM, SESSION = RecordingId("rec"), RoomId("room"), SessionId("session-a")


@asynccontextmanager
async def running(places: RecorderPlaces, node: FakeNode) -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()
    settings = RecordingSettings(tick_s=0.05)
    work = asyncio.create_task(run_recorder(settings, places, {"media-1": node}, stop=stop, ready=ready.set))
    await asyncio.wait_for(ready.wait(), 5)
    yield
    stop.set()
    await asyncio.wait_for(work, 10)


@asynccontextmanager
async def linked(
    places: RecorderPlaces,
) -> AsyncIterator[tuple[RemoteRecorderClient, "asyncio.Queue[Changed]"]]:
    client = RemoteRecorderClient(places.socket)
    heard: asyncio.Queue[Changed] = asyncio.Queue()
    client.on_changed(heard.put_nowait)
    await client.open()
    yield client, heard
    await client.close()


async def until(heard: "asyncio.Queue[Changed]", state: RecordingState) -> Changed:
    async with asyncio.timeout(10):
        while True:
            change = await heard.get()
            if change.state is state:
                return change


@pytest.fixture
def places(tmp_path: Path) -> RecorderPlaces:
    return RecorderPlaces(
        recordings=folders_of(tmp_path / "recordings"), socket=tmp_path / "run" / "recorder.sock"
    )


async def start(client: RemoteRecorderClient) -> None:
    await client.start(recording=REC, room=ROOM, node="media-1", title="示教", session=SESSION)


async def test_start_status_stop(places: RecorderPlaces) -> None:
    async with running(places, FakeNode()), linked(places) as (client, heard):
        await start(client)
        await start(client)
        assert (await until(heard, RecordingState.RECORDING)).room == "room"
        assert [(status.recording, status.state) for status in await client.statuses()] == [
            ("rec", "recording")
        ]

        await client.stop(recording=REC)
        await until(heard, RecordingState.COMPLETE)

        with pytest.raises(RecordingRefused) as refused:
            await start(client)
    assert refused.value.code == "recording.over"
    manifest = read_manifest(places.recordings.folder("rec"))
    assert manifest is not None
    assert (manifest.title, manifest.session, manifest.state) == ("示教", SESSION, RecordingState.COMPLETE)


async def test_a_restarted_recorder_goes_on_and_the_front_hears_it(places: RecorderPlaces) -> None:
    async with linked(places) as (client, heard):
        async with running(places, FakeNode()):
            await start(client)
            await until(heard, RecordingState.RECORDING)
        first = read_manifest(places.recordings.folder("rec"))

        node = FakeNode()
        async with running(places, node):
            await until(heard, RecordingState.RECORDING)
            assert node.watched == {"room"}
            await client.stop(recording=REC)
            await until(heard, RecordingState.COMPLETE)
    last = read_manifest(places.recordings.folder("rec"))
    assert first is not None
    assert last is not None
    assert (first.state, first.origin_ms) == (RecordingState.RECORDING, last.origin_ms)
    assert (first.session, last.session) == (SESSION, SESSION)


async def test_a_second_recorder_stands_by_and_takes_over(places: RecorderPlaces) -> None:
    stop, ready = asyncio.Event(), asyncio.Event()
    async with linked(places) as (client, heard):
        async with running(places, FakeNode()):
            await start(client)
            await until(heard, RecordingState.RECORDING)
            settings, nodes = RecordingSettings(tick_s=0.05), {"media-1": FakeNode()}
            second = asyncio.create_task(run_recorder(settings, places, nodes, stop=stop, ready=ready.set))
            await asyncio.sleep(0.3)
            assert not ready.is_set()

        await asyncio.wait_for(ready.wait(), 5)
        await until(heard, RecordingState.RECORDING)
        third = asyncio.create_task(run_recorder(settings, places, nodes, stop=stop))
        stop.set()
        await asyncio.wait_for(asyncio.gather(second, third), 10)


async def test_what_was_said_while_the_recorder_was_away_is_said_again(
    places: RecorderPlaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform_api.kernel.unix_link.LINK_WAIT_S", 0.01)
    async with linked(places) as (client, heard):
        await start(client)
        with pytest.raises(RecorderAway):
            await client.statuses()
        async with running(places, FakeNode()):
            await until(heard, RecordingState.RECORDING)
        await client.stop(recording=REC)
        async with running(places, FakeNode()):
            await until(heard, RecordingState.COMPLETE)


async def test_a_stop_that_was_heard_but_not_finished_is_finished_at_start(places: RecorderPlaces) -> None:
    async with linked(places) as (client, heard):
        async with running(places, FakeNode()):
            await start(client)
            await until(heard, RecordingState.RECORDING)
        folder = places.recordings.folder("rec")
        text = folder.read("recorder.json")
        stopped = text.replace(b'"stopped_at_ms":null', b'"stopped_at_ms":4102444800000.0')
        assert stopped != text
        folder.write("recorder.json", stopped)

        async with running(places, FakeNode()):
            change = await until(heard, RecordingState.COMPLETE)
    assert change.duration_ms > 1_000_000


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("not json", "message.invalid"),
        ('{"id":1,"request":{"op":"format_disk"}}', "message.invalid"),
        (
            '{"id":1,"request":{"op":"start","recording":"a:b","room":"r","node":"media-1","title":""}}',
            "not_found",
        ),
        (
            '{"id":1,"request":{"op":"start","recording":"..","room":"r","node":"media-1","title":""}}',
            "not_found",
        ),
        (
            '{"id":1,"request":{"op":"start","recording":"a","room":"r","node":"media-9","title":""}}',
            "recording.node_unknown",
        ),
    ],
)
async def test_bad_requests_are_refused_and_the_link_stays(
    places: RecorderPlaces, said: str, code: str
) -> None:
    async with running(places, FakeNode()):
        connector = aiohttp.UnixConnector(str(places.socket))
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            http.ws_connect("http://recorder/control") as link,
        ):
            await link.send_str(said)
            assert (await link.receive_json())["answer"] == {"op": "failed", "code": code}
            await link.send_str('{"id":2,"request":{"op":"status"}}')
            assert (await link.receive_json())["answer"]["op"] == "statuses"
    assert list(places.recordings.root.iterdir()) == []


async def test_the_socket_is_ours_alone(places: RecorderPlaces) -> None:
    async with running(places, FakeNode()):
        assert places.socket.stat().st_mode & 0o077 == 0
