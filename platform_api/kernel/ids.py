"""Identifiers: a type for each entity, and time-ordered values for new ones."""

import os
import re
import time
import uuid
from typing import Final, NewType

RoomId = NewType("RoomId", str)
SessionId = NewType("SessionId", str)
ParticipantId = NewType("ParticipantId", str)
PeerId = NewType("PeerId", str)
PublicationId = NewType("PublicationId", str)
RecordingId = NewType("RecordingId", str)
UserId = NewType("UserId", str)
OrganisationId = NewType("OrganisationId", str)
InvitationId = NewType("InvitationId", str)
CommentId = NewType("CommentId", str)
FileId = NewType("FileId", str)
MarkId = NewType("MarkId", str)
StillId = NewType("StillId", str)
BoardPageId = NewType("BoardPageId", str)

SERVER_MADE: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""How an id of ours is written; whatever else comes from outside as an id is nobody's."""


def new_id() -> str:
    """A new UUID version 7 in canonical text: sorts by creation time (RFC 9562 5.7)."""
    unix_ms = time.time_ns() // 1_000_000
    value = (unix_ms & ((1 << 48) - 1)) << 80
    value |= int.from_bytes(os.urandom(10), "big")
    value &= ~(0xF << 76) & ~(0x3 << 62)
    value |= (0x7 << 76) | (0x2 << 62)
    return str(uuid.UUID(int=value))
