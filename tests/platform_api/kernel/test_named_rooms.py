"""Figures name a hundred rooms at once."""

from datetime import UTC, datetime

from platform_api.kernel.clock import ManualClock
from platform_api.kernel.named_rooms import MAX_ROOMS_NAMED, OTHERS, QUIET_S, NamedRooms

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_what_is_beyond_the_hundredth_room_is_one_until_a_place_is_free() -> None:
    clock, forgotten = ManualClock(NOW), list[str]()
    rooms = NamedRooms(clock, forgotten.append)
    for number in range(MAX_ROOMS_NAMED):
        assert rooms.name(f"room-{number}") == f"room-{number}"

    assert rooms.name("one more") == OTHERS
    clock.advance(QUIET_S - 1)
    assert rooms.name("room-7") == "room-7"
    assert rooms.name("one more") == OTHERS
    clock.advance(1)
    assert rooms.name("one more") == "one more"

    assert len(forgotten) == MAX_ROOMS_NAMED - 1
    assert "room-7" not in forgotten
