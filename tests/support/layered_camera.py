"""A camera whose flow has layers inside: VP9 by its payload, AV1 by its descriptor, VP8 in time alone."""

from dataclasses import dataclass
from itertools import pairwise

from media.core.extensions import encode_block
from tests.support.rtp_peer import RtpPeer

DESCRIPTOR_ID = 8


def packed(*fields: tuple[int, int]) -> bytes:
    """Values with their widths in bits, the most significant first, padded with zeros."""
    text = "".join(f"{value:0{width}b}" for value, width in fields if width)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def keyed_structure() -> list[tuple[int, int]]:
    """Two spatial layers of two temporal ones, each by itself but for keyframes (L2T2_KEY), as encoders tell it.

    Templates 0-2: S0 key, S0T0, S0T1; 3-5: the same of S1. Targets: S0T0, S0T1, S1T0, S1T1. Chains: one a spatial
    layer.
    """
    absent, discardable, switch = 0, 1, 2
    indications = [
        [switch, switch, switch, switch],
        [switch, switch, absent, absent],
        [absent, discardable, absent, absent],
        [absent, absent, switch, switch],
        [absent, absent, switch, switch],
        [absent, absent, absent, discardable],
    ]
    chains = [(0, 0), (4, 3), (2, 1), (1, 1), (1, 4), (1, 2)]
    fields = [(0, 6), (3, 5)]
    fields += [(step, 2) for step in (0, 1, 2, 0, 1, 3)]
    fields += [(each, 2) for row in indications for each in row]
    fields += [(0, 1)] * 6  # frame differences: of no matter here
    # Two chains (a number below 5 in the code: 2 is 10), then which chain guards which target.
    fields += [(2, 2), (0, 1), (0, 1), (1, 1), (1, 1)]
    fields += [(diff, 4) for pair in chains for diff in pair]
    return [*fields, (0, 1)]


@dataclass(slots=True)
class LayeredCamera:
    """Sends pictures of two spatial layers (one for VP8), two packets a frame; the test knows every number."""

    peer: RtpPeer
    codec: str
    ssrc: int = 0x10
    sequence: int = 60_000
    timestamp: int = 5_000
    picture: int = 100
    frame: int = 65_530

    @property
    def layers(self) -> range:
        return range(1 if self.codec == "VP8" else 2)

    def send(
        self, temporal: int = 0, *, key: bool = False, up: bool = True, lose: frozenset[int] = frozenset()
    ) -> None:
        """One picture; the packets whose place in it is in `lose` go missing."""
        bodies = [(spatial, first) for spatial in self.layers for first in (True, False)]
        for place, (spatial, first) in enumerate(bodies):
            last = place == len(bodies) - 1
            if place not in lose:
                self.packet(spatial, temporal, key=key, first=first, up=up, last=last)
            self.sequence += 1
        self.timestamp += 3000
        self.picture += 1
        self.frame += len(self.layers)

    def packet(self, spatial: int, temporal: int, *, key: bool, first: bool, up: bool, last: bool) -> None:
        body = f"s{spatial}t{temporal}".encode() + (b"+" if first else b"-")
        block = b""
        if self.codec == "AV1":
            block = encode_block([(DESCRIPTOR_ID, self._descriptor(spatial, temporal, key=key, first=first))])
        self.peer.send(
            self._payload(spatial, temporal, key=key, first=first, up=up) + body,
            sequence=self.sequence % 65536,
            timestamp=self.timestamp,
            ssrc=self.ssrc,
            marker=last,
            extension_block=block,
        )

    def _payload(self, spatial: int, temporal: int, *, key: bool, first: bool, up: bool) -> bytes:
        number = bytes((0x80 | self.picture >> 8 & 0x7F, self.picture & 0xFF))
        if self.codec == "VP9":
            flags = 0xB0 | (0 if key else 0x40) | (0x08 if first else 0x04)
            return bytes((flags,)) + number + bytes((temporal << 5 | up << 4 | spatial << 1,))
        if self.codec == "VP8":
            layer = temporal << 6 | up << 5
            return bytes((0x90 if first else 0x80, 0xE0)) + number + bytes((9, layer, 0x10 if key else 0x11))
        return bytes((0x18 if key and first and not spatial else 0x10,))

    def _descriptor(self, spatial: int, temporal: int, *, key: bool, first: bool) -> bytes:
        template = spatial * 3 + (0 if key else 1 + temporal)
        head = [(first, 1), (not first, 1), (template, 6), ((self.frame + spatial) % 65536, 16)]
        if not (key and first and not spatial):
            return packed(*head)
        return packed(*head, (1, 1), (0, 4), *keyed_structure())


def steps(numbers: list[int]) -> list[int]:
    """How far each lies behind the one before, modulo 2^16."""
    return [(after - before) % 65536 for before, after in pairwise(numbers)]
