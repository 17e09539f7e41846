"""Tracks, slots and payloads as tests need them."""

from media.plane import Codec, ExtensionIds, SlotSpec, TrackSpec
from platform_api.kernel.ids import PublicationId

VIDEO_SSRC = 0x1000
AUDIO_SSRC = 0x2000
SLOT_SSRC = 0x900000
SLOT_RTX_SSRC = 0x900001


def video_track(
    publication: str = "anna.scope",
    *,
    mid: str = "0",
    codec: Codec = Codec.VP8,
    rids: tuple[str, ...] = (),
    ssrcs: tuple[int, ...] = (),
    rtx_ssrcs: dict[int, int] | None = None,
    payload_type: int = 96,
    extensions: ExtensionIds | None = None,
    rank: int = 0,
) -> TrackSpec:
    return TrackSpec(
        publication=PublicationId(publication),
        mid=mid,
        codec=codec,
        clock_rate=90_000,
        payload_type=payload_type,
        rtx_payload_type=payload_type + 1,
        rids=rids,
        ssrcs=ssrcs,
        rtx_ssrcs=rtx_ssrcs or {},
        extensions=extensions or ExtensionIds(mid=1, rid=2, repaired_rid=3, abs_capture_time=5),
        rank=rank,
    )


def audio_track(
    publication: str = "anna.voice", *, mid: str = "1", red_payload_type: int | None = None
) -> TrackSpec:
    return TrackSpec(
        publication=PublicationId(publication),
        mid=mid,
        codec=Codec.OPUS,
        clock_rate=48_000,
        payload_type=111,
        rtx_payload_type=None,
        extensions=ExtensionIds(mid=1, audio_level=4),
        red_payload_type=red_payload_type,
    )


def video_slot(
    mid: str = "5", *, ssrc: int = SLOT_SSRC, rtx: bool = True, extensions: ExtensionIds | None = None
) -> SlotSpec:
    codecs = (Codec.VP8, Codec.H264, Codec.VP9, Codec.AV1)
    return SlotSpec(
        mid=mid,
        kind="video",
        ssrc=ssrc,
        rtx_ssrc=ssrc + 1 if rtx else None,
        payload_types={codec: 100 + 2 * index for index, codec in enumerate(codecs)},
        rtx_payload_types={codec: 101 + 2 * index for index, codec in enumerate(codecs)} if rtx else {},
        extensions=extensions or ExtensionIds(mid=1),
    )


def audio_slot(
    mid: str = "6",
    *,
    ssrc: int = SLOT_SSRC + 0x100,
    extensions: ExtensionIds | None = None,
    payload_type: int = 111,
    red_payload_type: int | None = None,
) -> SlotSpec:
    return SlotSpec(
        mid=mid,
        kind="audio",
        ssrc=ssrc,
        rtx_ssrc=None,
        payload_types={Codec.OPUS: payload_type},
        rtx_payload_types={},
        extensions=extensions or ExtensionIds(mid=1),
        red_payload_type=red_payload_type,
    )


def vp8(
    body: bytes = b"picture", *, key: bool = False, first: bool = True, picture: int = 0, tl0: int = 0
) -> bytes:
    """A VP8 payload with a 15-bit picture id and TL0PICIDX (RFC 7741 4.2)."""
    flags = 0x90 if first else 0x80
    descriptor = bytes((flags, 0xC0, 0x80 | picture >> 8 & 0x7F, picture & 0xFF, tl0 & 0xFF))
    return descriptor + (b"\x10" if key else b"\x11") + body
