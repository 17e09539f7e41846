"""What a page shows, what it is told about its pictures, and what a publisher is told of its layers."""

from media.control import FlowMoved, LayersWanted, SlotFlow
from platform_api.kernel.rooms import Role, Source
from tests.support.live import ROOM, Live


async def test_what_a_page_shows_reaches_the_node(live: Live) -> None:
    viewer = await live.enter("vera")
    shown = {"publication": "whip-scope.scope", "width": 1280, "height": 720}

    await viewer.do("media.viewport", {"peer": "peer-0001", "shown": [shown]})
    refused = await viewer.refused(
        "media.viewport", {"peer": "peer-0001", "shown": [{**shown, "width": 20_000}]}
    )

    (told,) = live.media.viewports
    assert (told.room, told.participant, told.peer) == (ROOM, viewer.participant, "peer-0001")
    assert [item.model_dump() for item in told.shown] == [shown]
    assert refused == "message.invalid"


async def test_only_the_viewer_hears_why_its_pictures_are_so_and_only_the_publisher_what_is_wanted(
    live: Live,
) -> None:
    host, viewer = await live.enter("anne", Role.HOST), await live.enter("vera")
    slot = SlotFlow(
        mid="3", publication="whip-scope.scope", layer=None, wanted="auto", state="paused", reason="line"
    )

    live.media.tell(
        FlowMoved(
            room=ROOM,
            participant=viewer.participant,
            peer="peer-0001",
            slots=(slot,),
            estimate_bps=400_000,
            loss=0.1,
            rtt_ms=50.0,
        )
    )
    flow = await viewer.passed("media.flow")
    live.media.tell(
        LayersWanted(
            room=ROOM,
            participant=host.participant,
            publication=f"{host.participant}.scope",
            source=Source.SCOPE,
            wanted=True,
            rids=("m", "l"),
        )
    )
    wanted = await host.passed("media.wanted_layers")

    assert flow["slots"] == [slot.model_dump()]
    assert flow["line"] == {"estimate_bps": 400_000, "loss": 0.1, "rtt_ms": 50.0}
    assert (wanted["source"], wanted["wanted"], wanted["rids"]) == ("scope", True, ["m", "l"])
    assert "media.flow" not in [frame["name"] for frame in host.passing]
    assert "media.wanted_layers" not in [frame["name"] for frame in viewer.passing]


async def test_what_pages_saw_is_counted_by_room_and_source_and_what_is_not_there_is_not(live: Live) -> None:
    viewer = await live.enter("vera")
    scope = live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    await viewer.event("publication.upserted")
    seen = {"frames": 250, "freezes": 2, "frozen_ms": 1500, "first_frame_ms": 200, "delay_ms": 120.5}

    await viewer.do(
        "media.report",
        {"peer": "peer-0001", "seen": [{"publication": scope, **seen}, {"publication": "none.hand", **seen}]},
    )

    def figure(name: str, source: str) -> float | None:
        labels = {"node": "media-1", "room": ROOM, "source": source}
        return live.registry.get_sample_value(f"scopecast_viewer_{name}", labels)

    assert figure("frames_total", "scope") == 250
    assert figure("freezes_total", "scope") == 2
    assert figure("frozen_seconds_total", "scope") == 1.5
    assert figure("first_frame_seconds_sum", "scope") == 0.2
    assert figure("delay_seconds_count", "scope") == 1
    assert figure("frames_total", "hand") is None
