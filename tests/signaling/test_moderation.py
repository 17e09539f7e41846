"""What a host may do, and what the others may not."""

import pytest

from platform_api.kernel.events import AccessRefused, RoomEndRequested
from platform_api.kernel.rooms import Role, Source
from tests.support.live import ROOM, SESSION, Caller, Json, Live

OFFER = {"peer": "peer-0001", "sdp": "v=0", "publications": [{"mid": "0", "source": "voice"}]}


async def two(live: Live) -> tuple[Caller, Caller]:
    return await live.enter("anne", Role.HOST), await live.enter("vera")


async def test_a_viewer_speaks_only_when_asked(live: Live) -> None:
    host, viewer = await two(live)
    assert await viewer.refused("media.offer", OFFER) == "source.not_allowed"
    await viewer.do("room.hand", {"up": True})
    raised = await host.event("participant.upserted", lambda d: d["participant"]["hand_raised_at_ms"])

    await host.do("moderate.ask_to_speak", {"participant": viewer.participant})
    asked = await viewer.passed("speak.asked")
    given = await viewer.event("participant.upserted", lambda d: "speak" in d["participant"]["rights"])
    await viewer.do("media.offer", OFFER)

    assert asked == {"by": host.participant}
    assert given["participant"]["hand_raised_at_ms"] is None
    assert raised["participant"]["id"] == viewer.participant
    assert Source.VOICE in live.media.offers[-1].may_publish
    await host.event("publication.upserted", lambda d: d["publication"]["source"] == "voice")


async def test_muting_stops_the_forwarding_and_only_the_owner_switches_on_again(live: Live) -> None:
    host, viewer = await two(live)
    await host.do("moderate.ask_to_speak", {"participant": viewer.participant})
    await viewer.do("media.offer", OFFER)
    voice = f"{viewer.participant}.voice"
    await host.event("publication.upserted", lambda d: d["publication"]["id"] == voice)

    await host.do("moderate.mute", {"participant": viewer.participant, "source": "voice"})
    muted = await viewer.passed("muted")
    await host.event("publication.upserted", lambda d: not d["publication"]["on"])
    assert live.media.publications[voice].on is False
    await viewer.do("media.switch", {"source": "voice", "on": True})
    assert live.media.publications[voice].on is True
    await host.do("moderate.rights", {"participant": viewer.participant, "take": ["speak"]})

    assert muted == {"source": "voice", "by": host.participant}
    assert live.media.publications[voice].on is False
    assert await viewer.refused("media.switch", {"source": "voice", "on": True}) == "source.not_allowed"
    assert await host.refused("moderate.mute", {"participant": "p9", "source": "voice"}) == (
        "participant.unknown"
    )


async def test_muting_all_spares_hosts_commentators_and_boxes(live: Live) -> None:
    host, viewer = await two(live)
    commentator = await live.enter("bodo", Role.COMMENTATOR)
    names = {
        "host": live.media.publish(ROOM, host.participant, Source.VOICE),
        "viewer": live.media.publish(ROOM, viewer.participant, Source.VOICE),
        "commentator": live.media.publish(ROOM, commentator.participant, Source.COMMENTARY),
        "box": live.media.publish(ROOM, "whip-voice", Source.VOICE),
    }
    await host.event("publication.upserted", lambda d: d["publication"]["id"] == names["box"])

    await host.do("moderate.mute_all")

    on = {who: live.media.publications[name].on for who, name in names.items()}
    assert on == {"host": True, "viewer": False, "commentator": True, "box": True}


async def test_who_is_removed_hears_why_and_does_not_come_in_again(live: Live) -> None:
    host, viewer = await two(live)

    await host.do("moderate.remove", {"participant": viewer.participant, "note": "x"})
    reason = await viewer.bye()
    left = await host.event("participant.left")
    again = await live.caller("vera").connect()

    assert (reason, left["reason"]) == ("removed", "removed")
    assert await again.refused("room.join", {}) == "room.removed"
    await live.restart()
    later = await live.caller("vera").connect()
    assert await later.refused("room.join", {}) == "room.removed"


async def test_a_host_is_not_removed_by_themselves_and_a_box_loses_its_media(live: Live) -> None:
    host, _ = await two(live)
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    await host.event("participant.upserted", lambda d: d["participant"]["role"] == "encoder")

    assert await host.refused("moderate.remove", {"participant": host.participant}) == "right.missing"
    await host.do("moderate.remove", {"participant": "whip-scope"})
    left = await host.event("participant.left")

    assert left["participant"] == "whip-scope"
    assert live.media.publications == {}


