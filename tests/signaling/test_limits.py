"""Token buckets by a clock in hand, and a flood over a real socket (SG-02)."""

import asyncio
import time

import pytest

from platform_api.kernel.rooms import Role
from signaling.errors import RateExceeded
from signaling.limits import STRIKE_BURST, ConnectionMeter, TokenBucket, UserMeter, UserMeters
from signaling.messages import REQUESTS
from tests.support.live import Live


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(rate_per_s=2, burst=3)

    assert [bucket.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_s(10.0) == pytest.approx(0.5)
    assert bucket.take(10.5)
    assert not bucket.take(10.5)
    assert bucket.full(12.0)
    assert not bucket.take(9.0, amount=4)


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_each_request_is_limited_by_the_catalogue(name: str) -> None:
    spec = REQUESTS[name]
    meter = ConnectionMeter(REQUESTS, UserMeter(REQUESTS))

    for _ in range(spec.burst):
        meter.spend(name, 100.0)
    with pytest.raises(RateExceeded) as refused:
        meter.spend(name, 100.0)

    assert refused.value.retry_after_s == pytest.approx(1 / spec.rate_per_s, abs=0.01)
    meter.spend(name, 100.0 + 1.01 / spec.rate_per_s)


def test_SG_02_joins_and_offers_are_counted_for_the_user_over_all_connections() -> None:
    user = UserMeter(REQUESTS)
    for name, allowed in (("room.join", 10), ("media.offer", 5)):
        for _ in range(allowed):
            ConnectionMeter(REQUESTS, user).spend(name, 1.0)
        with pytest.raises(RateExceeded):
            ConnectionMeter(REQUESTS, user).spend(name, 1.0)
    ConnectionMeter(REQUESTS, UserMeter(REQUESTS)).spend("room.join", 1.0)


def test_who_owes_nothing_is_forgotten() -> None:
    meters = UserMeters(REQUESTS, kept=2)
    meters.of("a", 0.0).events.take(0.0)
    meters.of("b", 0.0)
    meters.of("c", 0.0)

    assert len(meters) == 2
    meters.of("d", 100.0)
    assert len(meters) == 1


async def test_SG_02_a_flood_is_refused_then_cut_and_the_others_feel_nothing(live: Live) -> None:
    host = await live.enter("anne", Role.HOST)
    flooder = await live.enter("fred")
    worked: list[float] = []

    async def steady() -> None:
        """How much is worked off before an answer comes: not how long a busy machine takes for it."""
        for _ in range(9):
            began = time.process_time()
            await host.do("room.ping", {"sent_ms": 1})
            worked.append(time.process_time() - began)

    async def flood() -> None:
        for number in range(5000):
            if flooder.closed.is_set():
                return
            await flooder.say("room.hand", {"up": bool(number % 2)})
            await asyncio.sleep(0)  # or all would be said before the server has its first turn

    await asyncio.gather(steady(), flood())
    reason = await flooder.bye()
    await flooder.until_closed()
    left = await host.event("participant.left")

    assert (reason, left["reason"]) == ("flooded", "flooded")
    assert max(worked) < 0.2


async def test_SG_02_over_its_rate_a_request_is_refused_with_the_time_to_wait(live: Live) -> None:
    viewer = await live.enter("vera")

    answers = await asyncio.gather(*(viewer.ask("room.hand", {"up": True}) for _ in range(8)))

    refused = [answer["error"] for answer in answers if not answer["ok"]]
    assert len(refused) == 3
    assert {error["code"] for error in refused} == {"rate.exceeded"}
    assert all(0 < error["retry_after_s"] <= 1 for error in refused)
    assert STRIKE_BURST > 8
    assert not viewer.closed.is_set()


async def test_SG_02_too_many_bytes_end_the_connection(live: Live) -> None:
    flooder = await live.enter("fred")

    for _ in range(12):
        await flooder.say("room.hand", {"up": True, "x": "x" * 200_000})
    await flooder.until_closed()

    assert await flooder.bye() == "flooded"
