"""What pages report of their pictures, as Prometheus figures by source: no room, no name."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from platform_api.kernel.rooms import Source
from signaling.messages.media import Seen

FIRST_FRAME_BUCKETS_S = (0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0)
DELAY_BUCKETS_S = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)


class PageFigures:
    """Sums over all pages since the start of the front."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._frames = Counter(
            "scopecast_viewer_frames", "Frames that pages showed", ["source"], registry=registry
        )
        self._freezes = Counter(
            "scopecast_viewer_freezes", "Freezes that pages saw", ["source"], registry=registry
        )
        self._frozen = Counter(
            "scopecast_viewer_frozen_seconds", "How long pictures stood", ["source"], registry=registry
        )
        self._first = Histogram(
            "scopecast_viewer_first_frame_seconds",
            "From the offer to the first picture",
            ["source"],
            buckets=FIRST_FRAME_BUCKETS_S,
            registry=registry,
        )
        self._delay = Histogram(
            "scopecast_viewer_delay_seconds",
            "From the camera to the screen, the median of each report",
            ["source"],
            buckets=DELAY_BUCKETS_S,
            registry=registry,
        )

    def count(self, source: Source, seen: Seen) -> None:
        """One page's report of one publication."""
        self._frames.labels(source.value).inc(seen.frames)
        self._freezes.labels(source.value).inc(seen.freezes)
        self._frozen.labels(source.value).inc(seen.frozen_ms / 1000)
        if seen.first_frame_ms is not None:
            self._first.labels(source.value).observe(seen.first_frame_ms / 1000)
        if seen.delay_ms is not None:
            self._delay.labels(source.value).observe(seen.delay_ms / 1000)
