"""The fold of a room's events, without any socket."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from platform_api.kernel.ids import RoomId
from platform_api.kernel.rooms import Right, Role, Source
from platform_api.kernel.tokens import Grant, grant_for
from signaling.messages.room import (
    LeaveReason,
    Participant,
    ParticipantLeft,
    ParticipantUpserted,
    StillChanged,
    StillRemoved,
)
from signaling.messages.room import Still as StillMessage
from signaling.state import RoomState, may_publish

DRAW = frozenset({Right.DRAW})
NONE: frozenset[Right] = frozenset()


def grant(role: Role) -> Grant:
    expires_at = datetime(2026, 1, 1, tzinfo=UTC)
    return grant_for(role, room=RoomId("r"), subject="s", name="S", expires_at=expires_at)


def come(state: RoomState, name: str, rights: frozenset[Right]) -> int:
    colour = state.colour_for(name, rights)
    participant = Participant(
        id=name, name=name, role=Role.VIEWER, colour=colour, rights=tuple(rights), joined_at_ms=0
    )
    state.apply(ParticipantUpserted(participant=participant))
    return colour


def test_six_who_may_mark_have_colours_of_their_own_and_the_seventh_is_dashed() -> None:
    state = RoomState()
    for number in range(10):
        assert come(state, f"viewer{number}", NONE) >= 6

    colours = [come(state, f"hand{number}", DRAW) for number in range(8)]

    assert colours[:6] == [0, 1, 2, 3, 4, 5]
    assert all(6 <= colour < 12 for colour in colours[6:])
    state.apply(ParticipantLeft(participant="hand2", reason=LeaveReason.LEFT))
    assert come(state, "hand2", NONE) == 2


@pytest.mark.parametrize(
    ("role", "rights", "sources"),
    [
        (Role.HOST, frozenset(Right), {"scope", "hand", "camera", "screen", "voice"}),
        (Role.HOST, NONE, {"scope", "hand", "camera", "screen"}),
        (Role.COMMENTATOR, frozenset({Right.SPEAK}), {"camera", "commentary"}),
        (Role.COMMENTATOR, NONE, {"camera"}),
        (Role.VIEWER, NONE, {"camera"}),
        (Role.VIEWER, frozenset({Right.SPEAK}), {"camera", "voice"}),
        (Role.ENCODER, NONE, {"scope", "hand", "voice"}),
    ],
)
def test_sound_follows_the_right_to_speak_and_pictures_the_grant(
    role: Role, rights: frozenset[Right], sources: set[str]
) -> None:
    assert may_publish(grant(role), rights) == {Source(source) for source in sources}


def test_a_grant_without_pictures_gives_none() -> None:
    bare = replace(grant(Role.VIEWER), publish=frozenset())

    assert may_publish(bare, frozenset({Right.SPEAK})) == {Source.VOICE}


def test_what_was_given_holds_in_the_same_role_only() -> None:
    state = RoomState()
    come(state, "p", DRAW)
    state.apply(ParticipantLeft(participant="p", reason=LeaveReason.LEFT))

    assert state.rights_for("p", grant(Role.VIEWER)) == DRAW
    assert state.rights_for("p", grant(Role.HOST)) == frozenset(Right)
    assert state.rights_for("q", grant(Role.VIEWER)) == {Right.COMMENT}


def test_only_who_was_removed_is_barred() -> None:
    state = RoomState()
    for name, reason in (("a", LeaveReason.REMOVED), ("b", LeaveReason.TIMED_OUT)):
        come(state, name, NONE)
        state.apply(ParticipantLeft(participant=name, reason=reason))

    assert state.barred == {"a"}
    assert state.participants == {}


def test_a_still_that_is_withdrawn_is_gone() -> None:
    state = RoomState()
    still = StillMessage(id="s1", publication="a.scope", capture_ms=1, author="a", author_name="A", open=True)
    state.apply(StillChanged(still=still))

    state.apply(StillRemoved(still="s1"))

    assert state.stills == {}
