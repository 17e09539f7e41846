"""The control channel: a remote client sees what a local one sees, and finds the node again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from media.client import MediaAway, MediaRefused, TapBatch
from media.control import PublicationEnded, PublicationStarted, SetPublication, Subscribe
from media.node import MediaNode
from media.plane import TapPacket
from media.remote import RemoteMediaClient
from media.server import ControlServer, TapQueue
from media.tap_wire import TapFrameInvalid, decode_batch, encode_batch
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import AiortcPeer, Events, peers, running_node


@asynccontextmanager
async def linked(socket: Path, node: MediaNode) -> AsyncIterator[RemoteMediaClient]:
    server, remote = ControlServer(node, socket), RemoteMediaClient(socket)
    await server.start()
    await remote.start()
    try:
        yield remote
    finally:
        await remote.close()
        await server.close()


async def test_remote_client_negotiates_watches_and_taps(tmp_path: Path) -> None:
    async with running_node() as (node, _), linked(tmp_path / "media.sock", node) as remote:
        events, tapped, enough = Events(remote), [], asyncio.Event()

        def hear(batch: TapBatch) -> None:
            tapped.append(batch)
            if sum(len(item.packets) for item in tapped) > 20:
                enough.set()

        await remote.watch("room-1")
        await remote.tap("room-1", "expert.scope", hear)
        expert = AiortcPeer(remote, participant="expert")
        async with peers(expert):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()

            started = await events.until(PublicationStarted)
            async with asyncio.timeout(10):
                await enough.wait()

        assert started.publication == "expert.scope"
        packets = [packet for batch in tapped for packet in batch.packets]
        assert all(batch.dropped == 0 for batch in tapped)
        assert [packet.arrival_ms for packet in packets] == sorted(packet.arrival_ms for packet in packets)
        assert packets[0].data[0] >> 6 == 2
        assert (await remote.stats("room-1")).counters["negotiations"] == 1


async def test_refusal_keeps_its_code_over_the_channel(tmp_path: Path) -> None:
    async with running_node() as (node, _), linked(tmp_path / "media.sock", node) as remote:
        with pytest.raises(MediaRefused) as refused:
            await remote.subscribe(Subscribe(room="nowhere", participant="a", peer="b", want=()))

        assert refused.value.code == "media.unknown_room"


async def test_client_finds_a_restarted_node_and_asks_anew(tmp_path: Path) -> None:
    socket = tmp_path / "media.sock"
    remote = RemoteMediaClient(socket)
    resets: list[int] = []
    events = Events(remote)
    remote.on_reset(lambda: resets.append(len(events.all)))
    await remote.start()
    try:
        async with running_node() as (node, _):
            server = ControlServer(node, socket)
            await server.start()
            await remote.watch("room-1")
            await server.close()
        with pytest.raises(MediaAway):
            await remote.stats("room-1")

        async with running_node() as (node, _):
            server = ControlServer(node, socket)
            await server.start()
            expert = AiortcPeer(remote, participant="expert")
            async with peers(expert):
                expert.publish(Source.SCOPE, codec="VP8")
                await expert.connect()
                await events.until(PublicationStarted)
            await server.close()
    finally:
        await remote.close()

    assert resets == [0]


async def test_a_lost_link_to_the_same_node_is_no_reset_and_what_ended_meanwhile_is_told(
    tmp_path: Path,
) -> None:
    socket = tmp_path / "media.sock"
    remote = RemoteMediaClient(socket)
    resets: list[None] = []
    events = Events(remote)
    remote.on_reset(lambda: resets.append(None))
    await remote.start()
    try:
        async with running_node() as (node, local):
            server = ControlServer(node, socket)
            await server.start()
            await remote.watch("room-1")
            stays, goes = AiortcPeer(local, participant="stays"), AiortcPeer(local, participant="goes")
            async with peers(stays, goes):
                for peer in (stays, goes):
                    peer.publish(Source.SCOPE, codec="VP8")
                    await peer.connect()
                    await events.until(PublicationStarted, participant=peer.participant)
                await server.close()
                await goes.leave()
                await server.start()

                ended = await events.until(PublicationEnded)
                await events.until(PublicationStarted, participant="stays", count=2)
            await server.close()
    finally:
        await remote.close()

    assert ended.publication == "goes.scope"
    assert len(events.of(PublicationEnded, publication="goes.scope")) == 1
    assert resets == []


async def test_foreign_frames_are_counted_and_ended_nothing(tmp_path: Path) -> None:
    async with running_node() as (node, _), linked(tmp_path / "media.sock", node) as remote:
        connector = aiohttp.UnixConnector(str(tmp_path / "media.sock"))
        async with aiohttp.ClientSession(connector=connector) as http:
            async with http.ws_connect("http://media/control") as link:
                await link.send_str("{")
                await link.send_str('{"id": 1, "request": {"op": "watch", "room": "room-1"}}')
                hello = await link.receive_json(timeout=5)
                answer = await link.receive_json(timeout=5)
            async with http.get("http://media/metrics") as figures:
                counted = await figures.text()

        assert hello == {"instance": node.instance, "version": 1}
        assert answer == {"id": 1, "answer": {"op": "done"}}
        assert 'scopecast_media_events{name="bad_control_frames"} 1.0' in counted
        with pytest.raises(MediaRefused):
            await remote.set_publication(SetPublication(room="room-1", publication="a.scope", on=True))
        assert (tmp_path / "media.sock").stat().st_mode & 0o077 == 0


def test_slow_listener_loses_the_oldest_and_is_told_how_many() -> None:
    counters: Counter[str] = Counter()
    queue = TapQueue("room-1", "expert.scope", counters)
    for number in range(8192 + 5):
        queue.put(TapPacket("h", float(number), b"\x80" * 12))

    first, second = queue.take(), queue.take()

    assert first is not None
    assert second is not None
    assert (decode_batch(first).dropped, decode_batch(second).dropped) == (5, 0)
    assert decode_batch(first).packets[0].arrival_ms == 5.0
    assert counters["tap_dropped"] == 5


def test_tap_frames_survive_the_wire_and_refuse_what_is_cut() -> None:
    batch = TapBatch(
        room="room-1",
        publication="expert.scope",
        dropped=3,
        packets=(TapPacket("h", 1.5, b"abc"), TapPacket("", 2.5, b"")),
    )
    frame = encode_batch(batch)

    assert decode_batch(frame) == batch
    for size in range(len(frame)):
        with pytest.raises(TapFrameInvalid):
            decode_batch(frame[:size])
