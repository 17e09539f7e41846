"""RTP time onto the recording's axis; sound without holes; the states as a table."""

import itertools

import pytest

from recording.manifest import RecordingState
from recording.states import TABLE, Cause, WrongState, next_state
from recording.timeline import FlowClock, PicturePlace, SteadyPicture, SteadyVoice

WALL = 1_700_000_000_000.0


def test_the_newest_point_counts_and_wrapping_is_no_step() -> None:
    clock = FlowClock(90_000)
    clock.learn(0xFFFFFF00, WALL)
    assert clock.wall_ms(0xFFFFFF00 + 9000 & 0xFFFFFFFF, WALL + 120) == pytest.approx(WALL + 100)

    clock.learn(8744, WALL + 103)

    assert clock.wall_ms(8744 + 900, WALL + 150) == pytest.approx(WALL + 113)


def test_a_point_of_another_flow_is_not_used() -> None:
    clock = FlowClock(90_000)
    clock.learn(1000, WALL)
    back_ms = WALL + 8000

    assert clock.wall_ms(2_000_000_000, back_ms) == back_ms
    assert clock.wall_ms(2_000_003_000, back_ms + 90) == pytest.approx(back_ms + 100 / 3)
    clock.learn(2_000_003_000, back_ms + 20)

    assert clock.wall_ms(2_000_003_000, back_ms + 90) == back_ms + 20


def test_a_lying_clock_does_not_move_the_picture() -> None:
    clock = FlowClock(90_000)
    clock.learn(0, WALL - 3_600_000)

    assert clock.wall_ms(0, WALL) == WALL


def test_small_drift_moves_nothing_and_a_hole_is_filled() -> None:
    voice = SteadyVoice()

    assert voice.place(1000, 960) == (1000, 0)
    assert voice.place(1960 + 400, 960) == (1960, 0)
    assert voice.place(2920 + 2000, 960) == (2920 + 1920, 2)
    assert voice.place(5800 - 1000, 960) == (5800, 0)
    assert voice.place(6760 - 2000, 960) is None
    assert voice.place(6760, 960) == (6760, 0)


SEGMENT = 4 * 90_000
FRAME = 3_000


def test_frames_of_a_segment_keep_their_rtp_spacing_whatever_the_clock_says() -> None:
    picture = SteadyPicture(SEGMENT)
    first = 2**32 - 10 * FRAME
    noise = [0, 40_000, -40_000, 7]

    places = [
        picture.place(
            "h",
            (first + n * FRAME) % 2**32,
            keyframe=n % 25 == 0,
            wanted=90_000 + n * FRAME + noise[n % 4],
        )
        for n in range(100)
    ]

    assert [place.time for place in places] == [90_000 + n * FRAME for n in range(100)]
    assert [place.begins for place in places] == [True] + [False] * 99


@pytest.mark.parametrize("off_ms", [300, -300])
def test_a_new_segment_moves_nearer_to_the_clock_by_five_milliseconds_a_second(off_ms: int) -> None:
    picture = SteadyPicture(SEGMENT)
    picture.place("h", 0, keyframe=True, wanted=90_000)

    places = [
        picture.place("h", n * FRAME, keyframe=n % 120 == 0, wanted=90_000 + n * FRAME + off_ms * 90)
        for n in range(1, 241)
    ]

    assert [n for n, place in enumerate(places, 1) if place.begins] == [120, 240]
    moved = [place.time - 90_000 - n * FRAME for n, place in enumerate(places, 1)]
    step = 1800 if off_ms > 0 else -FRAME // 2  # at most half a frame back, so that time goes on
    assert moved[118:120] == [0, step]
    assert 0 < abs(moved[-1]) <= 3600


def test_another_flow_and_a_clock_that_was_set_begin_a_segment_where_they_stand() -> None:
    picture = SteadyPicture(SEGMENT)
    picture.place("h", 0, keyframe=True, wanted=90_000)
    picture.place("h", FRAME, keyframe=False, wanted=90_000 + FRAME)

    came_back = picture.place("again", 3_000_000_000, keyframe=True, wanted=130_000)
    waits = picture.place("again", 3_000_000_000 + FRAME, keyframe=False, wanted=500_000)
    follows = picture.place("again", 3_000_000_000 + 2 * FRAME, keyframe=True, wanted=500_000)
    never_back = picture.place("low", 0, keyframe=True, wanted=400_000)

    assert came_back == PicturePlace(130_000, True)
    assert waits == PicturePlace(130_000 + FRAME, False)
    assert follows == PicturePlace(500_000, True)
    assert never_back == PicturePlace(500_001, True)


@pytest.mark.parametrize(("state", "cause"), list(itertools.product(RecordingState, Cause)))
def test_every_cell_of_the_table(state: RecordingState, cause: Cause) -> None:
    if (state, cause) in TABLE:
        assert next_state(state, cause) in RecordingState
    else:
        with pytest.raises(WrongState):
            next_state(state, cause)
    assert (RecordingState.COMPLETE, cause) not in TABLE
