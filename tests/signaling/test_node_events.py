"""What the media node tells, as the room hears it."""

from media.control import AudioLevel, PeerStateChanged, QualityRow, RoomQuality, SlotClockMoved
from platform_api.kernel import events as facts
from platform_api.kernel.rooms import Role, Source
from tests.support.live import ROOM, SESSION, Live


async def test_an_encoder_is_there_as_long_as_it_sends_and_puts_the_room_on_air(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)

    live.media.publish(ROOM, "whip-voice", Source.VOICE)
    box = await host.event("participant.upserted", lambda d: d["participant"]["id"] == "whip-voice")
    scope = live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    state = await host.event("room.state", lambda data: data["state"] == "on_air")
    live.media.end(scope)
    left = await host.event("participant.left")

    assert (box["participant"]["role"], box["participant"]["device"]) == ("encoder", "encoder")
    assert state["on_air_since_ms"] > 0
    assert left["participant"] == "whip-scope"
    assert [event["name"] for event in host.events if event["name"] == "room.state"] == ["room.state"]


async def test_the_house_hears_once_that_a_room_is_on_air_and_again_after_a_restart(live: Live) -> None:
    told: list[facts.RoomWentOnAir] = []

    async def keep(fact: facts.RoomWentOnAir) -> None:
        told.append(fact)

    live.bus.subscribe(facts.RoomWentOnAir, keep)
    host = await live.enter("anne", Role.HOST, session=SESSION)
    live.media.publish(ROOM, "whip-voice", Source.VOICE)
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    live.media.publish(ROOM, "whip-hand", Source.HAND)
    state = await host.event("room.state", lambda data: data["state"] == "on_air")
    await host.event("publication.upserted", lambda d: d["publication"]["source"] == "hand")
    await live.signaling._teller.drain()
    assert [(fact.room, fact.session) for fact in told] == [(ROOM, SESSION)]

    await live.restart()
    live.bus.subscribe(facts.RoomWentOnAir, keep)
    await live.enter("anne", Role.HOST, session=SESSION)
    await live.signaling._teller.drain()

    assert [round(fact.at.timestamp() * 1000) for fact in told] == [state["on_air_since_ms"]] * 2


async def test_a_room_without_a_picture_is_not_on_air(live: Live) -> None:
    told: list[facts.RoomWentOnAir] = []

    async def keep(fact: facts.RoomWentOnAir) -> None:
        told.append(fact)

    live.bus.subscribe(facts.RoomWentOnAir, keep)
    host = await live.enter("anne", Role.HOST)
    live.media.publish(ROOM, "whip-voice", Source.VOICE)
    await host.event("publication.upserted")
    await live.signaling._teller.drain()

    assert told == []


