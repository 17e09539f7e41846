"""The layers of a simulcast publication as they arrive."""

from collections.abc import Iterable
from dataclasses import dataclass

ALIVE_MS = 1_500


@dataclass(frozen=True, slots=True)
class LayerState:
    """One layer now; times in ms on any one axis."""

    rid: str
    bitrate_bps: float
    last_packet_ms: float


def alive(layers: Iterable[LayerState], now_ms: float) -> list[LayerState]:
    """Those that sent something within the last second and a half."""
    return [layer for layer in layers if now_ms - layer.last_packet_ms <= ALIVE_MS]
