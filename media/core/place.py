"""Where a packet lies among the layers inside its flow, as its own descriptors tell it."""

from enum import Enum
from typing import Final, NamedTuple

from media.core.dependency import Descriptor, Frame
from media.core.rtp import Buffer

HIGHEST: Final = 3
"""The highest spatial and temporal layer that we tell apart; what lies above counts to them."""


class Sync(Enum):
    """Whether viewers may rise to a higher temporal layer here.

    OWN: to this frame's own, which rests on nothing but the lowest. ABOVE: to any above this frame's, for
    none of what follows there rests on what was before it.
    """

    NONE = "none"
    OWN = "own"
    ABOVE = "above"


class Place(NamedTuple):
    """A packet's layer in its flow, and the edges of its frame."""

    spatial: int
    temporal: int
    begins_frame: bool
    ends_frame: bool
    sync: Sync


def place_of_payload(codec: str, payload: Buffer) -> Place | None:
    """As the payload's descriptor tells it; None for codecs and flows whose payloads do not."""
    if codec == "VP8":
        return _vp8(payload)
    if codec == "VP9":
        return _vp9(payload)
    return None


def place_of_descriptor(descriptor: Descriptor) -> Place | None:
    """As the dependency descriptor tells it; None while its structure is not known."""
    frame = descriptor.frame
    if frame is None:
        return None
    sync = Sync.ABOVE if _is_sync(frame) else Sync.NONE
    spatial, temporal = min(frame.spatial, HIGHEST), min(frame.temporal, HIGHEST)
    return Place(spatial, temporal, descriptor.begins_frame, descriptor.ends_frame, sync)


def _is_sync(frame: Frame) -> bool:
    if frame.temporal:
        return False
    targets = [frame.structure.target(frame.spatial, at) for at in range(1, frame.structure.highest[1] + 1)]
    return all(target is not None and frame.may_switch(target) for target in targets)


def _vp8(payload: Buffer) -> Place | None:
    end = len(payload)
    if end < 2 or not payload[0] & 0x80:
        return None
    flags, at = payload[1], 2
    if flags & 0x80:
        if at >= end:
            return None
        at += 2 if payload[at] & 0x80 else 1
    at += 1 if flags & 0x40 else 0
    if not flags & 0x20 or at >= end:
        return None
    begins = bool(payload[0] & 0x10) and not payload[0] & 0x07
    sync = Sync.OWN if payload[at] & 0x20 else Sync.NONE
    return Place(0, payload[at] >> 6, begins, False, sync)


def _vp9(payload: Buffer) -> Place | None:
    end = len(payload)
    if end < 1 or not payload[0] & 0x20:
        return None
    at = 1
    if payload[0] & 0x80:
        if at >= end:
            return None
        at += 2 if payload[at] & 0x80 else 1
    has_index = not payload[0] & 0x10  # TL0PICIDX follows, unless in flexible mode
    if at + has_index >= end:
        return None
    layers = payload[at]
    return Place(
        min(layers >> 1 & 0x07, HIGHEST),
        min(layers >> 5, HIGHEST),
        bool(payload[0] & 0x08),
        bool(payload[0] & 0x04),
        Sync.ABOVE if layers & 0x10 else Sync.NONE,
    )
