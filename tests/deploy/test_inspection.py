"""What administrators see of a node's rooms, from its packets to the shape of the answer."""

import pytest

from deploy.launch.inspection import NodeRooms
from media.local import LocalMediaClient
from platform_api.kernel.errors import Unavailable
from platform_api.kernel.ids import RoomId
from platform_api.kernel.rooms import Source
from tests.support.fake_media import FakeMedia
from tests.support.seated import seated


async def test_an_administrator_sees_who_is_there_what_flows_and_why() -> None:
    async with seated() as room:
        room.plane.rates_bps = {"scope h": 2_500_000, "scope l": 150_000, "voice": 40_000}
        await room.publish("expert", {Source.SCOPE: ("h", "l"), Source.VOICE: ()})
        await room.view("content", "expert.voice")
        await room.view("doctor", "expert.scope", "expert.voice")
        room.node.tap("room-1", "expert.voice", "recorder", lambda packet: None)
        room.estimate("doctor", 400_000, loss=0.04)
        room.pass_s(6)
        keeper = NodeRooms(LocalMediaClient(room.node))

        listed = await keeper.rooms([RoomId("room-1"), RoomId("room-2")])
        others = await keeper.rooms([RoomId("room-2")])
        seen = await keeper.room("room-1")

        assert seen is not None
        assert [item.room for item in listed.rooms] == [seen.room.room] == ["room-1"]
        assert (seen.room.participants, seen.room.peers, listed.left_off) == (3, 3, 0)
        assert others.rooms == []
        scope, voice = seen.room.publications
        assert (scope.source, scope.subscribers, scope.tapped, scope.wanted_rids) == (
            "scope",
            1,
            False,
            ["l"],
        )
        assert [(layer.rid, layer.bitrate_bps) for layer in scope.layers] == [
            ("h", 2_500_000),
            ("l", 150_000),
        ]
        assert (voice.kind, voice.subscribers, voice.tapped, voice.wanted_rids) == ("audio", 2, True, None)
        doctor, *rest = seen.peers
        assert [peer.participant for peer in rest] == ["content", "expert"]
        assert (doctor.participant, doctor.estimate_bps, doctor.loss, doctor.age_s) == (
            "doctor",
            400_000,
            0.04,
            6.0,
        )
        assert doctor.goal_bps > 2_540_000
        slots = {slot.source: (slot.rid, slot.state, slot.reason) for slot in doctor.slots}
        assert slots == {"scope": ("l", "reduced", "line"), "voice": ("", "full", "as_wanted")}
        assert await keeper.room("room-2") is None


async def test_a_node_that_is_away_is_told_as_such() -> None:
    media = FakeMedia()
    media.away = True

    with pytest.raises(Unavailable):
        await NodeRooms(media).rooms([RoomId("room-1")])
    with pytest.raises(Unavailable):
        await NodeRooms(media).room("room-1")
