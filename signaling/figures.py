"""What pages report of their pictures, as Prometheus figures by node, room and source: no person."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from platform_api.kernel.clock import Clock
from platform_api.kernel.named_rooms import NamedRooms
from platform_api.kernel.rooms import Source
from signaling.messages.media import Seen

FIRST_FRAME_BUCKETS_S = (0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0)
DELAY_BUCKETS_S = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)
LABELS = ("node", "room", "source")


class PageFigures:
    """Sums over all pages since the start of the front; the node is the one on which its rooms are."""

    def __init__(self, registry: CollectorRegistry, *, node: str, clock: Clock) -> None:
        self._node = node
        self._rooms = NamedRooms(clock, self._forget)
        self._frames = Counter(
            "scopecast_viewer_frames", "Frames that pages showed", LABELS, registry=registry
        )
        self._freezes = Counter(
            "scopecast_viewer_freezes", "Freezes that pages saw", LABELS, registry=registry
        )
        self._frozen = Counter(
            "scopecast_viewer_frozen_seconds", "How long pictures stood", LABELS, registry=registry
        )
        self._first = Histogram(
            "scopecast_viewer_first_frame_seconds",
            "From the offer to the first picture",
            LABELS,
            buckets=FIRST_FRAME_BUCKETS_S,
            registry=registry,
        )
        self._delay = Histogram(
            "scopecast_viewer_delay_seconds",
            "From the camera to the screen, the median of each report",
            LABELS,
            buckets=DELAY_BUCKETS_S,
            registry=registry,
        )

    def count(self, room: str, source: Source, seen: Seen) -> None:
        """One page's report of one publication."""
        labels = self._node, self._rooms.name(room), source.value
        self._frames.labels(*labels).inc(seen.frames)
        self._freezes.labels(*labels).inc(seen.freezes)
        self._frozen.labels(*labels).inc(seen.frozen_ms / 1000)
        if seen.first_frame_ms is not None:
            self._first.labels(*labels).observe(seen.first_frame_ms / 1000)
        if seen.delay_ms is not None:
            self._delay.labels(*labels).observe(seen.delay_ms / 1000)

    def _forget(self, room: str) -> None:
        for figure in (self._frames, self._freezes, self._frozen, self._first, self._delay):
            figure.remove_by_labels({"room": room})
