from datetime import UTC, datetime

from platform_api.kernel.ids import RoomId
from platform_api.kernel.rooms import Role
from platform_api.kernel.tokens import grant_for
from signaling.presence import Presence, is_person, participant_id

GRANT = grant_for(
    Role.VIEWER, room=RoomId("r"), subject="s", name="S", expires_at=datetime(2026, 1, 1, tzinfo=UTC)
)


def test_one_person_is_one_participant_in_a_room_and_another_in_the_next() -> None:
    assert participant_id("r", "s") == participant_id("r", "s")
    assert len({participant_id("r", "s"), participant_id("r2", "s"), participant_id("r", "s2")}) == 3
    assert participant_id("ab", "c") != participant_id("a", "bc")
    assert is_person(participant_id("r", "s"))
    assert not is_person("whip-scope")


def test_a_seat_is_kept_and_expires_by_the_clock_in_hand() -> None:
    seats = Presence()
    seats.take("p", connection="c1", grant=GRANT, key=None)

    assert seats.lose("p", "c1", 10.0)
    assert seats.expired(69.9, 60) == []
    assert seats.expired(70.0, 60) == ["p"]
    assert seats.give_up("p")
    assert not seats.give_up("p")


def test_a_newer_connection_replaces_and_the_older_loses_nothing_that_is_not_its_own() -> None:
    seats = Presence()
    assert seats.take("p", connection="c1", grant=GRANT, key=None) is None
    first = seats.get("p")
    assert first is not None
    old_key = first.key

    assert seats.take("p", connection="c2", grant=GRANT, key=None) == "c1"
    assert not seats.lose("p", "c1", 10.0)
    assert seats.expired(1000.0, 60) == []
    assert first.key != old_key
    assert old_key is not None
    assert not first.opens_with(old_key)


def test_a_proven_key_stays_and_a_restored_seat_takes_any() -> None:
    seats = Presence()
    seats.restore("p", 5.0)
    seat = seats.get("p")
    assert seat is not None

    assert seat.opens_with("whatever the page kept")
    seats.take("p", connection="c1", grant=GRANT, key="whatever the page kept")
    assert seat.opens_with("whatever the page kept")
    assert not seat.opens_with("something else")
