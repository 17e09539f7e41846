"""What of a value is shown to one who may not see it whole; the hidden part is never sent."""

from enum import StrEnum
from typing import Final


class Masking(StrEnum):
    """Which part of a value stays."""

    NAME = "name"
    IDENTITY = "identity"
    PHONE = "phone"
    ADDRESS = "address"
    WHOLE = "whole"


STARS: Final = "********"
SURNAMES_OF_TWO: Final = (
    "欧阳司马上官诸葛夏侯东方皇甫尉迟公孙慕容令狐长孙宇文司徒端木百里呼延南宫独孤申屠太史公羊澹台濮阳"
)
TWO_CHARACTER_SURNAMES: Final = frozenset(
    SURNAMES_OF_TWO[at : at + 2] for at in range(0, len(SURNAMES_OF_TWO), 2)
)
KEPT: Final = {Masking.IDENTITY: (4, 4), Masking.PHONE: (3, 4)}
"""How many characters stay in front and at the end."""
ADDRESS_KEPT: Final = 6


def masked(value: str, masking: Masking) -> str:
    """The value with its middle or end gone: `张**`, `欧阳*`, `5101**********1234`, `138****5678`."""
    if not value:
        return value
    match masking:
        case Masking.NAME:
            return _masked_name(value)
        case Masking.IDENTITY | Masking.PHONE:
            front, end = KEPT[masking]
            return _without_middle(value, front, end)
        case Masking.ADDRESS:
            return value[:ADDRESS_KEPT] + "***" if len(value) > ADDRESS_KEPT else "***"
        case Masking.WHOLE:
            return "***"


def _masked_name(name: str) -> str:
    """The surname stays; of one character nothing does. At most three stars: length tells too."""
    kept = 2 if name[:2] in TWO_CHARACTER_SURNAMES and len(name) > 2 else min(1, len(name) - 1)
    return name[:kept] + "*" * min(max(len(name) - kept, 1), 3)


def _without_middle(value: str, front: int, end: int) -> str:
    hidden = len(value) - front - end
    if hidden < 4:  # too short for what it should be: it would show nearly all
        return STARS
    return value[:front] + "*" * hidden + value[-end:]
