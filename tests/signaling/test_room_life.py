"""Joining, hearing and coming back, through real sockets."""

import asyncio
from dataclasses import replace
from pathlib import Path

from platform_api.kernel.rooms import Role, Source
from signaling.config import SignalingSettings
from tests.support.live import ROOM, Caller, Json, Live, running


def arrow(mark: str, publication: str = "whip-scope.scope", x: float = 0.2) -> Json:
    return {
        "operation": {
            "op": "add",
            "id": mark,
            "target": {"kind": "live", "publication": publication, "capture_ms": 1000},
            "shape": {"shape": "arrow", "tail": {"x": x, "y": 0.2}, "head": {"x": 0.4, "y": 0.4}},
        }
    }


async def host_on_air(live: Live) -> Caller:
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    host = await live.enter("anne", Role.HOST)
    if not host.joined["snapshot"]["publications"]:
        await host.event("publication.upserted")
    return host


async def test_a_seat_comes_with_the_whole_room(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)

    snapshot = host.joined["snapshot"]
    (me,) = snapshot["participants"]
    assert (me["id"], me["name"], me["role"], me["online"]) == (host.participant, "Anne", "host", True)
    assert (snapshot["state"], snapshot["title"]) == ("open", "ESD")
    assert "scope" in host.joined["may_publish"]
    assert host.joined["missed"] is None


async def test_a_seat_comes_with_the_relays_of_its_owner(tmp_path: Path) -> None:
    live = Live(tmp_path, relays=lambda subject: ({"urls": ["turn:192.0.2.9"], "username": subject},))
    await live.start()
    try:
        host, other = await live.enter("anne", Role.HOST), await live.enter("bodo", Role.COMMENTATOR)
    finally:
        await live.stop()

    told = [caller.joined["ice_servers"] for caller in (host, other)]
    assert told == [[{"urls": ["turn:192.0.2.9"], "username": name}] for name in ("anne", "bodo")]


async def test_all_hear_marks_in_one_order(live: Live) -> None:
    host = await host_on_air(live)
    other = await live.enter("bodo", Role.COMMENTATOR)
    await host.event("participant.upserted", lambda data: data["participant"]["id"] == other.participant)

    for number in range(5):
        await (host if number % 2 else other).do("annotation.apply", arrow(f"m{number}"))
    for caller in (host, other):
        await caller.event("marks.changed", lambda data: data["changes"]["put"][0]["id"] == "m4")

    orders = [
        [(e["seq"], e["data"]["author"]) for e in caller.events if e["name"] == "marks.changed"]
        for caller in (host, other)
    ]
    assert orders[0] == orders[1]
    seqs = [event["seq"] for event in host.events]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


async def test_a_late_joiner_has_everything_at_once(live: Live) -> None:
    host = await host_on_air(live)
    await host.do("annotation.apply", arrow("m1"))
    await host.do("annotation.apply", {"operation": {"op": "add_page", "id": "page-1"}})
    freeze = {"id": "still-0001", "publication": "whip-scope.scope", "capture_ms": 5.0, "open": True}
    await host.do("still.freeze", freeze)
    await host.do("room.present", {"layout": "pip"})

    late = await live.enter("carla")

    snapshot = late.joined["snapshot"]
    assert [mark["id"] for mark in snapshot["marks"]] == ["m1"]
    assert snapshot["page_shown"] == "page-1"
    assert snapshot["stills"][0]["author_name"] == "Anne"
    assert snapshot["view"]["layout"] == "pip"
    assert snapshot["publications"][0]["id"] == "whip-scope.scope"
    assert snapshot["state"] == "on_air"
    assert late.events == []


async def test_colours_go_to_those_who_mark_in_order_of_coming(live: Live) -> None:
    viewer = await live.enter("vera")
    host = await live.enter("anne", Role.HOST)
    other = await live.enter("bodo", Role.COMMENTATOR)

    await host.do("moderate.rights", {"participant": viewer.participant, "give": ["draw"]})
    given = await host.event(
        "participant.upserted",
        lambda d: d["participant"]["name"] == "Vera" and "draw" in d["participant"]["rights"],
    )

    colours = {each["id"]: each["colour"] for each in other.joined["snapshot"]["participants"]}
    assert (colours[host.participant], colours[other.participant]) == (0, 1)
    assert colours[viewer.participant] >= 6
    assert given["participant"]["colour"] == 2


