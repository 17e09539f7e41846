"""The answering side of one peer connection: offers in, agreements out; no I/O.

An offer is taken whole or refused whole; a refused one leaves everything as it was. Sections keep
their mid, and slots their SSRCs, for the life of the peer.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from media.client import MediaRefused
from media.control import OfferedPublication
from media.errors import MediaErrorCode
from media.negotiation.agreement import (
    AgreedTrack,
    Agreement,
    DtlsRole,
    LocalTransport,
    RemoteTransport,
    Restart,
)
from media.negotiation.answer import SectionAnswer, write_answer
from media.negotiation.codecs import (
    AgreedFormat,
    agreed_extensions,
    agreed_formats,
    extension_ids,
    one_per_codec,
)
from media.negotiation.sdp import SECURE_PROFILES, Offer, Section, parse_offer
from media.plane import SlotSpec
from platform_api.kernel.rooms import AUDIO_SOURCES, Source

FINGERPRINT_ALGORITHMS: Final = frozenset({"sha-256", "sha-384", "sha-512"})
MIN_PASSWORD: Final = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """What stays of a slot through every negotiation."""

    kind: str
    ssrc: int
    rtx_ssrc: int


class Negotiation:
    """One peer's negotiation; `answer` may be called again for its later offers.

    `renew` gives our end for an ICE restart, or raises MediaRefused.
    """

    def __init__(self, local: LocalTransport, renew: Callable[[], LocalTransport]) -> None:
        self._local = local
        self._renew = renew
        self._session = secrets.randbits(62)
        self._version = 0
        self._remote: RemoteTransport | None = None
        self._identities: dict[str, _Identity] = {}
        self._tagged = ("", "")

    @property
    def ufrag(self) -> str:
        """Our name in the ICE of now."""
        return self._local.ufrag

    def restart(self, ufrag: str, password: str, candidates: tuple[str, ...]) -> Restart:
        """An ICE restart that no offer carries; raises MediaRefused and then nothing has changed."""
        known = self._remote
        if (
            known is None
            or len(password) < MIN_PASSWORD
            or known.ufrag == ufrag
            or known.password == password
        ):
            raise MediaRefused(MediaErrorCode.SDP_INVALID)
        self._local = self._renew()
        self._remote = replace(known, ufrag=ufrag, password=password, candidates=candidates)
        kind, mid = self._tagged
        return Restart(local=self._local, remote=self._remote, kind=kind, mid=mid)

    def answer(
        self,
        text: str,
        *,
        publications: Iterable[OfferedPublication],
        may_publish: frozenset[Source],
    ) -> Agreement:
        """The agreement on this offer; raises MediaRefused and then nothing has changed."""
        offer = parse_offer(text)
        sources = _sources(offer, publications, may_publish)
        _refuse_insecure(offer)
        remote = self._checked_remote(offer)
        identities = dict(self._identities)
        answers, tracks = [], []
        for section in offer.sections:
            source = sources.get(section.mid)
            answer = self._answer_section(section, offer, source, identities)
            answers.append(answer)
            if source is not None and answer.direction == "recvonly":
                tracks.append(_track(section, source, answer))
        if not any(answer.accepted for answer in answers):
            raise MediaRefused(MediaErrorCode.NO_COMMON_CODEC)
        restarts = self._remote is not None and self._remote.ufrag != remote.ufrag
        if restarts:
            self._local = self._renew()
        self._version += 1
        self._remote, self._identities = remote, identities
        self._tagged = (_transport_section(offer).kind, _transport_section(offer).mid)
        return Agreement(
            answer=write_answer(
                answers,
                local=self._local,
                role=remote.role,
                session=self._session,
                version=self._version,
                mixed=offer.mixed,
            ),
            tracks=tuple(tracks),
            slots=tuple(answer.slot for answer in answers if answer.slot is not None),
            remote=remote,
            local=self._local if restarts else None,
        )

    def _checked_remote(self, offer: Offer) -> RemoteTransport:
        section = _transport_section(offer)
        if not section.ufrag or len(section.password) < MIN_PASSWORD or offer.ice_lite:
            raise MediaRefused(MediaErrorCode.SDP_INVALID)
        if not all(item.rtcp_mux for item in offer.sections if _is_usable(item, offer)):
            raise MediaRefused(MediaErrorCode.SDP_INVALID)
        fingerprints = tuple(
            item for item in section.fingerprints if item.algorithm in FINGERPRINT_ALGORITHMS
        )
        if not fingerprints:
            raise MediaRefused(MediaErrorCode.NO_FINGERPRINT)
        known = self._remote
        if known is None:
            return RemoteTransport(
                ufrag=section.ufrag,
                password=section.password,
                fingerprints=fingerprints,
                candidates=offer.candidates,
                role=DtlsRole.CLIENT if section.setup == "passive" else DtlsRole.SERVER,
            )
        # No new certificate on a living peer: a new peer id is the way (media.client). New credentials
        # restart ICE, and are both new (RFC 8839 5.4).
        is_same = (known.ufrag == section.ufrag, known.password == section.password)
        if known.fingerprints != fingerprints or len(set(is_same)) == 2:
            raise MediaRefused(MediaErrorCode.SDP_INVALID)
        if all(is_same):
            return known
        return replace(known, ufrag=section.ufrag, password=section.password, candidates=offer.candidates)

    def _answer_section(
        self, section: Section, offer: Offer, source: Source | None, identities: dict[str, _Identity]
    ) -> SectionAnswer:
        formats = agreed_formats(section) if _is_usable(section, offer) else ()
        sends = section.direction in {"sendonly", "sendrecv"}
        if source is not None and sends:
            if not formats:
                raise MediaRefused(MediaErrorCode.NO_COMMON_CODEC)
            return SectionAnswer(
                section=section,
                formats=formats[:1],
                direction="recvonly",
                extensions=agreed_extensions(section),
                rids=section.rids,
            )
        formats = one_per_codec(formats)
        extensions = agreed_extensions(section)
        if not formats or section.direction not in {"recvonly", "sendrecv"}:
            return SectionAnswer(section=section, formats=formats, extensions=extensions)
        slot = _slot(section, formats, extensions, identities)
        return SectionAnswer(
            section=section, formats=formats, direction="sendonly", extensions=extensions, slot=slot
        )


def _sources(
    offer: Offer, publications: Iterable[OfferedPublication], may_publish: frozenset[Source]
) -> dict[str, Source]:
    """Source by mid; each names a section of its kind, each source once, and all are allowed."""
    kinds = {section.mid: section.kind for section in offer.sections}
    sources: dict[str, Source] = {}
    for item in publications:
        kind = "audio" if item.source in AUDIO_SOURCES else "video"
        if kinds.get(item.mid) != kind or item.mid in sources or item.source in sources.values():
            raise MediaRefused(MediaErrorCode.SOURCE_UNKNOWN)
        if item.source not in may_publish:
            raise MediaRefused(MediaErrorCode.SOURCE_NOT_ALLOWED)
        sources[item.mid] = item.source
    return sources


def _refuse_insecure(offer: Offer) -> None:
    for section in offer.sections:
        if section.kind in {"audio", "video"} and section.profile not in SECURE_PROFILES:
            raise MediaRefused(MediaErrorCode.NOT_SECURE)


def _is_usable(section: Section, offer: Offer) -> bool:
    """Whether the section is media on the one bundled transport (a stopped one has left it, RFC 8843)."""
    return section.kind in {"audio", "video"} and section.mid in offer.bundle


def _transport_section(offer: Offer) -> Section:
    """The section whose ICE and DTLS lines count: the offerer's tagged one (RFC 8843 7.1)."""
    for section in offer.sections:
        if offer.bundle and section.mid == offer.bundle[0]:
            return section
    raise MediaRefused(MediaErrorCode.SDP_INVALID)


