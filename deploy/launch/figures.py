"""The media node's figures among those of the front: one address for an operator's Prometheus."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from media.client import MediaAway, MediaClient
from media.control import FigureFamily
from media.exposition import show

TIMEOUT_S: Final = 2.0


class NodeFigures(Collector):
    """What the node said when it was last asked; nothing of a node that is away but that it is."""

    def __init__(self, media: MediaClient, *, node: str) -> None:
        self._media = media
        self._node = node
        self._families: tuple[FigureFamily, ...] | None = None

    async def refresh(self) -> None:
        """Asks the node, and waits no longer than a scrape may."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                self._families = (await self._media.figures()).families
        except (MediaAway, TimeoutError):
            self._families = None

    def describe(self) -> Iterable[Metric]:
        """Nothing: the names are the node's."""
        return ()

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("scopecast_media_node_up", "Whether the node answers", labels=["node"])
        up.add_metric([self._node], float(self._families is not None))
        yield up
        yield from show(self._families or (), node=self._node)
