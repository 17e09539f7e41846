"""Four hours of a publisher whose clocks run at their own speeds: capture time stays true to 20 ms.

Time is simulated. The RTP clock (the capture card's) is 50 ppm off, the publisher's own wall clock 30 ppm:
left alone they would part by 720 and 432 ms. Packets and reports wait in queues by chance, and once an hour
there is a minute in which everything waits.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest

from media.core.clock_map import ClockMap, ClockWatch, SenderClock
from recording.timeline import FlowClock, SteadyPicture

HOURS: Final = 4
RATE: Final = 90_000
FRAME_MS: Final = 200.0
REPORT_MS: Final = 1_000.0
WALL_MS: Final = 1_790_000_000_000.0
WAY_MS: Final = 4.0
SETTLED_AFTER_MS: Final = 10_000.0
MOST_MS: Final = 20.0


@dataclass(slots=True, kw_only=True)
class Publisher:
    """What it sends and when that arrives; true times are the server's, ms since the beginning."""

    rtp_ppm: float
    wall_ppm: float
    began: int = 2**32 - 40_000
    wrong_by_ms: float = 3.6e6
    chance: random.Random = field(default_factory=lambda: random.Random(4))

    def timestamp(self, true_ms: float) -> int:
        return (self.began + round(true_ms * (1 + self.rtp_ppm / 1e6) * RATE / 1000)) % 2**32

    def wall_ms(self, true_ms: float) -> float:
        return WALL_MS + self.wrong_by_ms + true_ms * (1 + self.wall_ppm / 1e6)

    def arrival_ms(self, true_ms: float) -> float:
        queue_ms = 60.0 if true_ms % 3_600_000 > 3_540_000 else 3.0
        return WALL_MS + true_ms + WAY_MS + self.chance.expovariate(1 / queue_ms)


@dataclass(slots=True)
class Placed:
    """One frame: the errors of the node's map, of the recorder's clock and of the recording's axis, ms."""

    true_ms: float
    node_ms: float
    recorder_ms: float
    recording_ms: float


def four_hours(publisher: Publisher) -> Iterator[Placed]:
    sender = SenderClock()
    clock, watch = ClockMap(RATE, sender), ClockWatch(RATE)
    recorder, picture = FlowClock(RATE), SteadyPicture(4 * RATE)
    next_report_ms = 0.0
    for number in range(round(HOURS * 3_600_000 / FRAME_MS)):
        true_ms = number * FRAME_MS
        timestamp, arrival_ms = publisher.timestamp(true_ms), publisher.arrival_ms(true_ms)
        if true_ms >= next_report_ms:
            next_report_ms += REPORT_MS * publisher.chance.uniform(0.5, 1.5)
            clock.on_report(timestamp, publisher.wall_ms(true_ms))
            sender.on_report(publisher.wall_ms(true_ms), publisher.arrival_ms(true_ms))
        clock.on_packet(timestamp, arrival_ms)
        captured_ms = clock.at(timestamp)
        assert captured_ms is not None
        if watch.check(timestamp, captured_ms, arrival_ms):
            recorder.learn(timestamp, captured_ms)
        heard_ms = recorder.wall_ms(timestamp, arrival_ms)
        wanted = round((heard_ms - WALL_MS) * RATE / 1000)
        place = picture.place("h", timestamp, keyframe=number % 10 == 0, wanted=wanted)
        truth_ms = WALL_MS + true_ms
        yield Placed(true_ms, captured_ms - truth_ms, heard_ms - truth_ms, place.time * 1000 / RATE - true_ms)


@pytest.mark.parametrize(("rtp_ppm", "wall_ppm"), [(50, -30), (-50, 30)])
def test_capture_time_drifts_by_at_most_20_ms_in_four_hours(rtp_ppm: float, wall_ppm: float) -> None:
    settled = [
        each
        for each in four_hours(Publisher(rtp_ppm=rtp_ppm, wall_ppm=wall_ppm))
        if each.true_ms >= SETTLED_AFTER_MS
    ]

    node_ms = max(abs(each.node_ms) for each in settled)
    recorder_ms = max(abs(each.recorder_ms) for each in settled)
    recording_ms = max(abs(each.recording_ms) for each in settled)
    print(f"off at most: node {node_ms:.1f}, recorder {recorder_ms:.1f}, recording {recording_ms:.1f} ms")
    assert len(settled) > 70_000
    assert node_ms <= MOST_MS
    assert recorder_ms <= MOST_MS
    assert recording_ms <= MOST_MS
