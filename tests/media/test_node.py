"""A node with real peers: what one sends is what the others decode."""

from datetime import UTC, datetime

import pytest

from media.client import MediaRefused, TapBatch
from media.control import (
    CloseRoom,
    PeerStateChanged,
    PublicationChanged,
    PublicationEnded,
    PublicationStarted,
    RoomQuality,
    SetPublication,
    SlotClockMoved,
)
from media.local import LocalMediaClient
from platform_api.kernel.clock import ManualClock
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import AiortcPeer, Events, peers, running_node, scope_heard


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_subscriber_decodes_what_the_publisher_sends(codec: str) -> None:
    async with running_node() as (_, client):
        expert = AiortcPeer(client, participant="expert")
        doctor = AiortcPeer(client, participant="doctor")
        async with peers(expert, doctor):
            expert.publish(Source.SCOPE, codec=codec)
            expert.publish(Source.VOICE)
            await expert.connect()
            doctor.receive(video=2, audio=1)
            negotiated = await doctor.connect()

            subscribed = await doctor.subscribe("expert.scope", "expert.voice", "expert.hand")

            assert [slot.kind for slot in negotiated.slots] == ["video", "video", "audio"]
            mids = {item.publication: item.mid for item in subscribed.assignments}
            assert mids["expert.hand"] is None
            await doctor.heard_on(mids["expert.scope"]).reach(10)
            await doctor.heard_on(mids["expert.voice"]).reach(10)


async def test_watcher_is_told_of_publications_clocks_and_quality() -> None:
    async with running_node() as (_, client):
        events = Events(client)
        await client.watch("room-1")
        expert, doctor = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="doctor")
        async with peers(expert, doctor):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            started = await events.until(PublicationStarted)
            doctor.receive()
            await doctor.connect()
            (assignment,) = (await doctor.subscribe("expert.scope")).assignments

            clock = await events.until(SlotClockMoved, participant="doctor")
            quality = await events.until(RoomQuality, count=2)
            late = Events(other := LocalMediaClient(_))
            await other.watch("room-1")
            await expert.leave()
            ended = await events.until(PublicationEnded)

        assert (started.publication, started.source, started.codec) == ("expert.scope", Source.SCOPE, "VP8")
        assert (started.kind, started.clock_rate, started.layers) == ("video", 90_000, ())
        assert (clock.mid, clock.peer, clock.clock_rate) == (assignment.mid, doctor.peer, 90_000)
        rows = {row.participant: row for row in quality.rows}
        assert rows["expert"].up_bps > 0
        assert rows["doctor"].down_bps > 0
        assert late.of(PublicationStarted) == [started]
        assert ended.publication == "expert.scope"
        assert events.of(PeerStateChanged, participant="expert", state="connected")
        assert events.of(PeerStateChanged, participant="expert", state="closed")


async def test_switched_off_publication_reaches_neither_viewers_nor_taps() -> None:
    async with running_node() as (_, client):
        events = Events(client)
        await client.watch("room-1")
        expert, doctor = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="doctor")
        tapped: list[TapBatch] = []
        await client.tap("room-1", "expert.scope", tapped.append)
        async with peers(expert, doctor):
            assignment, heard = await scope_heard(expert, doctor)
            assert tapped

            await client.set_publication(SetPublication(room="room-1", publication="expert.scope", on=False))
            off = len(tapped)
            await events.until(RoomQuality, count=len(events.of(RoomQuality)) + 1)
            frames_off, tapped_off = heard.frames, len(tapped)
            await client.set_publication(SetPublication(room="room-1", publication="expert.scope", on=True))
            assert tapped_off == off
            assert (await doctor.subscribe("expert.scope")).assignments == (assignment,)
            await heard.reach(frames_off + 5)
            # Each frame came after the switch: nothing of the silent time was kept back.
            first_on = tapped[off].packets[0]
            assert tapped[off - 1].packets[0].arrival_ms + 500 < first_on.arrival_ms
            assert [event.on for event in events.of(PublicationChanged)] == [False, True]
            with pytest.raises(MediaRefused) as refused:
                await client.set_publication(SetPublication(room="room-1", publication="x.scope", on=True))
            assert refused.value.code == "media.source_unknown"


async def test_switching_views_keeps_the_slot_of_what_stays() -> None:
    async with running_node() as (_, client):
        expert, doctor = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="doctor")
        async with peers(expert, doctor):
            expert.publish(Source.SCOPE, codec="VP8")
            expert.publish(Source.HAND, codec="VP8")
            expert.publish(Source.CAMERA, codec="VP8")
            await expert.connect()
            doctor.receive(video=2)
            await doctor.connect()

            first = await doctor.subscribe("expert.scope", "expert.hand", "expert.camera")
            second = await doctor.subscribe("expert.camera", "expert.hand")
            paused = await doctor.subscribe("expert.camera", "expert.hand", paused=True)

            assert [item.mid for item in first.assignments] == ["0", "1", None]
            assert [item.mid for item in second.assignments] == ["0", "1"]
            assert paused == second
            await doctor.subscribe("expert.camera", "expert.hand")
            await doctor.heard_on("0").further(5)
            await doctor.heard_on("1").further(5)


