"""What each source is promised when a line is too thin for everything (DESIGN 3).

The scope is the last to give way, faces go first, a voice never goes. Who wants another order changes
this table, and decision record 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from platform_api.kernel.rooms import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """`rank`: who is served first, 0 before all. `holds`: its lowest layer flows whatever the line carries.

    `usual_bps`: what its best layer costs as long as nothing is measured.
    """

    rank: int
    holds: bool
    usual_bps: int


CONTRACTS: Final[Mapping[Source, Contract]] = MappingProxyType(
    {
        Source.VOICE: Contract(rank=0, holds=True, usual_bps=48_000),
        Source.COMMENTARY: Contract(rank=0, holds=True, usual_bps=48_000),
        Source.SCOPE: Contract(rank=1, holds=True, usual_bps=2_500_000),
        Source.HAND: Contract(rank=2, holds=False, usual_bps=1_500_000),
        Source.SCREEN: Contract(rank=3, holds=False, usual_bps=1_500_000),
        Source.BEDSIDE: Contract(rank=4, holds=False, usual_bps=1_000_000),
        Source.MONITOR: Contract(rank=5, holds=False, usual_bps=1_000_000),
        Source.CAMERA: Contract(rank=6, holds=False, usual_bps=800_000),
    }
)
