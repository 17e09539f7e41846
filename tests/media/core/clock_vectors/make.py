"""Makes the vectors anew from the reference: `python -m tests.media.core.clock_vectors.make`."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from media.core.clock_map import ClockMap, SenderClock

FOLDER: Final = Path(__file__).parent
WALL_MS: Final = 1_790_000_000_000.0
WAY_MS: Final = 4.0
HOUR_MS: Final = 3_600_000.0
BUSY_AFTER_MS: Final = 3_540_000.0
CHECK_EVERY: Final = 300


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """See the README; true times are the server's, ms since the beginning."""

    rtp_ppm: float
    wall_ppm: float
    seed: int
    rate: int = 90_000
    began: int = 2**32 - 40_000
    wrong_by_ms: float = 3.6e6
    frames: int = 72_000
    frame_ms: float = 200.0
    report_ms: float = 1_000.0

    def errors_ms(self) -> Iterator[float]:
        """By how much each frame's capture time is placed too late."""
        sender, chance = SenderClock(), self.seed
        clock = ClockMap(self.rate, sender)
        for frame in range(self.frames):
            true_ms = frame * self.frame_ms
            timestamp = (
                self.began + int(true_ms * (1 + self.rtp_ppm / 1e6) * self.rate / 1000 + 0.5)
            ) % 2**32
            chance, waited_ms = self._waits(chance, true_ms)
            if true_ms % self.report_ms == 0:
                wall_ms = WALL_MS + self.wrong_by_ms + true_ms * (1 + self.wall_ppm / 1e6)
                chance, report_waited_ms = self._waits(chance, true_ms)
                clock.on_report(timestamp, wall_ms)
                sender.on_report(wall_ms, WALL_MS + true_ms + report_waited_ms)
            clock.on_packet(timestamp, WALL_MS + true_ms + waited_ms)
            captured_ms = clock.at(timestamp)
            assert captured_ms is not None
            yield captured_ms - WALL_MS - true_ms

    def _waits(self, chance: int, true_ms: float) -> tuple[int, float]:
        """(the generator after it, how long a datagram is on its way); an hour's last minute is busy."""
        chance = (chance * 1_664_525 + 1_013_904_223) % 2**32
        most_ms = 240.0 if true_ms % HOUR_MS > BUSY_AFTER_MS else 12.0
        return chance, WAY_MS + most_ms * (chance / 2**32)


PUBLISHERS: Final = {
    "fast": Publisher(rtp_ppm=50, wall_ppm=-30, seed=4),
    "slow": Publisher(rtp_ppm=-50, wall_ppm=30, seed=9),
}


def vector(publisher: Publisher) -> dict[str, Any]:
    checks = [
        [frame, round(error_ms, 3)]
        for frame, error_ms in enumerate(publisher.errors_ms())
        if frame % CHECK_EVERY == 0
    ]
    return {**asdict(publisher), "checks": checks, "tolerance_ms": 0.05, "most_ms": 20.0}


if __name__ == "__main__":
    for name, publisher in PUBLISHERS.items():
        (FOLDER / f"{name}.json").write_text(json.dumps(vector(publisher)) + "\n")
