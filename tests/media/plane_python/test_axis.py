"""How the plane follows the machine's wall clock."""

from datetime import UTC, datetime

import pytest

from media.plane_python.axis import Axis
from platform_api.kernel.clock import ManualClock

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def wall_error_ms(axis: Axis, clock: ManualClock) -> float:
    return axis.wall_ms() - clock.now().timestamp() * 1000


def test_both_clocks_go_on_together() -> None:
    clock = ManualClock(START)
    axis = Axis(clock)
    before = axis.now_ms()

    clock.advance(12.5)
    axis.follow()

    assert axis.now_ms() - before == 12_500
    assert wall_error_ms(axis, clock) == pytest.approx(0, abs=0.01)


def test_a_small_correction_is_followed_a_millisecond_at_a_time() -> None:
    clock = ManualClock(START)
    axis = Axis(clock)
    clock.jump(0.003)

    errors = []
    for _ in range(4):
        axis.follow()
        errors.append(round(wall_error_ms(axis, clock), 1))

    assert errors == [-2.0, -1.0, 0.0, 0.0]


def test_a_clock_that_is_set_anew_is_followed_at_once() -> None:
    clock = ManualClock(START)
    axis = Axis(clock)
    clock.jump(-3600)

    axis.follow()

    assert wall_error_ms(axis, clock) == pytest.approx(0, abs=0.01)
