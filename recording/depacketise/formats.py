"""The codecs that are recorded, by the name that a publication gives them."""

from collections.abc import Callable
from typing import Final

from recording.depacketise.av1 import Av1
from recording.depacketise.frames import Format
from recording.depacketise.h264 import H264
from recording.depacketise.opus import Opus
from recording.depacketise.vp8 import Vp8
from recording.depacketise.vp9 import Vp9

FORMATS: Final[dict[str, Callable[[], Format]]] = {
    "vp8": Vp8,
    "vp9": Vp9,
    "h264": H264,
    "av1": Av1,
    "opus": Opus,
}


def make_format(codec: str) -> Format | None:
    """A new reader of this codec; None for one that is not recorded."""
    make = FORMATS.get(codec.lower())
    return make() if make is not None else None
