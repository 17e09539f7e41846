"""The one place where RTP time becomes wall time.

A publisher's sender reports tie its RTP time to its own NTP clock, which may be wrong by any amount.
`SenderClock` lays that clock onto the server's by the smallest (arrival - sender) difference of the
last half minute: the report that waited least. `ClockMap` joins the two for one layer. Before the
first report, the packets' arrival stands in. Once settled, the mapping moves slowly, so that pages which
were told it at different moments agree. All times are ms; wall times since 1970 on the server's axis.
"""

from collections import deque

from media.core.sequence import Unwrapper, difference32

WINDOW_MS = 30_000
STEP_MS = 1_000
STEP_SAMPLES = 3
SETTLE_MS = 5_000.0
SLEW_MS_PER_MS = 1.5 / 1_000
JUMP_MS = 500.0
OLDEST_MS = 1_000.0
TELL_MOVED_MS = 2.0
TELL_EVERY_MS = 5_000.0


class WindowedMinimum:
    """The smallest value of the last `window_ms`, in amortised constant time."""

    __slots__ = ("_samples", "_window_ms")

    def __init__(self, window_ms: float = WINDOW_MS) -> None:
        self._samples: deque[tuple[float, float]] = deque()
        self._window_ms = window_ms

    def add(self, at_ms: float, value: float) -> float:
        samples = self._samples
        while samples and samples[-1][1] >= value:
            samples.pop()
        samples.append((at_ms, value))
        while at_ms - samples[0][0] > self._window_ms:
            samples.popleft()
        return samples[0][1]

    @property
    def value(self) -> float | None:
        return self._samples[0][1] if self._samples else None

    def clear(self) -> None:
        self._samples.clear()


class SenderClock:
    """What to add to one sender's NTP time to stand on the server's axis; shared by all its flows."""

    __slots__ = ("_minimum", "_strange")

    def __init__(self) -> None:
        self._minimum = WindowedMinimum()
        self._strange = 0

    @property
    def offset_ms(self) -> float | None:
        """None until the first report."""
        return self._minimum.value

    def on_report(self, sender_ms: float, arrival_ms: float) -> None:
        """A report saying `sender_ms` arrived; a clock that was set back is followed after three."""
        sample = arrival_ms - sender_ms
        known = self._minimum.value
        self._strange = self._strange + 1 if known is not None and sample - known > STEP_MS else 0
        if self._strange >= STEP_SAMPLES:
            self._minimum.clear()
            self._strange = 0
        self._minimum.add(arrival_ms, sample)


class Settled:
    """A value that is followed at once for its first five seconds and then by at most 1.5 ms a second.

    A step of more than half a second is no unrest but another truth, and is followed at once.
    """

    __slots__ = ("_at_ms", "_since_ms", "value")

    def __init__(self) -> None:
        self.value: float | None = None
        self._since_ms: float | None = None
        self._at_ms = 0.0

    def follow(self, target: float, now_ms: float) -> None:
        """Comes nearer to the target; `now_ms` on any axis that goes on."""
        since = self._since_ms
        if since is None:
            since = self._since_ms = now_ms
        known, elapsed, self._at_ms = self.value, max(0.0, now_ms - self._at_ms), max(now_ms, self._at_ms)
        if known is None or now_ms - since < SETTLE_MS or abs(target - known) > JUMP_MS:
            self.value = target
        else:
            most = elapsed * SLEW_MS_PER_MS
            self.value = known + max(-most, min(most, target - known))

    def forget(self) -> None:
        self.value = self._since_ms = None

    @property
    def is_firm(self) -> bool:
        """Whether it is past its first seconds, so that it alone counts."""
        return self._since_ms is not None and self._at_ms - self._since_ms >= SETTLE_MS


