"""How much of a flow with layers inside it a subscriber gets: a grade is everything up to one spatial and one
temporal layer.

Lower spatial layers always go along, so that a grade falls at once wherever a picture begins; it rises
where the sender says that nothing is missed: in time at synchronisation points, in space where a chain
begins or was kept.
"""

import re
from typing import Final, NamedTuple

from media.core.dependency import Frame
from media.core.place import Place, Sync

_NAME: Final = re.compile(r"(.*)\.s([0-9])t([0-9])", re.DOTALL)
_MANY: Final = 255
_REMEMBERED: Final = 256


class Grade(NamedTuple):
    """Up to which layer; `ALL` is everything there is."""

    spatial: int
    temporal: int

    def admits(self, place: Place | None) -> bool:
        """Whether a packet belongs to it; one that tells no layer belongs to all."""
        return place is None or (place.spatial <= self.spatial and place.temporal <= self.temporal)

    def ends_picture(self, place: Place | None) -> bool:
        """Whether a picture ends here for those who have this grade."""
        return place is not None and place.ends_frame and place.spatial == self.spatial

    def name(self, rid: str) -> str:
        """The layer's name with this grade's, where it is one."""
        if self == ALL:
            return rid
        return f"{rid}.s{min(self.spatial, 9)}t{min(self.temporal, 9)}"


ALL: Final = Grade(_MANY, _MANY)


def split_layer(wanted: str) -> tuple[str, Grade]:
    """(layer, grade) of a wanted name: `h`, `h.s1t2`, or `.s1t2` of a flow that has no name."""
    found = _NAME.fullmatch(wanted)
    return (wanted, ALL) if found is None else (found[1], Grade(int(found[2]), int(found[3])))


class FrameLog:
    """Which of the last frames a subscriber was sent, by frame number: the chains that it can go on with."""

    __slots__ = ("_newest", "_sent")

    def __init__(self) -> None:
        self._newest: int | None = None
        self._sent = 0

    def sent(self, number: int) -> None:
        """The frame was sent; those between it and the newest were not."""
        ahead = 0 if self._newest is None else (number - self._newest) & 0xFFFF
        if ahead < 0x8000:
            self._sent = ((self._sent << min(ahead, _REMEMBERED)) | 1) & ((1 << _REMEMBERED) - 1)
            self._newest = number

    def has(self, number: int, back: int) -> bool:
        """Whether the frame so many before this one was sent."""
        if self._newest is None:
            return False
        behind = (self._newest - number + back) & 0xFFFF
        return bool(self._sent >> behind & 1)


class Start(NamedTuple):
    """What is known of the first packet of a picture; the frame where a dependency descriptor tells it."""

    is_key: bool
    place: Place
    number: int
    frame: Frame | None


def next_grade(present: Grade, wanted: Grade, start: Start, sent: FrameLog) -> Grade:
    """The grade from this picture on."""
    if start.is_key:
        return wanted
    spatial, temporal = min(present.spatial, wanted.spatial), min(present.temporal, wanted.temporal)
    if wanted.spatial > spatial and _is_chain_whole(wanted, start, sent):
        spatial = wanted.spatial
    own, sync = start.place.temporal, start.place.sync
    if sync is Sync.ABOVE and own <= temporal:
        temporal = wanted.temporal
    elif sync is Sync.OWN and own == temporal + 1 and own <= wanted.temporal:
        temporal = own
    return Grade(spatial, temporal)


def _is_chain_whole(wanted: Grade, start: Start, sent: FrameLog) -> bool:
    """Whether all was sent on which the wanted spatial layer rests from this frame on."""
    frame = start.frame
    if frame is None:
        return False
    spatial, temporal = frame.structure.highest
    target = frame.structure.target(min(wanted.spatial, spatial), min(wanted.temporal, temporal))
    if target is None or not frame.may_switch(target):
        return False
    back = frame.chain_diff(target)
    return back is not None and (back == 0 or sent.has(start.number, back))
