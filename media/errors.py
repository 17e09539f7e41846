"""Refusals of the media side. Codes are stable; each has a sentence in both languages in the kernel.

MediaRefused (the peer's fault)
  media.sdp_too_large, media.sdp_invalid, media.sdp_limits, media.no_fingerprint, media.not_secure,
  media.no_common_codec, media.source_not_allowed, media.source_unknown, media.room_full,
  media.unknown_peer, media.unknown_room, media.ice_changed, media.restarts_too_often
MediaAway (ours)
  media.away
"""

from enum import StrEnum


class MediaErrorCode(StrEnum):
    SDP_TOO_LARGE = "media.sdp_too_large"
    SDP_INVALID = "media.sdp_invalid"
    SDP_LIMITS = "media.sdp_limits"
    NO_FINGERPRINT = "media.no_fingerprint"
    NOT_SECURE = "media.not_secure"
    NO_COMMON_CODEC = "media.no_common_codec"
    SOURCE_NOT_ALLOWED = "media.source_not_allowed"
    SOURCE_UNKNOWN = "media.source_unknown"
    ROOM_FULL = "media.room_full"
    UNKNOWN_PEER = "media.unknown_peer"
    UNKNOWN_ROOM = "media.unknown_room"
    ICE_CHANGED = "media.ice_changed"
    RESTARTS_TOO_OFTEN = "media.restarts_too_often"
    AWAY = "media.away"