def _track(section: Section, source: Source, answer: SectionAnswer) -> AgreedTrack:
    agreed: AgreedFormat = answer.formats[0]
    return AgreedTrack(
        mid=section.mid,
        source=source,
        kind=section.kind,
        codec=agreed.codec,
        codec_parameters=agreed.format.fmtp,
        clock_rate=agreed.format.clock_rate,
        payload_type=agreed.format.payload_type,
        rtx_payload_type=agreed.rtx_payload_type,
        red_payload_type=agreed.red_payload_type,
        rids=answer.rids,
        ssrcs=section.ssrcs,
        rtx_ssrcs=section.rtx_ssrcs,
        extensions=extension_ids(answer.extensions),
    )


def _slot(
    section: Section,
    formats: tuple[AgreedFormat, ...],
    extensions: Mapping[str, int],
    identities: dict[str, _Identity],
) -> SlotSpec:
    identity = identities.get(section.mid)
    if identity is None or identity.kind != section.kind:
        identity = identities[section.mid] = _new_identity(section.kind, identities)
    rtx = {item.codec: item.rtx_payload_type for item in formats if item.rtx_payload_type is not None}
    return SlotSpec(
        mid=section.mid,
        kind=section.kind,
        ssrc=identity.ssrc,
        rtx_ssrc=identity.rtx_ssrc if rtx else None,
        payload_types={item.codec: item.format.payload_type for item in formats},
        rtx_payload_types=rtx,
        red_payload_type=next((item.red_payload_type for item in formats if item.red_payload_type), None),
        extensions=extension_ids(extensions),
    )


def _new_identity(kind: str, identities: Mapping[str, _Identity]) -> _Identity:
    taken = {ssrc for item in identities.values() for ssrc in (item.ssrc, item.rtx_ssrc)}
    fresh: list[int] = []
    while len(fresh) < 2:  # media and its RTX
        ssrc = secrets.randbits(32)
        if ssrc and ssrc not in taken and ssrc not in fresh:
            fresh.append(ssrc)
    return _Identity(kind=kind, ssrc=fresh[0], rtx_ssrc=fresh[1])