async def test_who_comes_back_hears_exactly_what_was_missed(live: Live) -> None:
    host = await host_on_air(live)
    viewer = await live.enter("vera")
    await host.do("annotation.apply", arrow("m1"))
    await viewer.event("marks.changed")
    resume, seen = viewer.resume(), viewer.last_seq

    await viewer.cut()
    away = await host.event("participant.upserted", lambda data: not data["participant"]["online"])
    for name in ("m2", "m3"):
        await host.do("annotation.apply", arrow(name))
    again = live.caller("vera")
    await again.connect()
    joined = await again.join(resume=resume)
    await host.do("annotation.apply", arrow("m4"))
    await again.event("marks.changed", lambda data: data["changes"]["put"][0]["id"] == "m4")

    assert away["participant"]["id"] == viewer.participant
    assert joined["snapshot"] is None
    seqs = [event["seq"] for event in (*joined["missed"], *again.events)]
    assert seqs == list(range(seen + 1, seen + 1 + len(seqs)))
    put = [event["data"]["changes"]["put"][0]["id"] for event in joined["missed"] if "marks" in event["name"]]
    assert put == ["m2", "m3"]
    assert (joined["participant"], joined["key"]) == (viewer.participant, resume["key"])


async def test_a_page_loaded_anew_has_its_seat_and_the_whole_room(live: Live) -> None:
    host = await host_on_air(live)
    viewer = await live.enter("vera")
    await host.do("annotation.apply", arrow("m1"))
    await viewer.event("marks.changed")

    await viewer.cut()
    again = live.caller("vera")
    await again.connect()
    joined = await again.join(resume={**viewer.resume(), "last_seq": 0})

    assert joined["participant"] == viewer.participant
    assert joined["missed"] is None
    assert joined["snapshot"]["title"] == host.joined["snapshot"]["title"] != ""
    assert [mark["id"] for mark in joined["snapshot"]["marks"]] == ["m1"]


async def test_a_long_gap_gives_a_fresh_snapshot(tmp_path: Path) -> None:
    settings = SignalingSettings(history_events=3, tick_s=0.05)
    async with running(tmp_path, settings) as live:
        host = await host_on_air(live)
        viewer = await live.enter("vera")
        resume = viewer.resume()
        await viewer.cut()
        for number in range(4):
            await host.do("annotation.apply", arrow(f"m{number}"))

        again = live.caller("vera")
        await again.connect()
        joined = await again.join(resume=resume)

        assert joined["missed"] is None
        assert len(joined["snapshot"]["marks"]) == 4
        assert joined["participant"] == viewer.participant


