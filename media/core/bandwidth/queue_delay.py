"""How long packets lie in queues on the way."""

BASE_WINDOW_MS = 30_000.0
SMOOTHING = 0.2
STANDING_QUEUE_MS = 50.0
DRAIN_MS = 1_000.0
UNCHANGED = 0.9


class QueueDelay:
    """How much longer packets take than at the best of the last half to whole minute.

    Two windows in turn, so that neither a drifting clock nor a longer way counts for ever.
    """

    __slots__ = ("_before_ms", "_best_ms", "_drained", "_since_ms", "queue_ms")

    def __init__(self) -> None:
        self._best_ms: float | None = None
        self._before_ms: float | None = None
        self._since_ms = 0.0
        self._drained: tuple[float, float] | None = None
        self.queue_ms = 0.0

    def add(self, sent_ms: float, arrival_ms: float) -> None:
        delay_ms = arrival_ms - sent_ms
        if self._best_ms is None or sent_ms - self._since_ms > BASE_WINDOW_MS:
            self._before_ms, self._best_ms, self._since_ms = self._best_ms, delay_ms, sent_ms
        self._best_ms = min(self._best_ms, delay_ms)
        base_ms = self._best_ms if self._before_ms is None else min(self._best_ms, self._before_ms)
        self.queue_ms += SMOOTHING * (delay_ms - base_ms - self.queue_ms)

    def drain_due(self, now_ms: float) -> bool:
        """Whether to send less than the line carries, for a while, so that what stands in its queue goes.

        A slope does not show a queue that grows slowly or stands. Where less did not shorten it, it is no
        queue: the way has become longer, and is the new best.
        """
        if self.queue_ms < STANDING_QUEUE_MS:
            return False
        if self._drained is not None:
            at_ms, queue_ms = self._drained
            if now_ms - at_ms < DRAIN_MS:
                return False
            if now_ms - at_ms < 3 * DRAIN_MS and self.queue_ms > UNCHANGED * queue_ms:
                self._best_ms = self._before_ms = None
                self._drained = None
                self.queue_ms = 0.0
                return False
        self._drained = now_ms, self.queue_ms
        return True