async def test_a_lost_node_ends_its_publications_and_pages_offer_again(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    offer = {"peer": "peer-0001", "sdp": "v=0", "publications": [{"mid": "0", "source": "scope"}]}
    await host.do("media.offer", offer)
    await host.event("publication.upserted")

    live.media.lose_everything()
    ended = await host.event("publication.ended")
    await host.passed("media.reset")
    await host.do("media.offer", {**offer, "peer": "peer-0002"})
    again = await host.event(
        "publication.upserted",
        lambda _: [event["name"] for event in host.events].count("publication.upserted") == 2,
    )

    assert ended["publication"] == again["publication"]["id"] == f"{host.participant}.scope"


async def test_publications_that_the_node_lost_while_the_front_was_away_have_ended(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    hand = live.media.publish(ROOM, "whip-hand", Source.HAND)
    await host.event("publication.upserted", lambda d: d["publication"]["id"] == hand)

    live.media.publications.pop(hand)
    await live.restart()
    again = await live.enter("anne", Role.HOST)
    if len(again.joined["snapshot"]["publications"]) > 1:
        await again.event("publication.ended", lambda data: data["publication"] == hand)
    late = await live.enter("vera")

    assert [each["id"] for each in late.joined["snapshot"]["publications"]] == ["whip-scope.scope"]
    assert {each["id"] for each in late.joined["snapshot"]["participants"]} >= {"whip-scope"}


async def test_a_closed_room_hears_its_node_no_more(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    await host.do("media.offer", {"peer": "peer-0001", "sdp": "v=0"})

    await live.signaling.directory.end(ROOM)

    assert live.media.closed == [ROOM]
    assert len(live.signaling.directory) == 0


async def test_a_node_that_is_away_refuses_media_and_nothing_else(live: Live) -> None:
    live.media.away = True
    host = await live.enter("anne", Role.HOST)

    assert await host.refused("media.offer", {"peer": "peer-0001", "sdp": "v=0"}) == "media.away"
    await host.do("room.hand", {"up": True})


async def test_subscriptions_hold_what_the_grant_lets_see(live: Live) -> None:
    scope = live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    hand = live.media.publish(ROOM, "whip-hand", Source.HAND)
    viewer = await live.enter("vera", subscribe=frozenset({Source.SCOPE}))
    if len(viewer.joined["snapshot"]["publications"]) < 2:
        await viewer.event("publication.upserted", lambda d: d["publication"]["id"] == hand)
    await viewer.do("media.offer", {"peer": "peer-0001", "sdp": "v=0"})

    wants = [{"publication": scope, "layer": "high"}, {"publication": hand}]
    answer = await viewer.do("media.subscribe", {"peer": "peer-0001", "want": wants})

    assert answer["assignments"] == [
        {"publication": scope, "mid": "0"},
        {"publication": hand, "mid": None},
    ]
    assert [want.publication for want in live.media.wanted[-1].want] == [scope]
    assert live.media.offers[-1].may_subscribe == {Source.SCOPE}


async def test_passing_things_reach_whom_they_concern(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    viewer = await live.enter("vera")
    me = viewer.participant

    live.media.tell(PeerStateChanged(room=ROOM, participant=me, peer="peer-0001", state="connected"))
    live.media.tell(
        SlotClockMoved(
            room=ROOM,
            participant=me,
            peer="peer-0001",
            mid="0",
            rtp_timestamp=9,
            source_rtp_timestamp=4_000_000_000,
            rid="h",
            capture_ms=5.0,
            clock_rate=90000,
        )
    )
    for level in (-40, -20):
        live.media.tell(AudioLevel(room=ROOM, publication="a.voice", level_dbov=level))
    row = QualityRow(participant=me, up_bps=1, up_loss=None, down_bps=2, down_loss=0.5, rtt_ms=3.0)
    live.media.tell(RoomQuality(room=ROOM, rows=(row,)))

    assert (await viewer.passed("media.peer"))["state"] == "connected"
    point = await viewer.passed("media.slot_clock")
    assert (point["capture_ms"], point["source_rtp_timestamp"], point["rid"]) == (5.0, 4_000_000_000, "h")
    assert (await host.passed("audio.levels"))["levels"] == {"a.voice": -20}
    assert (await host.passed("quality"))["rows"][0]["down_loss"] == 0.5
    assert {frame["name"] for frame in host.passing} == {"audio.levels", "quality"}


async def test_strokes_and_pointers_reach_the_others_only(live: Live) -> None:
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    host = await live.enter("anne", Role.HOST)
    if not host.joined["snapshot"]["publications"]:
        await host.event("publication.upserted")
    viewer = await live.enter("vera")
    target = {"kind": "live", "publication": "whip-scope.scope", "capture_ms": 1}
    await viewer.do("room.ping", {"sent_ms": 1})

    await host.say("annotation.pointer", {"target": target, "at": {"x": 0.5, "y": 0.25}})
    shape = {"shape": "pen", "points": [{"x": 0.1, "y": 0.1}]}
    await host.say("annotation.stroke", {"id": "m1", "target": target, "shape": shape})

    moved = await viewer.passed("pointer.moved")
    shown = await viewer.passed("stroke.shown")
    assert (moved["author"], moved["pointer"]["at"]["y"]) == (host.participant, 0.25)
    assert shown["stroke"]["id"] == "m1"
    assert host.passing == []
