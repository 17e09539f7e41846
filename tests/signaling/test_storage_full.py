"""A full disk: the request is refused, nothing is told, the room goes on (journal before acknowledgement)."""

from platform_api.kernel.rooms import Role, Source
from tests.support.live import ROOM, Live


async def test_nothing_that_could_not_be_kept_is_told(live: Live) -> None:
    live.media.publish(ROOM, "whip-scope", Source.SCOPE)
    host = await live.enter("anne", Role.HOST)
    viewer = await live.enter("vera")
    add = {
        "op": "add",
        "id": "m1",
        "target": {"kind": "live", "publication": "whip-scope.scope", "capture_ms": 1},
        "shape": {"shape": "text", "at": {"x": 0.5, "y": 0.5}, "text": "此处"},
    }

    live.disk.full = True
    refused = await host.refused("annotation.apply", {"operation": add})
    stranger = await live.caller("carl").connect()
    assert await stranger.refused("room.join", {}) == "storage.full"
    live.disk.full = False
    applied = await host.do("annotation.apply", {"operation": add})
    await viewer.event("marks.changed")

    assert refused == "storage.full"
    marks = [event for event in viewer.events if event["name"] == "marks.changed"]
    assert [event["seq"] for event in marks] == [applied["seq"]]
    kept = live.journals.open(f"room:{ROOM}").read()
    assert [entry.name for entry in kept].count("marks.changed") == 1
    assert [entry.seq for entry in kept] == list(range(1, len(kept) + 1))


async def test_a_room_is_not_opened_on_a_full_disk_and_opens_later(live: Live) -> None:
    live.disk.full = True
    host = await live.caller("anne", Role.HOST).connect()

    assert await host.refused("room.join", {}) == "storage.full"
    assert len(live.signaling.directory) == 0
    live.disk.full = False
    await host.join()


async def test_every_event_is_on_the_disk_before_it_is_heard(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)

    await host.do("room.hand", {"up": True})
    await host.event("participant.upserted", lambda d: d["participant"]["hand_raised_at_ms"])

    kept = {entry.seq: entry for entry in live.journals.open(f"room:{ROOM}").read()}
    for event in host.events:
        entry = kept[event["seq"]]
        assert (entry.name, entry.data, entry.at_ms) == (event["name"], event["data"], event["at_ms"])
