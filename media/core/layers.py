"""Which layer of a simulcast publication is the best there is."""

from collections.abc import Iterable
from dataclasses import dataclass

ALIVE_MS = 1_500
BETTER_BY = 1.2


@dataclass(frozen=True, slots=True)
class LayerState:
    """One layer as it arrives now."""

    rid: str
    bitrate_bps: float
    last_packet_ms: float


def alive(layers: Iterable[LayerState], now_ms: float) -> list[LayerState]:
    """Those that sent something within the last second and a half."""
    return [layer for layer in layers if now_ms - layer.last_packet_ms <= ALIVE_MS]


def choose_layer(
    layers: Iterable[LayerState], *, wanted: str | None, current: str | None, now_ms: float
) -> str | None:
    """The rid to forward: the wanted one if alive, else that of the highest rate; None: nothing alive.

    The current one stays unless another is better by a fifth, so that equal layers do not alternate.
    """
    candidates = alive(layers, now_ms)
    if not candidates:
        return None
    by_rid = {layer.rid: layer for layer in candidates}
    if wanted is not None and wanted in by_rid:
        return wanted
    best = max(candidates, key=lambda layer: layer.bitrate_bps)
    present = by_rid.get(current) if current is not None else None
    if present is not None and best.bitrate_bps <= present.bitrate_bps * BETTER_BY:
        return present.rid
    return best.rid
