"""Which layer an SSRC carries: by MID and RID on its packets, then as declared, then by payload type."""

from media.core import extensions
from media.core.errors import MalformedPacket
from media.core.rtp import RtpHeader
from media.plane_python.layer import Layer
from media.plane_python.peer import Flow, Peer
from media.plane_python.publication import Publication


def resolve(peer: Peer, flow: Flow, data: bytes, header: RtpHeader, now_ms: float) -> bool:
    """Finds what a flow carries and says so in it; false if that cannot be told. Raises MalformedPacket.

    A retransmission flow is known once its media flow is: before that there is nothing to repair.
    """
    elements = extensions.elements(data, header)
    publication = _publication_of(peer, flow, elements, header)
    if publication is None:
        return False
    spec = publication.spec
    flow.mid = spec.mid
    is_rtx = header.payload_type == spec.rtx_payload_type
    if header.payload_type not in _payload_types(publication):
        return False
    layer = (
        _repaired(publication, flow, elements, header)
        if is_rtx
        else publication.layer_for(_rid(publication, flow, elements), header.ssrc, now_ms)
    )
    if layer is None:
        return False
    flow.layer, flow.is_rtx, flow.rid = layer, is_rtx, layer.rid
    return True


def _publication_of(
    peer: Peer, flow: Flow, elements: dict[int, bytes], header: RtpHeader
) -> Publication | None:
    for publication in peer.tracks.values():
        mid = elements.get(publication.spec.extensions.mid or -1)
        if mid is not None and mid == publication.spec.mid.encode("ascii", "replace"):
            return publication
    for publication in peer.tracks.values():
        if flow.mid == publication.spec.mid:
            return publication
    for publication in peer.tracks.values():
        spec = publication.spec
        if header.ssrc in spec.ssrcs or header.ssrc in spec.rtx_ssrcs.values():
            return publication
    candidates = [
        publication
        for publication in peer.tracks.values()
        if header.payload_type in _payload_types(publication)
    ]
    return candidates[0] if len(candidates) == 1 else None


def _payload_types(publication: Publication) -> tuple[int | None, ...]:
    spec = publication.spec
    return spec.payload_type, spec.rtx_payload_type, spec.red_payload_type


def _rid(publication: Publication, flow: Flow, elements: dict[int, bytes]) -> str:
    """The layer's name; nothing where the track has one layer. Raises MalformedPacket."""
    rids = publication.spec.rids
    if not rids:
        return ""
    value = elements.get(publication.spec.extensions.rid or -1)
    rid = flow.rid if value is None else extensions.decode_name(value)
    if rid is None:
        raise MalformedPacket("a layer without its name")
    if rid not in rids:
        raise MalformedPacket("a layer that was not offered")
    return rid


def _repaired(
    publication: Publication, flow: Flow, elements: dict[int, bytes], header: RtpHeader
) -> Layer | None:
    spec = publication.spec
    value = elements.get(spec.extensions.repaired_rid or -1)
    rid = flow.rid if value is None else extensions.decode_name(value)
    if rid is not None:
        return publication.layers.get(rid)
    for ssrc, rtx_ssrc in spec.rtx_ssrcs.items():
        if rtx_ssrc == header.ssrc:
            return publication.layer_by_ssrc(ssrc)
    if len(publication.layers) == 1:
        return next(iter(publication.layers.values()))
    return None