class ClockMap:
    """RTP time of one layer to the wall time of capture."""

    __slots__ = (
        "_arrival",
        "_exact",
        "_intercept_ms",
        "_ms_per_tick",
        "_reported",
        "_sender",
        "_settled",
        "_unwrapper",
        "clock_rate",
    )

    def __init__(self, clock_rate: int, sender: SenderClock) -> None:
        self.clock_rate = clock_rate
        self._ms_per_tick = 1000 / clock_rate
        self._sender = sender
        self._unwrapper = Unwrapper(32)
        self._arrival = WindowedMinimum(5_000)
        self._intercept_ms: float | None = None
        self._exact = False
        self._settled = Settled()
        self._reported = False

    @property
    def known(self) -> bool:
        return self._intercept_ms is not None or self._arrival.value is not None

    @property
    def from_reports(self) -> bool:
        """Whether the mapping rests on the sender's own clock rather than on arrival."""
        return self._intercept_ms is not None and self._sender.offset_ms is not None

    def on_packet(self, timestamp: int, arrival_ms: float) -> None:
        """A packet came; teaches alone until the sender's clock is known, and bounds it afterwards."""
        extended = self._unwrapper.unwrap(timestamp)
        self._arrival.add(arrival_ms, arrival_ms - extended * self._ms_per_tick)
        if self.from_reports and not self._reported:
            self._reported = True
            self._settled.forget()
        base = self._learnt()
        if base is not None:
            self._settled.follow(base, arrival_ms)

    def on_report(self, timestamp: int, sender_ms: float) -> None:
        """A sender report: this RTP time is this time of the sender's clock.

        Ignored once the sender stamps capture times on the packets themselves, which say it better.
        """
        if not self._exact:
            self._learn(timestamp, sender_ms)

    def on_capture_time(self, timestamp: int, sender_ms: float) -> None:
        """A packet's abs-capture-time, in the sender's clock."""
        self._exact = True
        self._learn(timestamp, sender_ms)

    def _learn(self, timestamp: int, sender_ms: float) -> None:
        sample = sender_ms - self._unwrapper.peek(timestamp) * self._ms_per_tick
        known = self._intercept_ms
        if known is None or abs(sample - known) > JUMP_MS:
            self._intercept_ms = sample
        else:
            self._intercept_ms = known + (sample - known) / 4

    def at(self, timestamp: int) -> float | None:
        """The wall time of capture for an RTP timestamp within 2^31 of the newest; None while unknown."""
        base = self._base(self._learnt())
        return None if base is None else base + self._unwrapper.peek(timestamp) * self._ms_per_tick

    def _base(self, learnt: float | None) -> float | None:
        """The settled value; what was learnt alone as long as that is unsettled, or after a real step."""
        settled = self._settled.value
        stale = self._reported != self.from_reports or not self._settled.is_firm
        if learnt is None or settled is None or stale or abs(learnt - settled) > JUMP_MS:
            return learnt
        return settled

    def _learnt(self) -> float | None:
        """What all that came says now about RTP time zero.

        Nothing is captured after it arrived, and nothing live long before: reports that say so are
        wrong (encoders exist whose reports do not fit their own packets), and arrival stands in.
        """
        offset, arrival = self._sender.offset_ms, self._arrival.value
        if self._intercept_ms is None or offset is None:
            return arrival
        reported = self._intercept_ms + offset
        if arrival is None or arrival - OLDEST_MS <= reported <= arrival:
            return reported
        return arrival


class ClockWatch:
    """Decides when a mapping is told: when first known, moved by more than 2 ms, and every 5 s."""

    __slots__ = ("_capture_ms", "_ms_per_tick", "_timestamp", "_told_at_ms")

    def __init__(self, clock_rate: int) -> None:
        self._ms_per_tick = 1000 / clock_rate
        self._timestamp = 0
        self._capture_ms = 0.0
        self._told_at_ms: float | None = None

    def check(self, timestamp: int, capture_ms: float, now_ms: float) -> bool:
        """Whether to tell now that this RTP timestamp was captured then; remembers it as told."""
        if self._told_at_ms is not None and now_ms - self._told_at_ms < TELL_EVERY_MS:
            ticks = difference32(timestamp, self._timestamp)
            expected_ms = self._capture_ms + ticks * self._ms_per_tick
            if abs(capture_ms - expected_ms) <= TELL_MOVED_MS:
                return False
        self._timestamp, self._capture_ms = timestamp, capture_ms
        self._told_at_ms = now_ms
        return True

    def forget(self) -> None:
        """The next point is told whatever it is."""
        self._told_at_ms = None
