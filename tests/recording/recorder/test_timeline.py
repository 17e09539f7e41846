"""RTP time onto the recording's axis; sound without holes; the states as a table."""

import itertools

import pytest

from recording.manifest import RecordingState
from recording.states import TABLE, Cause, WrongState, next_state
from recording.timeline import FlowClock, SteadyVoice

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


@pytest.mark.parametrize(("state", "cause"), list(itertools.product(RecordingState, Cause)))
def test_every_cell_of_the_table(state: RecordingState, cause: Cause) -> None:
    if (state, cause) in TABLE:
        assert next_state(state, cause) in RecordingState
    else:
        with pytest.raises(WrongState):
            next_state(state, cause)
    assert (RecordingState.COMPLETE, cause) not in TABLE
