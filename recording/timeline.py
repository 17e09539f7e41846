"""RTP time, wall time and media time on one axis: pure.

Media time zero is the recording's origin, a wall time. A node tells points of each flow's clock; a point
that would put a frame far from its arrival belongs to another flow (a publisher that came back), or
is a lie, and is not used.
"""

from collections import deque
from typing import Final, NamedTuple

from media.core.sequence import difference32

PLAUSIBLE_MS: Final = 10_000.0
POINTS_KEPT: Final = 4

Point = tuple[int, float]


class FlowClock:
    """Wall time of capture for the RTP times of one publication's layer, over its flows."""

    def __init__(self, clock_rate: int) -> None:
        self._ms_per_tick = 1000 / clock_rate
        self._points: deque[Point] = deque(maxlen=POINTS_KEPT)
        self._stand_in: Point | None = None

    def learn(self, timestamp: int, capture_ms: float) -> None:
        """A point told by the node; the newest counts."""
        self._points.appendleft((timestamp, capture_ms))

    def wall_ms(self, timestamp: int, arrival_ms: float) -> float:
        """When the frame was captured, ms since 1970; from arrivals alone as long as no point fits."""
        told = self._told(timestamp, arrival_ms)
        if told is not None:
            return told
        if self._stand_in is not None:
            stood = self._at(self._stand_in, timestamp)
            if abs(stood - arrival_ms) <= PLAUSIBLE_MS:
                return stood
        self._stand_in = (timestamp, arrival_ms)
        return arrival_ms

    def _told(self, timestamp: int, arrival_ms: float) -> float | None:
        for point in self._points:
            wall = self._at(point, timestamp)
            if abs(wall - arrival_ms) <= PLAUSIBLE_MS:
                return wall
        return None

    def _at(self, point: Point, timestamp: int) -> float:
        return point[1] + difference32(timestamp, point[0]) * self._ms_per_tick


class SteadyVoice:
    """Sound without holes: frames follow each other exactly, and are moved only when they drift too far.

    A hole of up to a second is filled with silence, a frame that comes too early is left out.
    """

    MOVE: Final = 960
    EARLY: Final = -1920

    def __init__(self) -> None:
        self._next: int | None = None

    def place(self, wanted: int, length: int) -> tuple[int, int] | None:
        """Where the frame begins and how many 20 ms of silence come before it; None: leave it out."""
        following = self._next if self._next is not None else wanted
        late = wanted - following
        if late < self.EARLY:
            return None
        silences = late // self.MOVE if late >= self.MOVE else 0
        begin = following + silences * self.MOVE
        self._next = begin + length
        return begin, silences


class PicturePlace(NamedTuple):
    """Where a frame stands (1/90000 s on the axis), and whether a new segment must begin with it."""

    time: int
    begins: bool


class SteadyPicture:
    """Frames of a segment stand exactly as far apart as their RTP times, whatever the clock learns meanwhile.

    Only where a segment begins the picture moves nearer to the clock, by at most 5 ms for each second since
    it last could. A clock that is off by more than half a second, and another flow (a layer, a publisher who
    came back), are followed at once; both begin a segment. All times in 1/90000 s, the RTP clock of pictures.
    """

    JUMP: Final = 45_000
    SLEW: Final = 1 / 200

    def __init__(self, segment: int) -> None:
        self._least = segment
        self._source: object = None
        self._first = (0, 0)
        self._last = -1

    def place(self, source: object, timestamp: int, *, keyframe: bool, wanted: int) -> PicturePlace:
        """The place of the next frame of `source`, which the clock would put at `wanted`."""
        begun, since = self._first
        steady = since + difference32(timestamp, begun)
        anew = source != self._source
        if anew or (keyframe and abs(wanted - steady) > self.JUMP):
            return self._begin(source, timestamp, wanted)
        if keyframe and steady - since >= self._least:
            most = round((steady - since) * self.SLEW)
            near = steady + max(-most, min(most, wanted - steady))
            return self._begin(source, timestamp, max(near, (self._last + steady) // 2))
        self._last = max(steady, self._last + 1)
        return PicturePlace(self._last, False)

    def _begin(self, source: object, timestamp: int, time: int) -> PicturePlace:
        self._last = max(time, self._last + 1)
        self._source, self._first = source, (timestamp, self._last)
        return PicturePlace(self._last, True)
