"""What VP8 and VP9 tell a container in the same way (VP Codec ISO Media File Format Binding 1.0)."""

from typing import Final, Literal

from recording.depacketise.frames import CodecConfig

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


def vpx_config(
    codec: Literal["VP8", "VP9"],
    size: tuple[int, int],
    *,
    profile: int,
    depth: int,
    chroma: int,
    full_range: bool,
) -> CodecConfig:
    """The configuration of a track by a keyframe's `size` (width, height); the level follows from it."""
    width, height = size
    level = _level_of(width, height)
    entry = "vp08" if codec == "VP8" else "vp09"
    return CodecConfig(
        codec=codec,
        codec_string=f"{entry}.{profile:02d}.{level:02d}.{depth:02d}",
        kind="video",
        width=width,
        height=height,
        entry=entry.encode(),
        box=b"vpcC",
        record=_vpcc(profile=profile, level=level, depth=depth, chroma=chroma, full_range=full_range),
    )


def _level_of(width: int, height: int) -> int:
    """The lowest level by picture size."""
    return next((level for most, level in _LEVELS if width * height <= most), 60)


def _vpcc(*, profile: int, level: int, depth: int, chroma: int, full_range: bool) -> bytes:
    """The payload of a `vpcC` box, version 1; colours as BT.709."""
    bits = depth << 4 | chroma << 1 | int(full_range)
    return bytes([1, 0, 0, 0, profile, level, bits, 1, 1, 1, 0, 0])