async def test_a_reload_takes_the_same_seat_with_all_rights(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    viewer = await live.enter("vera")
    await host.do("moderate.ask_to_speak", {"participant": viewer.participant})
    await viewer.passed("speak.asked")
    await viewer.close()

    again = await live.enter("vera")

    assert again.participant == viewer.participant
    assert "speak" in again.joined["rights"]
    assert "voice" in again.joined["may_publish"]
    assert len(again.joined["snapshot"]["participants"]) == 2


async def test_the_room_survives_a_restart_of_the_front(live: Live) -> None:
    host = await host_on_air(live)
    viewer = await live.enter("vera")
    for number in range(3):
        await host.do("annotation.apply", arrow(f"m{number}"))
    await viewer.event("marks.changed", lambda data: data["changes"]["put"][0]["id"] == "m2")
    await host.do("annotation.apply", {"operation": {"op": "undo"}})
    resume, seen, key = viewer.resume(), viewer.last_seq, host.joined["key"]
    marks_before = host.participant

    await live.restart()
    back = live.caller("vera")
    await back.connect()
    joined = await back.join(resume=resume)
    host_again = live.caller("anne", Role.HOST)
    await host_again.connect()
    await host_again.join(resume={"participant": marks_before, "key": key, "last_seq": 0})
    await host_again.do("annotation.apply", {"operation": {"op": "redo"}})
    redone = await back.event("marks.changed", lambda data: data["changes"]["cause"] == "redo")

    seqs = [event["seq"] for event in joined["missed"]]
    assert seqs == list(range(seen + 1, seen + 1 + len(seqs)))
    assert redone["changes"]["put"][0]["id"] == "m2"
    assert joined["participant"] == viewer.participant


async def test_whoever_sat_there_before_a_restart_is_away_and_then_gone(tmp_path: Path) -> None:
    settings = SignalingSettings(seat_kept_s=0.3, tick_s=0.05)
    async with running(tmp_path, settings) as live:
        gone = await live.caller("carl", Role.ENCODER).connect()
        await gone.join(device="encoder")
        await live.restart()

        host = await live.enter("anne", Role.HOST)

        (carl,) = [p for p in host.joined["snapshot"]["participants"] if p["id"] == gone.participant]
        assert carl["online"] is False
        left = await host.event("participant.left")
        assert left == {"participant": gone.participant, "reason": "timed_out"}


async def test_a_seat_that_nobody_takes_again_is_given_up(tmp_path: Path) -> None:
    settings = SignalingSettings(seat_kept_s=0.2, tick_s=0.05)
    async with running(tmp_path, settings) as live:
        host = await live.enter("anne", Role.HOST)
        viewer = await live.enter("vera")
        await viewer.cut()

        left = await host.event("participant.left")

        assert left == {"participant": viewer.participant, "reason": "timed_out"}
        assert [each.participant for each in live.media.disconnected] == [viewer.participant]


async def test_leaving_is_seen_and_the_same_connection_may_come_again(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    viewer = await live.enter("vera")

    await viewer.do("room.leave")
    left = await host.event("participant.left")
    assert await viewer.refused("room.hand", {"up": True}) == "room.not_joined"
    await viewer.join()

    assert left["reason"] == "left"
    assert await viewer.refused("room.join", {}) == "room.joined_already"


async def test_SG_06_the_newer_takes_over_and_the_older_is_told(live: Live) -> None:
    older = await live.enter("anne", Role.HOST)
    resume = older.resume()

    newer = await live.enter("anne", Role.HOST)
    reason = await older.bye()
    await older.until_closed()
    stale = live.caller("anne", Role.HOST)
    await stale.connect()

    assert reason == "elsewhere"
    assert newer.participant == older.participant
    assert len(newer.joined["snapshot"]["participants"]) == 1
    assert await stale.refused("room.join", {"resume": resume}) == "room.seat_lost"
    await newer.do("room.hand", {"up": True})
    assert len(live.signaling.connections) == 2


async def test_a_full_room_takes_nobody_more_but_those_who_have_a_seat(tmp_path: Path) -> None:
    settings = SignalingSettings(max_participants=1, tick_s=0.05)
    async with running(tmp_path, settings) as live:
        await live.enter("anne", Role.HOST)
        viewer = await live.caller("vera").connect()

        assert await viewer.refused("room.join", {}) == "room.full"
        await live.enter("anne", Role.HOST)


async def test_the_page_learns_the_servers_time(live: Live) -> None:
    viewer = await live.enter("vera")

    pong = await viewer.do("room.ping", {"sent_ms": 12.5})

    assert pong["sent_ms"] == 12.5
    assert abs(pong["server_ms"] - live.clock.now().timestamp() * 1000) < 5000


async def test_a_name_that_is_too_long_for_a_mark_is_cut_there_only(live: Live) -> None:
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    host = live.caller("anne", Role.HOST)
    host._token = live.token(replace(live.grant("anne", Role.HOST), name="阿" * 80))
    await host.connect()
    await host.join()
    await host.do("annotation.apply", arrow("m1"))

    mark = (await host.event("marks.changed"))["changes"]["put"][0]

    assert mark["author_name"] == "阿" * 64


async def test_relays_are_told_before_a_seat_and_nobody_hears_of_it(tmp_path: Path) -> None:
    live = Live(tmp_path, relays=lambda subject: ({"urls": ["turn:192.0.2.9"], "username": subject},))
    await live.start()
    try:
        host = await live.enter("anne", Role.HOST)
        waiting = await live.caller("vera").connect()

        told = await waiting.do("room.prepare")
        await host.do("room.hand", {"up": True})
        await host.event("participant.upserted", lambda data: data["participant"]["hand_raised_at_ms"])
    finally:
        await live.stop()

    assert told == {"ice_servers": [{"urls": ["turn:192.0.2.9"], "username": "vera"}]}
    assert {event["data"]["participant"]["id"] for event in host.events} == {host.participant}
    assert waiting.events == []


async def test_an_offer_right_behind_the_join_waits_for_the_seat(live: Live) -> None:
    viewer = await live.caller("vera").connect()
    offer = {"peer": "peer-0001", "sdp": "v=0", "publications": []}

    joined, answered = await asyncio.gather(viewer.do("room.join", {}), viewer.do("media.offer", offer))

    assert [each.participant for each in live.media.offers] == [joined["participant"]]
    assert answered["sdp"]


async def test_an_offer_behind_a_refused_join_is_refused(live: Live) -> None:
    live.door.refused.add("bert")
    stranger = await live.caller("bert").connect()
    offer = {"peer": "peer-0001", "sdp": "v=0", "publications": []}

    refusals = await asyncio.gather(stranger.refused("room.join", {}), stranger.refused("media.offer", offer))

    assert list(refusals) == ["refused", "room.not_joined"]
    assert live.media.offers == []
