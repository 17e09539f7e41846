"""What Prometheus hears of a node, and what a connection leaves in the log."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from deploy.launch.figures import NodeFigures
from media import figures
from media.control import Disconnect
from media.local import LocalMediaClient
from platform_api.kernel.rooms import Source
from tests.support.aiortc_peer import AiortcPeer, peers, running_node
from tests.support.fake_media import FakeMedia
from tests.support.seated import ROOM, Seated, peer_id, seated

EVENING = {Source.SCOPE: ("h", "l"), Source.VOICE: ()}


async def scraped(room: Seated) -> CollectorRegistry:
    """What the front would show."""
    registry, collector = CollectorRegistry(), NodeFigures(LocalMediaClient(room.node), node="media-1")
    registry.register(collector)
    await collector.refresh()
    return registry


def value(registry: CollectorRegistry, figure: str, /, **labels: str) -> float | None:
    return registry.get_sample_value(f"scopecast_media_{figure}", {"node": "media-1", **labels})


async def test_rooms_and_sources_are_counted_and_nobody_is_named() -> None:
    async with seated() as room:
        room.plane.rates_bps = {"scope h": 2_500_000, "scope l": 150_000, "voice": 40_000}
        await room.publish("expert", EVENING)
        await room.view("doctor", "expert.scope", "expert.voice")
        room.estimate("doctor", 400_000, loss=0.04)
        room.pass_s(3)
        await room.send()
        await room.rtp["doctor"].until(lambda: len(room.rtp["doctor"].rtp) >= 4)

        registry = await scraped(room)
        text = generate_latest(registry).decode()

    of_scope = {"room": ROOM, "source": "scope"}
    assert value(registry, "node_up") == 1
    assert value(registry, "events", name="rooms") == 1
    received = value(registry, "received_packets_total", **of_scope)
    assert received is not None
    assert received >= 8
    sent = value(registry, "sent_octets_total", room=ROOM, source="voice")
    assert sent is not None
    assert sent > 0
    assert value(registry, "received_bits_per_second", **of_scope, rid="h") == 2_500_000
    assert value(registry, "flows", **of_scope, state="reduced", reason="line") == 1
    assert value(registry, "flow_layers", **of_scope, layer="low") == 1
    assert value(registry, "line_bits_per_second", room=ROOM, of="least") == 400_000
    assert value(registry, "line_loss_ratio", room=ROOM, of="most") == 0.04
    assert "expert" not in text
    assert "doctor" not in text


async def test_counters_stay_when_a_viewer_leaves_and_rooms_beyond_the_limit_are_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with seated() as room:
        await room.publish("expert", EVENING)
        await room.view("doctor", "expert.scope")
        await room.send()
        before = value(await scraped(room), "sent_packets_total", room=ROOM, source="scope")

        await room.node.disconnect(Disconnect(room=ROOM, participant="doctor", peer=peer_id("doctor")))
        registry = await scraped(room)
        monkeypatch.setattr(figures, "MAX_ROOMS_NAMED", 0)
        crowded = await scraped(room)

    assert before is not None
    after = value(registry, "sent_packets_total", room=ROOM, source="scope")
    assert after is not None
    assert after >= before > 0
    assert value(registry, "peers_ended_total", reason="left") == 1
    assert value(crowded, "sent_packets_total", room=ROOM, source="scope") is None
    assert value(crowded, "sent_packets_total", room="others", source="scope") == after


async def test_a_node_that_is_away_is_down_and_nothing_else() -> None:
    media = FakeMedia()
    media.away = True
    registry, collector = CollectorRegistry(), NodeFigures(media, node="media-1")
    registry.register(collector)

    await collector.refresh()

    assert value(registry, "node_up") == 0


async def test_a_connection_leaves_two_lines_that_name_nobody() -> None:
    lines: list[Any]
    with capture_logs() as lines:
        async with running_node() as (node, client):
            expert = AiortcPeer(client, participant="expert-anne")
            async with peers(expert):
                expert.publish(Source.SCOPE, codec="VP8")
                await expert.connect()
                await client.watch("room-1")
                await expert.leave()
            joins = node.census.registry.get_sample_value(
                "scopecast_media_join_seconds_count", {"room": "room-1"}
            )

    connected, ended = [line for line in lines if line.get("area") == "media.connections"]
    assert joins == 1
    assert (connected["event"], connected["room"], connected["sends"]) == (
        "peer.connected",
        "room-1",
        ["scope"],
    )
    assert 0 <= connected["took_ms"] < 20_000
    assert (ended["event"], ended["peer"], ended["reason"]) == ("peer.ended", connected["peer"], "left")
    assert {"lasted_s", "packets_in", "octets_in", "lost_in", "packets_out", "repaired_out"} <= set(ended)
    assert "anne" not in repr((connected, ended))
