"""RTCP compounds: parse what peers send, write what we send (RFC 3550 6, RFC 4585, RFC 5104, REMB).

Parsing is strict about lengths and lenient about what it does not know: a packet of unknown type is
given as `Unknown`. Transport-wide feedback is read and written by `twcc`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from struct import Struct

from media.core.errors import MalformedPacket
from media.core.twcc import TransportFeedback, parse_feedback, write_feedback

MAX_PACKETS = 64
MAX_LOST_SEQUENCES = 4096
SR, RR, SDES, BYE, APP, RTPFB, PSFB = 200, 201, 202, 203, 204, 205, 206
FMT_NACK, FMT_TWCC, FMT_PLI, FMT_FIR, FMT_AFB = 1, 15, 1, 4, 15

_HEAD = Struct(">BBH")
_SSRC = Struct(">I")
_PAIR = Struct(">II")
_SENDER = Struct(">IQIII")
_BLOCK = Struct(">IB3sIIII")
_LOST = Struct(">HH")


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """How one flow arrives (RFC 3550 6.4.1); `delay` in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    cumulative_lost: int
    highest_sequence: int
    jitter: int
    last_sender_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int
    rtp_timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """(SSRC, CNAME) of each chunk; other items are skipped."""

    names: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Bye:
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    """Sequence numbers that the receiver of `media_ssrc` misses (RFC 4585 6.2.1)."""

    sender_ssrc: int
    media_ssrc: int
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pli:
    sender_ssrc: int
    media_ssrc: int


