"""Which sheet a target lies on, as the operations name it."""

from typing import Final, Literal

from annotation.errors import SheetUnknown
from annotation.model import BoardTarget, LiveTarget, StillTarget, Target

SheetKind = Literal["live", "still", "board"]
KINDS: Final[tuple[SheetKind, ...]] = ("live", "still", "board")


def sheet_of(target: Target) -> str:
    """`live:{publication}`, `still:{id}` or `board:{page}`; all moments of a live picture are one sheet."""
    match target:
        case LiveTarget():
            return f"live:{target.publication}"
        case StillTarget():
            return f"still:{target.still}"
        case BoardTarget():
            return f"board:{target.page}"


def parse_sheet(sheet: str) -> tuple[SheetKind, str]:
    """The kind of a sheet and what it lies on; raises SheetUnknown."""
    kind, separator, name = sheet.partition(":")
    for known in KINDS:
        if kind == known and separator and name:
            return known, name
    raise SheetUnknown
