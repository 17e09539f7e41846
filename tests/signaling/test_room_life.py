"""Joining, hearing and coming back, through real sockets."""

from platform_api.kernel.rooms import Role, Source
from tests.support.live import Json, Live


def arrow(mark: str, publication: str = "whip-scope.scope", x: float = 0.2) -> Json:
    return {
        "operation": {
            "op": "add",
            "id": mark,
            "target": {"kind": "live", "publication": publication, "capture_ms": 1000},
            "shape": {"shape": "arrow", "tail": {"x": x, "y": 0.2}, "head": {"x": 0.4, "y": 0.4}},
        }
    }


async def test_a_seat_comes_with_the_whole_room(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)

    snapshot = host.joined["snapshot"]
    (me,) = snapshot["participants"]
    assert (me["id"], me["name"], me["role"], me["online"]) == (host.participant, "Anne", "host", True)
    assert snapshot["state"] == "open"
    assert "scope" in host.joined["may_publish"]
    assert host.joined["missed"] is None


async def test_all_hear_marks_in_one_order(live: Live) -> None:
    live.media.publish("room-a", "whip-scope", Source.SCOPE)
    host = await live.enter("anne", Role.HOST)
    other = await live.enter("bodo", Role.COMMENTATOR)
    await host.event("participant.upserted", lambda data: data["participant"]["id"] == other.participant)

    for number in range(5):
        await (host if number % 2 else other).do("annotation.apply", arrow(f"m{number}"))
    for caller in (host, other):
        await caller.event("marks.changed", lambda data: data["changes"]["put"][0]["id"] == "m4")

    orders = [
        [
            (event["seq"], event["data"]["author"])
            for event in caller.events
            if event["name"] == "marks.changed"
        ]
        for caller in (host, other)
    ]
    assert orders[0] == orders[1]
    seqs = [event["seq"] for event in host.events]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
