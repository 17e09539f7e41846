"""Which of the offered formats we take: forwarded as they come, so only what every part can carry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from media.negotiation.sdp import Format, Section
from media.plane import Codec, ExtensionIds

TRANSPORT_FEEDBACK: Final = "transport-cc"
VIDEO_FEEDBACK: Final = frozenset({"nack", "nack pli", "ccm fir", "goog-remb", TRANSPORT_FEEDBACK})
AUDIO_FEEDBACK: Final = frozenset({"nack", TRANSPORT_FEEDBACK})
# Parameters of the offered format that its answer must repeat (RFC 6184 8.2.2, RFC 9628 6, AV1-RTP 7).
REPEATED_PARAMETERS: Final = (
    "level-asymmetry-allowed",
    "packetization-mode",
    "profile-level-id",
    "profile-id",
    "profile",
    "level-idx",
    "tier",
)
OPUS_PARAMETERS: Final = "minptime=10;useinbandfec=1;usedtx=0"
# Chromium starts at 300 kbit/s and climbs for many seconds unless told; others ignore this.
START_BITRATE_KBPS: Final = 2000
MIN_BITRATE_KBPS: Final = 600
MAX_ONE_BYTE_EXTENSION: Final = 14

EXTENSIONS: Final[Mapping[str, str]] = {
    "urn:ietf:params:rtp-hdrext:sdes:mid": "mid",
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id": "rid",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id": "repaired_rid",
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level": "audio_level",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time": "abs_send_time",
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time": "abs_capture_time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01": "transport_cc",
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension": (
        "dependency_descriptor"
    ),
}
AUDIO_ONLY: Final = frozenset({"audio_level"})
VIDEO_ONLY: Final = frozenset({"dependency_descriptor"})
_PARAMETER: Final = re.compile(r"[A-Za-z0-9.-]{1,32}")
_H264_PREFERENCE: Final = ("42e0", "42c0", "4200")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedFormat:
    """A format we take and, if offered, the payload types of its retransmission (RFC 4588) and of redundant
    audio that holds it (RFC 2198)."""

    codec: Codec
    format: Format
    rtx_payload_type: int | None
    red_payload_type: int | None = None


def agreed_formats(section: Section) -> tuple[AgreedFormat, ...]:
    """Every offered format that we can carry, in the offerer's order of preference."""
    rtx = {
        item.parameters.get("apt"): item.payload_type
        for item in section.formats
        if item.name.lower() == "rtx" and item.clock_rate == 90_000  # video clock (RFC 3551)
    }
    found = []
    for item in section.formats:
        codec = _codec(section.kind, item)
        if codec is not None:
            found.append(
                AgreedFormat(
                    codec=codec,
                    format=item,
                    rtx_payload_type=rtx.get(str(item.payload_type)),
                    red_payload_type=_red_of(section, item) if codec is Codec.OPUS else None,
                )
            )
    return tuple(found)


def _red_of(section: Section, voice: Format) -> int | None:
    """The payload type of redundant audio in which every block is this format."""
    for item in section.formats:
        inside = item.fmtp.split("/")
        same_clock = (item.clock_rate, item.channels) == (voice.clock_rate, voice.channels)
        if item.name.lower() == "red" and same_clock and set(inside) == {str(voice.payload_type)}:
            return item.payload_type
    return None


def one_per_codec(formats: tuple[AgreedFormat, ...]) -> tuple[AgreedFormat, ...]:
    """The first format of each codec; of H264 the one whose profile is the widest understood."""
    best: dict[Codec, AgreedFormat] = {}
    for item in formats:
        known = best.get(item.codec)
        if known is None or (item.codec is Codec.H264 and _h264_rank(item) < _h264_rank(known)):
            best[item.codec] = item
    return tuple(best.values())


def feedback(kind: str, item: Format) -> tuple[str, ...]:
    """The offered feedback that we understand."""
    known = VIDEO_FEEDBACK if kind == "video" else AUDIO_FEEDBACK
    return tuple(entry for entry in item.feedback if entry in known)


def answer_parameters(agreed: AgreedFormat, *, we_receive: bool) -> str:
    """The fmtp value of the answer; empty for none."""
    if agreed.codec is Codec.OPUS:
        return OPUS_PARAMETERS
    parts = [
        f"{key}={agreed.format.parameters[key]}"
        for key in REPEATED_PARAMETERS
        if _PARAMETER.fullmatch(agreed.format.parameters.get(key, ""))
    ]
    if we_receive:
        parts += [
            f"x-google-start-bitrate={START_BITRATE_KBPS}",
            f"x-google-min-bitrate={MIN_BITRATE_KBPS}",
        ]
    return ";".join(parts)


def agreed_extensions(section: Section) -> dict[str, int]:
    """The offered header extensions that we take: id by URI, whichever side sends.

    Browsers never offer again what one section's answer left out: layers published later by one who
    began as a viewer would have no names, and their voice no level. Transport-wide numbers are of use only
    to one who reports on them.
    """
    foreign = VIDEO_ONLY if section.kind == "audio" else AUDIO_ONLY
    if not any(TRANSPORT_FEEDBACK in item.feedback for item in section.formats):
        foreign |= {"transport_cc"}
    return {
        uri: identifier
        for uri, identifier in section.extensions.items()
        if uri in EXTENSIONS and 1 <= identifier <= MAX_ONE_BYTE_EXTENSION and EXTENSIONS[uri] not in foreign
    }


def extension_ids(agreed: Mapping[str, int]) -> ExtensionIds:
    """The same for the plane."""
    return ExtensionIds(**{EXTENSIONS[uri]: identifier for uri, identifier in agreed.items()})


def _codec(kind: str, item: Format) -> Codec | None:
    name = item.name.upper()
    if kind == "audio":
        is_opus = name == "OPUS" and item.clock_rate == 48_000 and item.channels == 2  # RFC 7587 7
        return Codec.OPUS if is_opus else None
    if kind != "video" or item.clock_rate != 90_000:  # as above
        return None
    parameters = item.parameters
    if name == "VP8":
        return Codec.VP8
    if name == "H264" and parameters.get("packetization-mode") == "1":
        return Codec.H264
    if name == "VP9" and parameters.get("profile-id", "0") == "0":
        return Codec.VP9
    if name == "AV1" and parameters.get("profile", "0") == "0":
        return Codec.AV1
    return None


def _h264_rank(agreed: AgreedFormat) -> int:
    profile = agreed.format.parameters.get("profile-level-id", "42000a")[:4].lower()
    return _H264_PREFERENCE.index(profile) if profile in _H264_PREFERENCE else len(_H264_PREFERENCE)
