import asyncio
from datetime import UTC, datetime, timedelta

from platform_api.kernel.clock import ManualClock, SystemClock, unix_ms

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_the_system_clock_is_aware_utc_and_its_seconds_never_fall() -> None:
    clock = SystemClock()
    earlier = clock.monotonic_s()

    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic_s() >= earlier


def test_advancing_moves_both_clocks() -> None:
    clock = ManualClock(START)
    clock.advance(90)

    assert clock.now() == START + timedelta(seconds=90)
    assert clock.monotonic_s() == 90


def test_a_jump_of_the_wall_clock_leaves_durations_alone() -> None:
    clock = ManualClock(START)
    clock.jump(-3600)

    assert clock.now() == START - timedelta(hours=1)
    assert clock.monotonic_s() == 0


def test_milliseconds_count_from_1970() -> None:
    assert unix_ms(datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)) == 1500


async def test_a_pause_ends_when_the_clock_has_been_advanced_so_far_and_no_jump_ends_it() -> None:
    clock = ManualClock(START)
    async with asyncio.TaskGroup() as group:
        short, long = group.create_task(clock.pause(1)), group.create_task(clock.pause(60))
        await asyncio.sleep(0)
        clock.jump(3600)
        clock.advance(1)
        await short
        ended = long.done()
        clock.advance(59)

    assert not ended
    await SystemClock().pause(0)
