"""The seam between control and a packet plane: what control asks, what a plane tells.

Two planes satisfy it: `plane_native`, and `plane_python` (reference and fallback). All calls are
non-blocking and made from the event loop of the node; callbacks arrive there too, never re-entrantly
from inside a call. Media time: RTP timestamps are unsigned 32-bit in the clock rate of the codec; wall
time is milliseconds since 1970 UTC as float; sizes in bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from platform_api.kernel.ids import PeerId, PublicationId

Address = tuple[str, int]


class SrtpProfile(StrEnum):
    """The SRTP protection profiles that we speak (RFC 5764 4.1.2, RFC 7714 14.2)."""

    AEAD_AES_128_GCM = "AEAD_AES_128_GCM"
    AEAD_AES_256_GCM = "AEAD_AES_256_GCM"
    AES128_CM_SHA1_80 = "AES128_CM_SHA1_80"


class Codec(StrEnum):
    """Codecs whose keyframes the plane can see; all are forwarded as they come."""

    VP8 = "VP8"
    VP9 = "VP9"
    H264 = "H264"
    AV1 = "AV1"
    OPUS = "opus"


@dataclass(frozen=True, slots=True, kw_only=True)
class SrtpKeys:
    """Master key and salt of both directions, concatenated key+salt each (RFC 3711 4.3)."""

    profile: SrtpProfile
    transmit: bytes
    receive: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionIds:
    """RTP header extension ids in one direction of one peer; None: not negotiated (RFC 8285)."""

    mid: int | None = None
    rid: int | None = None
    repaired_rid: int | None = None
    audio_level: int | None = None
    abs_send_time: int | None = None
    abs_capture_time: int | None = None
    transport_cc: int | None = None
    dependency_descriptor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSpec:
    """One media section that a peer sends: how its packets are told apart and repaired.

    `red_payload_type`: voice may come as redundant audio too (RFC 2198), and is taken out of it.
    `rank`: of what waits for a narrow line the lower leaves first; 0..7, what is above counts as 7.
    """

    publication: PublicationId
    mid: str
    codec: Codec
    clock_rate: int
    payload_type: int
    rtx_payload_type: int | None
    rids: tuple[str, ...] = ()
    ssrcs: tuple[int, ...] = ()
    rtx_ssrcs: Mapping[int, int] = field(default_factory=dict)
    extensions: ExtensionIds = ExtensionIds()
    red_payload_type: int | None = None
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSpec:
    """One media section on which a peer receives: its identity on the wire stays for its life.

    `red_payload_type`: voice leaves as redundant audio (RFC 2198), each packet with the one before it.
    """

    mid: str
    kind: str
    ssrc: int
    rtx_ssrc: int | None
    payload_types: Mapping[Codec, int]
    rtx_payload_types: Mapping[Codec, int]
    extensions: ExtensionIds = ExtensionIds()
    red_payload_type: int | None = None


@dataclass(frozen=True, slots=True)
class ClockPoint:
    """At this RTP timestamp of a flow, the picture was captured at this wall time (ms, server's axis)."""

    rtp_timestamp: int
    capture_ms: float
    clock_rate: int


@dataclass(frozen=True, slots=True)
class SlotClockPoint(ClockPoint):
    """A point in a slot's RTP time, and the same moment in that of the layer `rid` that flows on it.

    It holds from its RTP time on: the difference of the two stays until the next point.
    """

    source_rtp_timestamp: int
    rid: str


@dataclass(frozen=True, slots=True)
class GradeStats:
    """What arrives of a flow with layers inside it, up to one spatial and one temporal layer.

    `packets` are those of its own highest layer alone; `bitrate_bps` is of all that is sent for it.
    """

    spatial: int
    temporal: int
    packets: int
    bitrate_bps: int

    def name(self, rid: str) -> str:
        """What `set_layer` calls it."""
        return f"{rid}.s{self.spatial}t{self.temporal}"


@dataclass(frozen=True, slots=True)
class LayerStats:
    """What arrives of one layer, counted from its beginning; `bitrate_bps` over the last second.

    `grades`: if there are layers inside the flow, what may be chosen of them, each with all of the one
    before: slower pictures first, then larger ones at full speed.
    """

    rid: str
    ssrc: int
    packets: int
    octets: int
    lost: int
    bitrate_bps: int
    keyframes: int
    grades: tuple[GradeStats, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackStats:
    publication: PublicationId
    layers: tuple[LayerStats, ...]
    nacks_sent: int
    plis_sent: int


@dataclass(frozen=True, slots=True)
class SlotStats:
    """What leaves on one slot; `fraction_lost` 0..1 and `rtt_ms` are from the subscriber's last report.

    `glimpse_every_ms`: how far apart the last glimpses began, where it gets no more (`set_glimpses`).
    """

    mid: str
    publication: PublicationId | None
    packets: int
    octets: int
    retransmitted: int
    fraction_lost: float
    rtt_ms: float | None
    layer: str
    bitrate_bps: int
    glimpse_every_ms: float | None = None


@dataclass(frozen=True, slots=True)
class PeerStats:
    peer: PeerId
    tracks: tuple[TrackStats, ...]
    slots: tuple[SlotStats, ...]


@dataclass(frozen=True, slots=True)
class TapPacket:
    """One plaintext RTP packet in sending order of arrival, as the publisher sent it (RTX unwrapped)."""

    rid: str
    arrival_ms: float
    data: bytes


@dataclass(frozen=True, slots=True)
class LineEstimate:
    """What the way to a peer carries, as its own feedback tells.

    `bitrate_bps` is of whole RTP packets, media, repairs and probes together; `fraction_lost` 0..1;
    `queue_ms` how much longer packets lie in queues now than at the best of times.
    """

    bitrate_bps: int
    fraction_lost: float
    rtt_ms: float | None
    queue_ms: float


class PlaneListener(Protocol):
    """What a plane tells control."""

    def on_control_datagram(self, peer: PeerId, data: bytes, address: Address) -> None:
        """STUN for this peer's ufrag, or DTLS from an address bound to it."""
        ...

    def on_track_started(self, publication: PublicationId, rid: str) -> None:
        """The first authenticated packet of a layer arrived."""
        ...

    def on_clock(self, publication: PublicationId, rid: str, point: ClockPoint) -> None:
        """The mapping from RTP time to wall time was learnt or moved by more than 2 ms."""
        ...

    def on_slot_clock(self, peer: PeerId, mid: str, point: SlotClockPoint) -> None:
        """The same for what leaves on a slot; also told with the first packet of each layer that it takes."""
        ...

    def on_audio_level(self, publication: PublicationId, level_dbov: int) -> None:
        """Loudness of a voice, -127..0 dBov, at most 10 a second (RFC 6464)."""
        ...

    def on_estimate(self, peer: PeerId, estimate: LineEstimate) -> None:
        """While the peer sends feedback: when the estimate moved by a twentieth, else once a second; while
        packets wait on the line (30 ms and more) up to twenty times a second."""
        ...

    def on_flood(self, peer: PeerId) -> None:
        """For five seconds the peer has sent far more than it may; told once. What is too much is dropped."""
        ...


class PacketPlane(Protocol):
    """Moves packets; decides nothing."""

    @property
    def local_port(self) -> int:
        """The one UDP port of this plane."""
        ...

    async def start(self, listener: PlaneListener) -> None: ...

    async def close(self) -> None:
        """Frees the port; may be called twice."""
        ...

    def add_peer(self, peer: PeerId, *, local_ufrag: str, local_password: str | None = None) -> None:
        """From now on STUN for this ufrag goes up as this peer's; of a known peer its last one does too.

        With the password a plane may answer checks itself, from bound addresses and while one is selected;
        those checks go up all the same, and an answer that control sends to one is dropped.
        """
        ...

    def remove_peer(self, peer: PeerId) -> None:
        """Forgets the peer, its tracks, slots, addresses and keys; unknown peers are ignored."""
        ...

    def bind_address(self, peer: PeerId, address: Address) -> None:
        """ICE has checked this address: DTLS and SRTP from it are the peer's."""
        ...

    def select_address(self, peer: PeerId, address: Address | None) -> None:
        """ICE has nominated this address: media leaves to it. None: stop sending at once (RFC 7675)."""
        ...

    def send_control(self, peer: PeerId, data: bytes, address: Address) -> None:
        """Sends STUN or DTLS made above."""
        ...

    def set_keys(self, peer: PeerId, keys: SrtpKeys) -> None: ...

    def set_tracks(self, peer: PeerId, tracks: Sequence[TrackSpec]) -> None:
        """The whole set of what the peer sends; known publications keep their state."""
        ...

    def set_slots(self, peer: PeerId, slots: Sequence[SlotSpec]) -> None:
        """The whole set of where the peer receives; known mids keep their counters."""
        ...

    def attach(self, peer: PeerId, mid: str, publication: PublicationId | None) -> None:
        """What flows on the slot; it begins at a keyframe, sequence and timestamp go on. None: nothing."""
        ...

    def set_layer(self, peer: PeerId, mid: str, rid: str | None) -> None:
        """The layer by rid (None: the best there is); taken at its next keyframe.

        With a grade (`h.s1t2`, or `.s1t2` of a flow without a rid) so much of it: less from its next
        picture on, more from where the flow says that nothing is missed, or from a keyframe, which is asked
        for. Holds for what is attached later too, so that it is set first where a flow is to begin with it.
        """
        ...

    def set_paused(self, peer: PeerId, mid: str, paused: bool) -> None: ...

    def set_glimpses(self, peer: PeerId, mid: str, bitrate_bps: int | None) -> None:
        """Of the layer whole keyframes alone, one after the other, at so many bit/s; None: all of it again.

        Those that come are taken; one is asked for a second and a quarter after the last at the soonest, for
        all who get glimpses of the layer together. While packets wait long on the line they are sent slower.
        """
        ...

    def set_goal(self, peer: PeerId, bitrate_bps: int) -> None:
        """What control would send to the peer if its line carried it: the plane probes so far, no further."""
        ...

    def set_publication_on(self, publication: PublicationId, on: bool) -> None:
        """Off: nothing of the publication is forwarded or tapped; on again at a keyframe."""
        ...

    def request_keyframe(self, publication: PublicationId, rid: str | None = None) -> None:
        """Asks the publisher, coalesced over all who ask (at most one each 500 ms a layer)."""
        ...

    def tap(self, publication: PublicationId, sink: Callable[[TapPacket], None] | None) -> None:
        """Every packet of the publication goes to the sink too; the sink must not block. None ends it.

        The first tap of a sending begins with what is kept since its last keyframe, so that who records it
        need not come before it does; a later one begins with the present, for another has had the past.
        """
        ...

    def peer_stats(self, peer: PeerId) -> PeerStats: ...

    def counters(self) -> Mapping[str, int]:
        """Packets in, out, dropped by reason, since start."""
        ...