@dataclass(frozen=True, slots=True)
class Fir:
    """Full refresh wanted of these SSRCs (RFC 5104 4.3.1)."""

    sender_ssrc: int
    requests: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Remb:
    """The receiver's estimate of what it can take, over these SSRCs together."""

    sender_ssrc: int
    bitrate_bps: int
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A well-framed packet that is not read further."""

    packet_type: int
    count: int


Packet = (
    SenderReport
    | ReceiverReport
    | SourceDescription
    | Bye
    | Nack
    | TransportFeedback
    | Pli
    | Fir
    | Remb
    | Unknown
)


def parse_compound(data: bytes) -> list[Packet]:
    """The packets of one datagram, in order; raises MalformedPacket and nothing else."""
    packets: list[Packet] = []
    offset, end = 0, len(data)
    if end < 4:
        raise MalformedPacket("shorter than a header")
    while offset < end:
        if offset + 4 > end or len(packets) == MAX_PACKETS:
            raise MalformedPacket("compound cut off or too long")
        first, packet_type, words = _HEAD.unpack_from(data, offset)
        stop = offset + 4 + 4 * words
        if first >> 6 != 2 or stop > end:
            raise MalformedPacket("not version 2, or longer than the datagram")
        body = data[offset + 4 : _without_padding(data, first, offset, stop)]
        parser = _PARSERS.get(packet_type)
        count = first & 0x1F
        packets.append(parser(body, count) if parser else Unknown(packet_type, count))
        offset = stop
    return packets


def _without_padding(data: bytes, first: int, offset: int, stop: int) -> int:
    if not first & 0x20:
        return stop
    padding = data[stop - 1]
    if padding == 0 or padding > stop - offset - 4:
        raise MalformedPacket("padding longer than the packet")
    return stop - padding


def _blocks(body: bytes, offset: int, count: int) -> tuple[ReportBlock, ...]:
    if len(body) < offset + count * _BLOCK.size:
        raise MalformedPacket("report block cut off")
    blocks = []
    for index in range(count):
        ssrc, fraction, lost, highest, jitter, last, delay = _BLOCK.unpack_from(
            body, offset + index * _BLOCK.size
        )
        blocks.append(
            ReportBlock(
                ssrc, fraction, int.from_bytes(lost, "big", signed=True), highest, jitter, last, delay
            )
        )
    return tuple(blocks)


def _parse_sr(body: bytes, count: int) -> Packet:
    if len(body) < _SENDER.size:
        raise MalformedPacket("sender report cut off")
    ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
    return SenderReport(ssrc, ntp, timestamp, packets, octets, _blocks(body, _SENDER.size, count))


def _parse_rr(body: bytes, count: int) -> Packet:
    return ReceiverReport(_first_ssrc(body), _blocks(body, 4, count))


def _parse_sdes(body: bytes, count: int) -> Packet:
    names: list[tuple[int, str]] = []
    offset = 0
    for _ in range(count):
        if offset + 4 > len(body):
            raise MalformedPacket("description chunk cut off")
        (ssrc,) = _SSRC.unpack_from(body, offset)
        offset, name = _parse_items(body, offset + 4)
        names.append((ssrc, name))
    return SourceDescription(tuple(names))


def _parse_items(body: bytes, offset: int) -> tuple[int, str]:
    """(where the next chunk begins, the CNAME or nothing)."""
    name = ""
    while True:
        if offset >= len(body):
            raise MalformedPacket("description without an end")
        kind = body[offset]
        if kind == 0:
            return (offset // 4 + 1) * 4, name
        if offset + 2 > len(body) or offset + 2 + body[offset + 1] > len(body):
            raise MalformedPacket("description item cut off")
        stop = offset + 2 + body[offset + 1]
        if kind == 1:
            name = body[offset + 2 : stop].decode("utf-8", "replace")
        offset = stop


def _parse_bye(body: bytes, count: int) -> Packet:
    if len(body) < 4 * count:
        raise MalformedPacket("bye cut off")
    return Bye(tuple(_SSRC.unpack_from(body, 4 * index)[0] for index in range(count)))


def _feedback(body: bytes) -> tuple[int, int]:
    if len(body) < 8:
        raise MalformedPacket("feedback cut off")
    sender, media = _PAIR.unpack_from(body)
    return sender, media


def _parse_rtpfb(body: bytes, count: int) -> Packet:
    sender, media = _feedback(body)
    if count == FMT_TWCC:
        return parse_feedback(sender, media, body[8:])
    if count != FMT_NACK:
        return Unknown(RTPFB, count)
    lost: list[int] = []
    if (len(body) - 8) % 4:
        raise MalformedPacket("loss list cut off")
    for offset in range(8, len(body), 4):
        first, mask = _LOST.unpack_from(body, offset)
        lost.append(first)
        lost.extend((first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1)
        if len(lost) > MAX_LOST_SEQUENCES:
            raise MalformedPacket("loss list too long")
    return Nack(sender, media, tuple(lost))


def _parse_psfb(body: bytes, count: int) -> Packet:
    sender, media = _feedback(body)
    if count == FMT_PLI:
        return Pli(sender, media)
    if count == FMT_FIR:
        if (len(body) - 8) % 8:
            raise MalformedPacket("refresh list cut off")
        entries = (_PAIR.unpack_from(body, offset) for offset in range(8, len(body), 8))
        return Fir(sender, tuple((ssrc, number >> 24) for ssrc, number in entries))
    if count == FMT_AFB and body[8:12] == b"REMB":
        return _parse_remb(sender, body)
    return Unknown(PSFB, count)


def _parse_remb(sender: int, body: bytes) -> Packet:
    if len(body) < 16 or len(body) < 16 + 4 * body[12]:
        raise MalformedPacket("estimate cut off")
    exponent = body[13] >> 2
    mantissa = (body[13] & 0x03) << 16 | body[14] << 8 | body[15]
    ssrcs = tuple(_SSRC.unpack_from(body, 16 + 4 * index)[0] for index in range(body[12]))
    return Remb(sender, mantissa << exponent, ssrcs)


def _first_ssrc(body: bytes) -> int:
    if len(body) < 4:
        raise MalformedPacket("report without a sender")
    ssrc: int = _SSRC.unpack_from(body)[0]
    return ssrc


_PARSERS: dict[int, Callable[[bytes, int], Packet]] = {
    SR: _parse_sr,
    RR: _parse_rr,
    SDES: _parse_sdes,
    BYE: _parse_bye,
    RTPFB: _parse_rtpfb,
    PSFB: _parse_psfb,
}


def write_compound(packets: Iterable[Packet]) -> bytes:
    """The bytes of a compound; `Unknown` packets cannot be written (TypeError)."""
    return b"".join(_write(packet) for packet in packets)


def _frame(packet_type: int, count: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return _HEAD.pack(0x80 | count, packet_type, len(body) // 4) + body


def _write(packet: Packet) -> bytes:
    match packet:
        case SenderReport():
            head = _SENDER.pack(packet.ssrc, packet.ntp, packet.rtp_timestamp, packet.packets, packet.octets)
            return _frame(SR, len(packet.blocks), head + _write_blocks(packet.blocks))
        case ReceiverReport():
            return _frame(RR, len(packet.blocks), _SSRC.pack(packet.ssrc) + _write_blocks(packet.blocks))
        case SourceDescription():
            return _frame(SDES, len(packet.names), b"".join(_chunk(*name) for name in packet.names))
        case Bye():
            return _frame(BYE, len(packet.ssrcs), b"".join(_SSRC.pack(ssrc) for ssrc in packet.ssrcs))
        case Nack():
            head = _PAIR.pack(packet.sender_ssrc, packet.media_ssrc)
            return _frame(RTPFB, FMT_NACK, head + _write_lost(packet.lost))
        case TransportFeedback():
            return _write_transport(packet)
        case Pli():
            return _frame(PSFB, FMT_PLI, _PAIR.pack(packet.sender_ssrc, packet.media_ssrc))
        case Fir():
            entries = b"".join(_PAIR.pack(ssrc, (number & 0xFF) << 24) for ssrc, number in packet.requests)
            return _frame(PSFB, FMT_FIR, _PAIR.pack(packet.sender_ssrc, 0) + entries)
        case Remb():
            return _frame(PSFB, FMT_AFB, _write_remb(packet))
        case Unknown():
            raise TypeError("a packet that was not read cannot be written")


def _write_transport(packet: TransportFeedback) -> bytes:
    """Zeros fill up to a word: there is room for them behind the deltas, and readers count statuses."""
    return _frame(RTPFB, FMT_TWCC, _PAIR.pack(packet.sender_ssrc, packet.media_ssrc) + write_feedback(packet))


def _write_blocks(blocks: Sequence[ReportBlock]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost,
            max(-0x800000, min(0x7FFFFF, block.cumulative_lost)).to_bytes(3, "big", signed=True),
            block.highest_sequence & 0xFFFFFFFF,
            block.jitter & 0xFFFFFFFF,
            block.last_sender_report,
            block.delay & 0xFFFFFFFF,
        )
        for block in blocks
    )


def _chunk(ssrc: int, name: str) -> bytes:
    text = name.encode()[:255]
    chunk = _SSRC.pack(ssrc) + bytes((1, len(text))) + text
    return chunk + bytes(4 - len(chunk) % 4)


def _write_lost(lost: Sequence[int]) -> bytes:
    """Sequence numbers in the given order, folded into (first, following 16) pairs."""
    pairs: list[tuple[int, int]] = []
    for sequence in lost:
        if pairs:
            first, mask = pairs[-1]
            distance = (sequence - first) & 0xFFFF
            if 1 <= distance <= 16:
                pairs[-1] = first, mask | 1 << distance - 1
                continue
        pairs.append((sequence & 0xFFFF, 0))
    return b"".join(_LOST.pack(*pair) for pair in pairs)


def _write_remb(packet: Remb) -> bytes:
    exponent = max(0, packet.bitrate_bps.bit_length() - 18)
    mantissa = packet.bitrate_bps >> exponent
    head = _PAIR.pack(packet.sender_ssrc, 0) + b"REMB"
    rate = bytes((len(packet.ssrcs), exponent << 2 | mantissa >> 16, mantissa >> 8 & 0xFF, mantissa & 0xFF))
    return head + rate + b"".join(_SSRC.pack(ssrc) for ssrc in packet.ssrcs)
