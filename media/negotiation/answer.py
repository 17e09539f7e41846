"""Answers as text (RFC 8829 5.3, RFC 8843, RFC 8853)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from media.negotiation.agreement import DtlsRole, LocalTransport
from media.negotiation.codecs import AgreedFormat, answer_parameters, feedback
from media.negotiation.sdp import Section
from media.plane import SlotSpec

CNAME: Final = "scopecast"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionAnswer:
    """How one section is answered; no formats: it is rejected."""

    section: Section
    formats: tuple[AgreedFormat, ...] = ()
    direction: str = "inactive"
    extensions: Mapping[str, int]
    rids: tuple[str, ...] = ()
    slot: SlotSpec | None = None

    @property
    def accepted(self) -> bool:
        return bool(self.formats)


def write_answer(
    answers: Sequence[SectionAnswer],
    *,
    local: LocalTransport,
    role: DtlsRole,
    session: int,
    version: int,
    mixed: bool = False,
) -> str:
    """The answer: one transport for all; candidates in every section, as some peers read the last alone."""
    bundled = [answer.section.mid for answer in answers if answer.accepted]
    lines = [
        "v=0",
        f"o=scopecast {session} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        " ".join(["a=group:BUNDLE", *bundled]),
        "a=msid-semantic:WMS *",
        *(["a=extmap-allow-mixed"] if mixed else []),
    ]
    for answer in answers:
        if not answer.accepted:
            lines += _rejected(answer.section)
            continue
        lines += _media_lines(answer)
        lines += _transport_lines(local, role)
    return "\r\n".join(lines) + "\r\n"


def _rejected(section: Section) -> list[str]:
    return [
        f"m={section.kind} 0 {section.profile} {section.raw_formats}",
        "c=IN IP4 0.0.0.0",
        "a=inactive",
        f"a=mid:{section.mid}",
    ]


def _media_lines(answer: SectionAnswer) -> list[str]:
    section = answer.section
    payload_types = [str(number) for item in answer.formats for number in _payload_types(item)]
    lines = [
        f"m={section.kind} 9 {section.profile} {' '.join(payload_types)}",
        "c=IN IP4 0.0.0.0",
        f"a={answer.direction}",
        f"a=mid:{section.mid}",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=rtcp-mux",
    ]
    lines += [f"a=extmap:{identifier} {uri}" for uri, identifier in answer.extensions.items()]
    for item in answer.formats:
        lines += _format_lines(section.kind, item, we_receive=answer.direction == "recvonly")
    lines += [f"a=rid:{rid} recv" for rid in answer.rids]
    if answer.rids:
        lines.append(f"a=simulcast:recv {';'.join(answer.rids)}")
    if answer.slot is not None:
        lines += _slot_lines(answer.slot)
    return lines


def _payload_types(item: AgreedFormat) -> list[int]:
    """Redundant audio comes first: a browser sends it only where it is preferred to what is in it."""
    own = (item.red_payload_type, item.format.payload_type, item.rtx_payload_type)
    return [number for number in own if number is not None]


def _format_lines(kind: str, item: AgreedFormat, *, we_receive: bool) -> list[str]:
    number = item.format.payload_type
    channels = "/2" if kind == "audio" else ""
    lines = [f"a=rtpmap:{number} {item.codec.value}/{item.format.clock_rate}{channels}"]
    lines += [f"a=rtcp-fb:{number} {entry}" for entry in feedback(kind, item.format)]
    parameters = answer_parameters(item, we_receive=we_receive)
    if parameters:
        lines.append(f"a=fmtp:{number} {parameters}")
    if item.red_payload_type is not None:
        lines.append(f"a=rtpmap:{item.red_payload_type} red/{item.format.clock_rate}{channels}")
        lines.append(f"a=fmtp:{item.red_payload_type} {number}/{number}")
    if item.rtx_payload_type is not None:
        lines.append(f"a=rtpmap:{item.rtx_payload_type} rtx/{item.format.clock_rate}")
        lines.append(f"a=fmtp:{item.rtx_payload_type} apt={number}")
    return lines


def _slot_lines(slot: SlotSpec) -> list[str]:
    """Each slot is a stream of its own: a browser would else delay pictures to another's voice."""
    stream = f"slot-{slot.mid}"
    lines = [f"a=msid:{stream} {stream}"]
    ssrcs = [slot.ssrc]
    if slot.rtx_ssrc is not None:
        ssrcs.append(slot.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}")
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{CNAME}", f"a=ssrc:{ssrc} msid:{stream} {stream}"]
    return lines


def _transport_lines(local: LocalTransport, role: DtlsRole) -> list[str]:
    lines = [f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.password}"]
    lines += [f"a=fingerprint:{item.algorithm} {item.value}" for item in local.fingerprints]
    lines.append(f"a=setup:{'active' if role is DtlsRole.CLIENT else 'passive'}")
    lines += [f"a=candidate:{candidate}" for candidate in local.candidates]
    lines.append("a=end-of-candidates")
    return lines