async def test_newer_peer_of_a_participant_takes_over_without_an_end() -> None:
    async with running_node() as (_, client):
        events = Events(client)
        await client.watch("room-1")
        older, newer = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="expert")
        doctor = AiortcPeer(client, participant="doctor")
        async with peers(older, newer, doctor):
            older.publish(Source.SCOPE, codec="VP8")
            await older.connect()
            doctor.receive()
            await doctor.connect()
            (assignment,) = (await doctor.subscribe("expert.scope")).assignments
            await doctor.heard_on(assignment.mid).reach(5)

            newer.publish(Source.SCOPE, codec="VP8")
            await newer.connect()

            await events.until(PeerStateChanged, peer=older.peer, state="closed")
            await events.until(PublicationStarted, count=2, publication="expert.scope")
            await doctor.heard_on(assignment.mid).further(10)
            assert events.of(PublicationEnded) == []


async def test_sections_added_later_keep_what_flows() -> None:
    async with running_node() as (_, client):
        expert, doctor = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="doctor")
        async with peers(expert, doctor):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            doctor.receive()
            await doctor.connect()
            await doctor.subscribe("expert.scope")
            await doctor.heard_on("0").reach(5)

            expert.publish(Source.HAND, codec="VP8")
            await expert.connect()
            doctor.receive()
            renegotiated = await doctor.connect()
            subscribed = await doctor.subscribe("expert.scope", "expert.hand")

            assert [slot.mid for slot in renegotiated.slots] == ["0", "1"]
            assert [item.mid for item in subscribed.assignments] == ["0", "1"]
            await doctor.heard_on("0").further(5)
            await doctor.heard_on("1").further(5)


async def test_subscriber_sees_only_the_sources_it_may_and_only_its_own_peer() -> None:
    async with running_node(max_participants=2) as (_, client):
        expert, doctor = AiortcPeer(client, participant="expert"), AiortcPeer(client, participant="doctor")
        stranger = AiortcPeer(client, participant="stranger")
        async with peers(expert, doctor, stranger):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            doctor.receive()
            await doctor.connect()

            stranger.receive()
            with pytest.raises(MediaRefused) as full:
                await stranger.connect()
            stranger.peer = doctor.peer
            with pytest.raises(MediaRefused) as foreign:
                await stranger.subscribe("expert.scope")

            assert full.value.code == "media.room_full"
            assert foreign.value.code == "media.unknown_peer"


async def test_closed_room_ends_every_peer_and_publication() -> None:
    async with running_node() as (node, client):
        events = Events(client)
        await client.watch("room-1")
        expert = AiortcPeer(client, participant="expert")
        async with peers(expert):
            expert.publish(Source.SCOPE, codec="VP8")
            await expert.connect()
            await events.until(PublicationStarted)

            await client.close_room(CloseRoom(room="room-1"))

            await events.until(PublicationEnded)
            await events.until(PeerStateChanged, state="closed")
            assert node.figures()["peers"] == 0
            assert node.figures()["rooms"] == 0


async def test_peer_that_never_connects_ends_by_itself() -> None:
    async with running_node(connect_timeout_s=0.5) as (node, client):
        events = Events(client)
        await client.watch("room-1")
        expert = AiortcPeer(client, participant="expert")
        async with peers(expert):
            expert.receive()
            offer = await expert.connection.createOffer()
            await expert.connection.setLocalDescription(offer)

            await expert.offer_only()

            await events.until(PeerStateChanged, state="failed")
            assert node.figures()["peers"] == 0


async def test_participant_keeps_at_most_four_peers() -> None:
    async with running_node() as (node, client):
        events = Events(client)
        await client.watch("room-1")
        offering = [AiortcPeer(client, participant="expert") for _ in range(5)]
        async with peers(*offering):
            for peer in offering:
                peer.receive()
                await peer.connection.setLocalDescription(await peer.connection.createOffer())
                await peer.offer_only()

            await events.until(PeerStateChanged, peer=offering[0].peer, state="closed")
            assert node.figures()["peers"] == 4


async def test_empty_room_is_freed_within_half_a_minute() -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    async with running_node(clock=clock) as (node, client):
        doctor = AiortcPeer(client, participant="doctor")
        async with peers(doctor):
            doctor.receive()
            await doctor.connect()
            await doctor.leave()

            clock.advance(10)
            node.tend()
            assert node.figures()["rooms"] == 1
            clock.advance(15)
            node.tend()
            assert node.figures()["rooms"] == 0
