"""Offers as browsers write them, made from few words."""

from collections.abc import Sequence

UFRAG = "abcd1234"
PASSWORD = "p" * 24
FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
VIDEO_LINES = (
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 goog-remb",
    "a=rtcp-fb:96 transport-cc",
    "a=rtcp-fb:96 ccm fir",
    "a=rtcp-fb:96 nack",
    "a=rtcp-fb:96 nack pli",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:102 H264/90000",
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
    "a=rtpmap:103 rtx/90000",
    "a=fmtp:103 apt=102",
    "a=rtpmap:104 H264/90000",
    "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f",
    "a=rtpmap:98 VP9/90000",
    "a=fmtp:98 profile-id=0",
    "a=rtpmap:45 AV1/90000",
    "a=rtpmap:116 ulpfec/90000",
)
AUDIO_LINES = (
    "a=rtpmap:111 opus/48000/2",
    "a=rtcp-fb:111 transport-cc",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:0 PCMU/8000",
)
EXTENSION_LINES = (
    "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
)


def section(
    mid: str,
    kind: str = "video",
    direction: str = "recvonly",
    *,
    extra: Sequence[str] = (),
    profile: str = "UDP/TLS/RTP/SAVPF",
    media: Sequence[str] | None = None,
) -> list[str]:
    """One media section; `extra` lines come last."""
    lines = media if media is not None else (VIDEO_LINES if kind == "video" else AUDIO_LINES)
    numbers = [line.split(":")[1].split(" ")[0] for line in lines if line.startswith("a=rtpmap:")]
    return [
        f"m={kind} 9 {profile} {' '.join(numbers)}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        f"a={direction}",
        "a=rtcp-mux",
        *EXTENSION_LINES,
        *lines,
        *extra,
    ]


def offer(*sections: Sequence[str], fingerprint: str | None = FINGERPRINT, setup: str = "actpass") -> str:
    """A bundled offer of these sections; no fingerprint line if None."""
    mids = [line[6:] for lines in sections for line in lines if line.startswith("a=mid:")]
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(mids)}",
        f"a=ice-ufrag:{UFRAG}",
        f"a=ice-pwd:{PASSWORD}",
        f"a=setup:{setup}",
    ]
    if fingerprint is not None:
        lines.append(f"a=fingerprint:{fingerprint}")
    return "\r\n".join([*lines, *(line for lines in sections for line in lines)]) + "\r\n"