async def test_lowering_a_hand(live: Live) -> None:
    host, viewer = await two(live)
    await viewer.do("room.hand", {"up": True})
    raised = await host.event("participant.upserted", lambda d: d["participant"]["hand_raised_at_ms"])
    await host.do("moderate.lower_hand", {"participant": viewer.participant})

    lowered = await host.event(
        "participant.upserted",
        lambda d: (
            d["participant"]["id"] == viewer.participant and d["participant"]["hand_raised_at_ms"] is None
        ),
    )

    assert raised["participant"]["id"] == lowered["participant"]["id"]


async def test_nobody_gives_what_they_do_not_have(live: Live) -> None:
    _, viewer = await two(live)
    half = await live.enter("hanna", Role.HOST, may=frozenset({"moderate"}))
    wish = {"participant": viewer.participant, "give": ["end"]}

    answer = await half.ask("moderate.rights", wish)

    assert answer["error"]["code"] == "right.missing"
    assert answer["error"]["params"] == {"right": "end"}


REFUSED_TO_VIEWERS: list[tuple[str, Json]] = [
    ("moderate.rights", {"participant": "p1", "give": ["draw"]}),
    ("moderate.ask_to_speak", {"participant": "p1"}),
    ("moderate.mute", {"participant": "p1", "source": "voice"}),
    ("moderate.mute_all", {}),
    ("moderate.lower_hand", {"participant": "p1"}),
    ("moderate.remove", {"participant": "p1"}),
    ("moderate.end", {}),
    ("room.present", {"layout": "pip"}),
    ("still.freeze", {"id": "still-0001", "publication": "a.scope", "capture_ms": 1, "open": True}),
    ("still.close", {"id": "still-0001"}),
    ("annotation.apply", {"operation": {"op": "undo"}}),
    ("annotation.stroke", {"id": "m", "target": {"kind": "board", "page": "p"}, "shape": None}),
    ("annotation.pointer", {"target": None, "at": None}),
]


@pytest.mark.parametrize(("name", "data"), REFUSED_TO_VIEWERS, ids=[name for name, _ in REFUSED_TO_VIEWERS])
async def test_a_viewer_may_not(live: Live, name: str, data: Json) -> None:
    viewer = await live.enter("vera")

    code = await viewer.refused(name, data)

    assert code == ("message.invalid" if data.get("shape", "") is None else "right.missing")


async def test_a_commentator_draws_but_neither_clears_all_nor_turns_pages(live: Live) -> None:
    commentator = await live.enter("bodo", Role.COMMENTATOR)

    for operation in (
        {"op": "clear", "sheet": "live:x", "everybody": True},
        {"op": "add_page", "id": "page-1"},
        {"op": "show_page", "id": "page-1"},
    ):
        assert await commentator.refused("annotation.apply", {"operation": operation}) == "right.missing"
    await commentator.do("annotation.apply", {"operation": {"op": "clear", "sheet": "live:x"}})


async def test_the_end_of_a_session_is_asked_of_the_platform(live: Live) -> None:
    asked: list[RoomEndRequested] = []

    async def hear(fact: RoomEndRequested) -> None:
        asked.append(fact)

    live.bus.subscribe(RoomEndRequested, hear)
    host = await live.enter("anne", Role.HOST, session=SESSION)

    await host.do("moderate.end")
    await live.signaling._teller.drain()

    assert [(fact.room, fact.session, fact.subject) for fact in asked] == [(ROOM, SESSION, "anne")]
    assert not host.closed.is_set()


async def test_a_room_without_a_session_ends_by_itself_and_may_begin_anew(live: Live) -> None:
    host, viewer = await two(live)

    await host.do("moderate.end")
    reasons = [await host.bye(), await viewer.bye()]
    await viewer.until_closed()
    again = await live.enter("anne", Role.HOST)

    assert reasons == ["ended", "ended"]
    assert live.media.closed == [ROOM]
    assert again.joined["snapshot"]["state"] == "open"


async def test_AD_01_what_is_refused_in_a_room_is_told_for_the_trail(live: Live) -> None:
    told: list[AccessRefused] = []

    async def hear(fact: AccessRefused) -> None:
        told.append(fact)

    live.bus.subscribe(AccessRefused, hear)
    host, viewer = await two(live)
    asked = {"participant": host.participant, "source": "voice"}

    assert await viewer.refused("moderate.mute", asked) == "right.missing"
    assert await viewer.refused("media.offer", OFFER) == "source.not_allowed"
    await viewer.refused("no.such", {})
    await host.do("moderate.remove", {"participant": viewer.participant})
    await viewer.until_closed()
    assert await (await live.caller("vera").connect()).refused("room.join", {}) == "room.removed"

    await live.signaling._teller.drain()
    assert [(fact.action, fact.code) for fact in told] == [
        ("moderate.mute", "right.missing"),
        ("media.offer", "source.not_allowed"),
        ("room.join", "room.removed"),
    ]
    assert {(fact.room, fact.session, fact.subject) for fact in told} == {(ROOM, None, "vera")}
    assert {fact.address for fact in told} == {"127.0.0.1"}
