"""What the tests' encoders must not do to the tests."""

import os

import pytest

from tests.support.packetise import ENCODERS, encode_video


@pytest.mark.parametrize("codec", sorted(ENCODERS))
def test_an_encoder_leaves_our_priority_alone(codec: str) -> None:
    """One that makes its caller real-time starves the machine: all that is started afterwards inherits it."""
    before = os.sched_getscheduler(0)

    encode_video(codec, 2)

    assert os.sched_getscheduler(0) == before
