"""What the layers of a publication cost: measured over seconds, remembered while they are silent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from media.allocation.contracts import CONTRACTS
from media.allocation.demand import Layer
from media.plane import LayerStats
from platform_api.kernel.rooms import Source

RISE_S: Final = 1.0
FALL_S: Final = 5.0
SILENT_AFTER_S: Final = 2.0
TOLD_STEP: Final = 0.05
"""A rate that moved by less is told as it was: nobody must be asked anew for every breath of an encoder."""

STEP: Final = 3.5
"""A layer of twice the lines costs about so many times as much."""


@dataclass(slots=True)
class _Measured:
    bitrate_bps: float
    heard_s: float
    packets: int
    told_bps: float = 0.0
    silent: bool = False


class Costs:
    """Of one publication. Time is given, in seconds that only grow."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._layers: dict[str, _Measured] = {}
        self._seen_s: float | None = None
        self.version = 0

    def measure(self, layers: Iterable[LayerStats], now_s: float) -> None:
        """What arrives now; `version` rises if anything that is told became another."""
        passed_s = 0.0 if self._seen_s is None else now_s - self._seen_s
        self._seen_s = now_s
        for layer in layers:
            known = self._layers.get(layer.rid)
            if known is None:
                known = self._layers[layer.rid] = _Measured(float(layer.bitrate_bps), now_s, layer.packets)
                self.version += 1
            elif layer.packets != known.packets:
                known.heard_s, known.packets = now_s, layer.packets
                _follow(known, float(layer.bitrate_bps), passed_s)
            self._tell(known, now_s)

    def is_silent(self, rid: str) -> bool:
        """Whether nothing of the layer had come for two seconds when it was last measured."""
        known = self._layers.get(rid)
        return known is not None and known.silent

    def ladder(self, rids: Sequence[str]) -> tuple[Layer, ...]:
        """These layers (the best first) the lowest first, none cheaper than the one below it."""
        known = {rid: self._layers[rid].told_bps for rid in rids if rid in self._layers}
        found, least = [], 0
        for at in range(len(rids) - 1, -1, -1):
            least = max(least, round(known.get(rids[at], 0.0) or self._guess(rids, at, known)))
            found.append(Layer(rid=rids[at], bitrate_bps=least))
        return tuple(found)

    def _tell(self, known: _Measured, now_s: float) -> None:
        silent = now_s - known.heard_s > SILENT_AFTER_S
        if silent != known.silent or abs(known.bitrate_bps - known.told_bps) > known.told_bps * TOLD_STEP:
            known.silent, known.told_bps = silent, known.bitrate_bps
            self.version += 1

    def _guess(self, rids: Sequence[str], at: int, known: Mapping[str, float]) -> float:
        """By the nearest layer that was measured, else by what is usual."""
        measured = [place for place, rid in enumerate(rids) if known.get(rid)]
        if not measured:
            return CONTRACTS[self._source].usual_bps / STEP**at
        nearest = min(measured, key=lambda place: abs(place - at))
        return float(known[rids[nearest]] * STEP ** (nearest - at))


def _follow(known: _Measured, rate: float, passed_s: float) -> None:
    """Goes towards the rate; one of nothing is that of a layer which has not been measured yet."""
    if rate:
        over_s = RISE_S if rate > known.bitrate_bps else FALL_S
        share = min(1.0, passed_s / over_s) if known.bitrate_bps else 1.0
        known.bitrate_bps += (rate - known.bitrate_bps) * share
