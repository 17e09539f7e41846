"""What one viewer wants of one publication, as the allocator sees it: a value, no room and no plane."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from media.allocation.contracts import CONTRACTS, Contract
from platform_api.kernel.rooms import AUDIO_SOURCES, Source

BEST_HEIGHTS: Final = ((400_000, 360), (1_200_000, 540))
"""Nobody tells the size of a picture: one of at most so many bit/s is taken to have so many lines."""

USUAL_HEIGHT: Final = 720
SHAPE: Final = 16 / 9
NEARLY: Final = 0.9
"""A layer of nine tenths of the shown height is as good as one of all of it."""


class Limit(StrEnum):
    """Why a viewer is given no more than `Demand.limit`, line or no line."""

    NONE = "none"
    BY_HAND = "by_hand"
    SIZE = "size"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer that arrives; `bitrate_bps` is what it costs.

    `halved`: how often its size is halved from the best, None: once a level. `slow`: it shows fewer
    pictures a second than the best. `glimpses`: keyframes alone of the layer above it, for which any
    rate will do.
    """

    rid: str
    bitrate_bps: int
    halved: int | None = None
    slow: bool = False
    glimpses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """`layers` the lowest first; a publication without layers has one, with an empty rid.

    `by_hand`: the layer that the viewer chose, None: as good as it may be. `shown`: width and height in
    pixels of the screen, (0, 0) hidden, None unknown. `limit`: the highest level that makes sense for the
    viewer, and what keeps it from being higher.
    """

    publication: str
    source: Source
    layers: Sequence[Layer]
    by_hand: str | None = None
    paused: bool = False
    shown: tuple[int, int] | None = None
    limit: tuple[int, Limit] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", self._find_limit())  # asked many times in one decision

    @property
    def contract(self) -> Contract:
        return CONTRACTS[self.source]

    def are_glimpses(self, level: int) -> bool:
        """Whether what flows on this level is no more than keyframes now and then."""
        return level > 0 and self.layers[level - 1].glimpses

    def place(self, level: int) -> int:
        """Which layer of the publication a level shows, 1 the lowest; 0: none. Glimpses are of the lowest."""
        return max(level - 1, min(level, 1)) if self.has_glimpses else level

    @property
    def has_glimpses(self) -> bool:
        return bool(self.layers) and self.layers[0].glimpses

    @property
    def is_audio(self) -> bool:
        return self.source in AUDIO_SOURCES

    def cost_bps(self, level: int) -> int:
        """What a level costs: 0 is nothing, 1 the lowest layer."""
        return self.layers[level - 1].bitrate_bps if level else 0

    def rid(self, level: int) -> str | None:
        """The layer of a level; None: nothing."""
        return self.layers[level - 1].rid if level else None

    def level_of(self, rid: str | None) -> int | None:
        """The level of a layer (None: of nothing); None: it does not arrive (any more)."""
        if rid is None:
            return 0
        return next((at + 1 for at, layer in enumerate(self.layers) if layer.rid == rid), None)

    def _find_limit(self) -> tuple[int, Limit]:
        if self.paused:
            return 0, Limit.BY_HAND
        if self.is_audio:
            return min(len(self.layers), 1), Limit.NONE
        if self.shown == (0, 0):
            return 0, Limit.HIDDEN
        if self.by_hand is not None:
            level = self.level_of(self.by_hand)
            if level is not None:
                return level, Limit.BY_HAND if level < len(self.layers) else Limit.NONE
        level = self._enough()
        return level, Limit.SIZE if level < len(self.layers) else Limit.NONE

    @property
    def area(self) -> int:
        """How much of the screen it has; what is of unknown size counts as large."""
        return self.shown[0] * self.shown[1] if self.shown is not None else 1 << 30

    def _enough(self) -> int:
        """The lowest level with as many lines as are shown, at full speed.

        Each layer has twice the lines of the one below, unless it says otherwise.
        """
        count = len(self.layers)
        if self.shown is None or count < 2:
            return count
        best = self.layers[-1].bitrate_bps
        height = next((lines for most, lines in BEST_HEIGHTS if best <= most), USUAL_HEIGHT)
        needed = max(self.shown[1], self.shown[0] / SHAPE) * NEARLY
        for level, layer in enumerate(self.layers[:-1], start=1):
            halved = count - level if layer.halved is None else layer.halved
            if not layer.slow and not layer.glimpses and height / 2**halved >= needed:
                return level
        return count
