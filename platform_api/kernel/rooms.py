"""Words that every live part shares: what a publication shows, who one is, what one may do."""

from enum import StrEnum
from typing import Final


class Source(StrEnum):
    """What a publication shows or carries (DESIGN 3)."""

    SCOPE = "scope"
    HAND = "hand"
    CAMERA = "camera"
    SCREEN = "screen"
    VOICE = "voice"
    COMMENTARY = "commentary"
    BEDSIDE = "bedside"
    MONITOR = "monitor"


AUDIO_SOURCES: Final = frozenset({Source.VOICE, Source.COMMENTARY})
VIDEO_SOURCES: Final = frozenset(Source) - AUDIO_SOURCES


class Role(StrEnum):
    """What a participant is in a room."""

    HOST = "host"
    COMMENTATOR = "commentator"
    VIEWER = "viewer"
    ENCODER = "encoder"


class Right(StrEnum):
    """What a participant may do in a room beside watching."""

    SPEAK = "speak"
    DRAW = "draw"
    POINT = "point"
    CLEAR = "clear"
    COMMENT = "comment"
    FREEZE = "freeze"
    PRESENT = "present"
    MODERATE = "moderate"
    END = "end"


ROLE_RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.HOST: frozenset(Right),
    Role.COMMENTATOR: frozenset({Right.SPEAK, Right.DRAW, Right.POINT, Right.COMMENT, Right.FREEZE}),
    Role.VIEWER: frozenset({Right.COMMENT}),
    Role.ENCODER: frozenset(),
}

ROLE_PUBLISHES: Final[dict[Role, frozenset[Source]]] = {
    Role.HOST: frozenset({Source.SCOPE, Source.HAND, Source.CAMERA, Source.SCREEN, Source.VOICE}),
    Role.COMMENTATOR: frozenset({Source.CAMERA, Source.COMMENTARY}),
    Role.VIEWER: frozenset({Source.CAMERA}),
    Role.ENCODER: frozenset({Source.SCOPE, Source.HAND, Source.VOICE}),
}
