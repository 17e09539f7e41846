"""The configuration record that VP8 and VP9 share (VP Codec ISO Media File Format Binding 1.0)."""

from typing import Final

# Greatest luma picture size of each level (VP9 Levels, Annex A of the bitstream specification).
_LEVELS: Final = (
    (36_864, 10),
    (73_728, 11),
    (122_880, 20),
    (245_760, 21),
    (552_960, 30),
    (983_040, 31),
    (2_228_224, 40),
    (8_912_896, 50),
)


def level_of(width: int, height: int) -> int:
    """The lowest level by picture size."""
    return next((level for most, level in _LEVELS if width * height <= most), 60)


def vpcc(*, profile: int, level: int, depth: int, chroma: int, full_range: bool) -> bytes:
    """The payload of a `vpcC` box, version 1; colours as BT.709."""
    bits = depth << 4 | chroma << 1 | int(full_range)
    return bytes([1, 0, 0, 0, profile, level, bits, 1, 1, 1, 0, 0])
