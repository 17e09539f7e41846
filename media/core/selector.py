"""Which layer a slot forwards now, of those that are alive."""

from collections.abc import Iterable

from media.core.layers import LayerState, alive

BETTER_BY = 1.2


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
