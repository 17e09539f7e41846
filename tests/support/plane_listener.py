"""A plane's listener that keeps what it is told."""

import asyncio
from collections.abc import Callable

from media.plane import Address, ClockPoint, LineEstimate, SlotClockPoint
from platform_api.kernel.ids import PeerId, PublicationId


class RecordingListener:
    """Everything a plane tells, in order; `until` waits for it."""

    def __init__(self) -> None:
        self.control: list[tuple[PeerId, bytes, Address]] = []
        self.started: list[tuple[PublicationId, str]] = []
        self.clocks: list[tuple[PublicationId, str, ClockPoint]] = []
        self.slot_clocks: list[tuple[PeerId, str, SlotClockPoint]] = []
        self.levels: list[tuple[PublicationId, int]] = []
        self.estimates: list[tuple[PeerId, LineEstimate]] = []
        self.floods: list[PeerId] = []
        self._changed = asyncio.Event()

    def on_control_datagram(self, peer: PeerId, data: bytes, address: Address) -> None:
        self.control.append((peer, data, address))
        self._changed.set()

    def on_track_started(self, publication: PublicationId, rid: str) -> None:
        self.started.append((publication, rid))
        self._changed.set()

    def on_clock(self, publication: PublicationId, rid: str, point: ClockPoint) -> None:
        self.clocks.append((publication, rid, point))
        self._changed.set()

    def on_slot_clock(self, peer: PeerId, mid: str, point: SlotClockPoint) -> None:
        self.slot_clocks.append((peer, mid, point))
        self._changed.set()

    def on_audio_level(self, publication: PublicationId, level_dbov: int) -> None:
        self.levels.append((publication, level_dbov))
        self._changed.set()

    def on_estimate(self, peer: PeerId, estimate: LineEstimate) -> None:
        self.estimates.append((peer, estimate))
        self._changed.set()

    def on_flood(self, peer: PeerId) -> None:
        self.floods.append(peer)
        self._changed.set()

    async def until(self, condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()
