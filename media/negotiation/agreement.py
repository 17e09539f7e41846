"""What a negotiation yields, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from media.allocation.contracts import CONTRACTS
from media.negotiation.sdp import Fingerprint
from media.plane import Codec, ExtensionIds, SlotSpec, TrackSpec
from platform_api.kernel.ids import PublicationId
from platform_api.kernel.rooms import Source


class DtlsRole(StrEnum):
    """Who begins the DTLS handshake: the client does."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTransport:
    """Our end: ICE credentials, certificate fingerprints, candidate lines (without `a=candidate:`)."""

    ufrag: str
    password: str
    fingerprints: tuple[Fingerprint, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteTransport:
    """The peer's end, from its offer; `role` is ours in DTLS."""

    ufrag: str
    password: str
    fingerprints: tuple[Fingerprint, ...]
    candidates: tuple[str, ...]
    role: DtlsRole


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedTrack:
    """A section on which the peer sends one source."""

    mid: str
    source: Source
    kind: str
    codec: Codec
    codec_parameters: str
    clock_rate: int
    payload_type: int
    rtx_payload_type: int | None
    red_payload_type: int | None
    rids: tuple[str, ...]
    ssrcs: tuple[int, ...]
    rtx_ssrcs: Mapping[int, int]
    extensions: ExtensionIds

    def spec(self, publication: PublicationId) -> TrackSpec:
        """The track as the plane takes it."""
        return TrackSpec(
            publication=publication,
            mid=self.mid,
            codec=self.codec,
            clock_rate=self.clock_rate,
            payload_type=self.payload_type,
            rtx_payload_type=self.rtx_payload_type,
            red_payload_type=self.red_payload_type,
            rids=self.rids,
            ssrcs=self.ssrcs,
            rtx_ssrcs=self.rtx_ssrcs,
            extensions=self.extensions,
            rank=CONTRACTS[self.source].rank,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The answer and everything that follows from it; `local` is our new end where the offer restarts ICE."""

    answer: str
    tracks: tuple[AgreedTrack, ...]
    slots: tuple[SlotSpec, ...]
    remote: RemoteTransport
    local: LocalTransport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """An ICE restart without an offer (RFC 9725 4.3.3): both ends, and the section that speaks for all."""

    local: LocalTransport
    remote: RemoteTransport
    kind: str
    mid: str
