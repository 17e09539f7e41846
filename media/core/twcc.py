"""Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1).

What the two ends tell one another of every packet of a transport: which arrived, and when, on the
receiver's clock. Times here are in ms on any one axis; on the wire they are quarter milliseconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct

from media.core.errors import MalformedPacket

MAX_STATUSES = 4096
"""One packet reports at most this many; more could not be of use, and would not fit a datagram."""
TICK_MS = 0.25
REFERENCE_TICKS = 256
"""Of 64 ms, in ticks."""
REFERENCE_BITS = 24
HEAD_BYTES = 8
_RUN_LIMIT = 0x1FFF

_HEAD = Struct(">HHI")
_WORD = Struct(">H")
_DELTA = Struct(">h")


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """Which packets arrived, from `base` on: the first at `reference` times 64 ms plus its delta.

    `reference` is signed 24 bits. `deltas` are in quarter milliseconds, each after the one before that
    arrived; None: not arrived. `number` counts feedback packets modulo 256.
    """

    sender_ssrc: int
    media_ssrc: int
    base: int
    reference: int
    number: int
    deltas: tuple[int | None, ...]

    def statuses(self) -> Iterator[tuple[int, float | None]]:
        """(sequence number, arrival in ms or None where it did not arrive) of each packet reported."""
        ticks = self.reference * REFERENCE_TICKS
        for place, delta in enumerate(self.deltas):
            if delta is None:
                yield (self.base + place) & 0xFFFF, None
            else:
                ticks += delta
                yield (self.base + place) & 0xFFFF, ticks * TICK_MS


def make_feedback(
    sender_ssrc: int,
    media_ssrc: int,
    number: int,
    arrivals: Sequence[tuple[int, float]],
    *,
    base: int | None = None,
) -> tuple[TransportFeedback, int]:
    """Feedback of (sequence number, arrival ms), and how many arrivals it holds: at least one.

    The numbers rise from the first on, modulo 2^16, without repeats; from `base` to the first all are lost
    (by default there are none; fewer than 4096). A time too far from the one before for 16 bits, or a
    number too far from the base, ends it early. Raises ValueError without arrivals.
    """
    if not arrivals:
        raise ValueError("nothing arrived")
    first, first_ms = arrivals[0]
    base = first if base is None else base
    told = int(first_ms / TICK_MS // REFERENCE_TICKS) * REFERENCE_TICKS
    reference = told // REFERENCE_TICKS
    deltas: list[int | None] = []
    held = 0
    for sequence, arrival_ms in arrivals:
        place = (sequence - base) & 0xFFFF
        delta = int(arrival_ms / TICK_MS // 1) - told
        if not (len(deltas) <= place < MAX_STATUSES and -0x8000 <= delta <= 0x7FFF):
            break
        deltas.extend([None] * (place - len(deltas)))
        deltas.append(delta)
        told += delta
        held += 1
    wrapped = _signed(reference & (1 << REFERENCE_BITS) - 1)
    return TransportFeedback(
        sender_ssrc, media_ssrc, base & 0xFFFF, wrapped, number & 0xFF, tuple(deltas)
    ), held


def parse_feedback(sender_ssrc: int, media_ssrc: int, body: bytes) -> TransportFeedback:
    """What follows the two SSRCs of a feedback packet; raises MalformedPacket."""
    if len(body) < HEAD_BYTES:
        raise MalformedPacket("transport feedback cut off")
    base, count, clock = _HEAD.unpack_from(body)
    if count > MAX_STATUSES:
        raise MalformedPacket("transport feedback too long")
    symbols, offset = _parse_symbols(body, count)
    end = len(body)
    deltas: list[int | None] = []
    for symbol in symbols:
        if symbol == 0:
            deltas.append(None)
            continue
        if symbol > 2 or offset + symbol > end:
            raise MalformedPacket("transport feedback cut off, or with a reserved status")
        deltas.append(body[offset] if symbol == 1 else _DELTA.unpack_from(body, offset)[0])
        offset += symbol
    return TransportFeedback(sender_ssrc, media_ssrc, base, _signed(clock >> 8), clock & 0xFF, tuple(deltas))


def _signed(value: int) -> int:
    half = 1 << REFERENCE_BITS - 1
    return (value ^ half) - half


def _parse_symbols(body: bytes, count: int) -> tuple[list[int], int]:
    """The statuses that the chunks tell, and where the deltas begin."""
    symbols: list[int] = []
    offset, end = HEAD_BYTES, len(body)
    while len(symbols) < count:
        if offset + 2 > end:
            raise MalformedPacket("transport feedback cut off")
        (chunk,) = _WORD.unpack_from(body, offset)
        offset += 2
        if not chunk & 0x8000:
            run = chunk & _RUN_LIMIT
            if run == 0:
                raise MalformedPacket("transport feedback with an empty run")
            symbols.extend([chunk >> 13 & 3] * min(run, count - len(symbols)))
        elif not chunk & 0x4000:
            symbols.extend([chunk >> shift & 1 for shift in range(13, -1, -1)])
        else:
            symbols.extend([chunk >> shift & 3 for shift in range(12, -1, -2)])
    return symbols[:count], offset


def write_feedback(feedback: TransportFeedback) -> bytes:
    """What follows the two SSRCs, without the padding that the packet may need."""
    symbols = [0 if delta is None else 1 if 0 <= delta <= 0xFF else 2 for delta in feedback.deltas]
    clock = (feedback.reference & (1 << REFERENCE_BITS) - 1) << 8 | feedback.number & 0xFF
    parts = [_HEAD.pack(feedback.base, len(symbols), clock)]
    parts += _chunks(symbols)
    for delta, symbol in zip(feedback.deltas, symbols, strict=True):
        if delta is not None:
            parts.append(bytes((delta,)) if symbol == 1 else _DELTA.pack(delta))
    return b"".join(parts)


def _chunks(symbols: list[int]) -> Iterator[bytes]:
    """Runs where seven or more are alike, else seven statuses of two bits at a time."""
    place, end = 0, len(symbols)
    while place < end:
        first, stop = symbols[place], place + 1
        while stop < end and stop - place < _RUN_LIMIT and symbols[stop] == first:
            stop += 1
        run = stop - place
        if run >= 7 or stop == end:
            yield _WORD.pack(first << 13 | run)
            place = stop
            continue
        word = 0xC000
        for index, symbol in enumerate(symbols[place : place + 7]):
            word |= symbol << 12 - 2 * index
        yield _WORD.pack(word)
        place += 7
