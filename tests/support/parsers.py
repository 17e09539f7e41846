"""What every parser of the Python plane makes of bytes of strangers, in the words of the native plane's corpus.

The same as `media/plane_native/fuzz/parsers.rs`, line by line: the two planes agree on every input of the corpus.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from media.core import extensions, rtcp, twcc
from media.core.dependency import Descriptor, Frame, Structure, parse_descriptor
from media.core.errors import MalformedPacket
from media.core.keyframe import begins_keyframe, picture_fields
from media.core.place import Place, place_of_descriptor, place_of_payload
from media.core.red import open_red
from media.core.rtp import parse_header, unwrap_rtx
from media.plane_python.guard import Drop, classify

CORPUS: Final = Path("media/plane_native/tests/corpus")
OUTCOMES: Final = CORPUS / "outcomes.txt"
CHANGED_TO: Final = (0, 1, 0x0F, 0x7F, 0x80, 0xFF)
REFUSED: Final = "!"


def seeds() -> list[bytes]:
    """The corpus in the order of its files."""
    lines = [line for path in sorted(CORPUS.glob("*.hex")) for line in path.read_text().splitlines()]
    digits = ("".join(line.split()) for line in lines if not line.startswith("#"))
    return [bytes.fromhex(text[: len(text) // 2 * 2]) for text in digits if text]


def variants(seed: bytes) -> Iterator[bytes]:
    """The seed, what is left of it when it is cut, and itself with one byte changed."""
    for size in range(len(seed) + 1):
        yield seed[:size]
    for place, byte in enumerate(seed):
        for value in (*CHANGED_TO, byte ^ 0x10, (byte + 1) & 0xFF):
            yield seed[:place] + bytes((value,)) + seed[place + 1 :]


def describe(parser: str, data: bytes) -> str:
    """What the parser makes of the bytes."""
    try:
        found = _PARSERS.get(parser)
        return _payload(parser, data) if found is None else found(data)
    except MalformedPacket:
        return REFUSED


def _demux(data: bytes) -> str:
    kind = classify(memoryview(data), len(data))
    names = {Drop.SHORT: "short", Drop.UNKNOWN_KIND: "unknown"}
    return names[kind] if isinstance(kind, Drop) else kind.value


def _rtp(data: bytes) -> str:
    header = parse_header(data)
    try:
        plain = unwrap_rtx(data, header, ssrc=1, payload_type=96).hex()
    except MalformedPacket:
        plain = REFUSED
    numbers = (
        int(header.marker),
        header.payload_type,
        header.sequence,
        header.timestamp,
        header.ssrc,
        header.extension_profile,
        header.payload_start,
        header.payload_end,
    )
    return f"{' '.join(map(str, numbers))} {plain}"


def _red(data: bytes) -> str:
    """Redundant audio taken apart: what came before, the oldest first, then the packet itself."""
    opened = open_red(data, parse_header(data), block_type=111)
    return " ".join(packet.hex() for packet in (*opened.earlier, opened.primary))


def _extensions(data: bytes) -> str:
    said = ""
    try:
        for identifier, start, end in extensions.iterate(data, parse_header(data)):
            value = data[start:end]
            level = _tried(extensions.decode_audio_level, value)
            name = _tried(extensions.decode_name, value)
            taken = _tried(_whole_ms, value)
            said += f"{identifier}:{value.hex()}:{level}:{name}:{taken};"
    except MalformedPacket:
        return said + REFUSED
    return said


def _whole_ms(value: bytes) -> str:
    """Times differ in the last bit of a float between languages: whole milliseconds are told."""
    return str(math.floor(extensions.decode_capture_time(value)[0] + 0.25))


def _tried(decode: Callable[[bytes], object], value: bytes) -> str:
    try:
        return str(decode(value))
    except MalformedPacket:
        return REFUSED


def _rtcp(data: bytes) -> str:
    """What was read, written again; of unknown packets nothing is."""
    known = [packet for packet in rtcp.parse_compound(data) if not isinstance(packet, rtcp.Unknown)]
    return rtcp.write_compound(known).hex()


def _twcc(data: bytes) -> str:
    return twcc.write_feedback(twcc.parse_feedback(1, 2, data)).hex()


def _descriptor(data: bytes) -> str:
    """Read once by itself, and once more after itself, as a packet that follows it."""
    first = parse_descriptor(data, None)
    said = _one_descriptor(first)
    known = first.structure
    if known is not None:
        said += _structure(known)
        follows = bytes((data[0], 1, 2, data[-1] & 0x7F, data[len(data) // 2], data[0], 0, 0, 0))
        for size in (3, len(follows)):
            said += _after(follows[:size], known)
    return said


def _after(value: bytes, known: Structure) -> str:
    try:
        return _one_descriptor(parse_descriptor(value, known))
    except MalformedPacket:
        return REFUSED


def _one_descriptor(told: Descriptor) -> str:
    active = -1 if told.active is None else told.active
    frame = REFUSED
    if told.frame is not None:
        frame = f"{_place(place_of_descriptor(told))} {_targets(told.frame)}"
    edges = f"{int(told.begins_frame)} {int(told.ends_frame)}"
    return f"{edges} {told.template} {told.frame_number} {active} [{frame}]"


def _targets(frame: Frame) -> str:
    said = []
    for target in range(frame.structure.decode_targets):
        diff = frame.chain_diff(target)
        present, switch = int(frame.indications[target] != 0), int(frame.may_switch(target))
        said.append(f"{present}{switch}{-1 if diff is None else diff}")
    return ",".join(said)


def _structure(known: Structure) -> str:
    layers = ",".join(f"{each.spatial}{each.temporal}" for each in known.templates)
    places = [known.target(spatial, temporal) for spatial in range(4) for temporal in range(4)]
    found = ",".join(str(-1 if at is None else at) for at in places)
    protected, resolutions = list(known.protected_by), list(known.resolutions)
    head = f"{known.first_template} {known.decode_targets} {layers}"
    return f"<{head} {protected} {resolutions} {found} {known.highest}>"


def _payload(codec: str, data: bytes) -> str:
    picture = picture_fields(codec, data)
    numbers = REFUSED
    if picture is not None:
        numbers = (
            f"{picture.picture_id} {picture.picture_offset} {picture.picture_bits}"
            f" {picture.tl0_index} {picture.tl0_offset}"
        )
    return f"{int(begins_keyframe(codec, data))} {numbers} {_place(place_of_payload(codec, data))}"


def _place(found: Place | None) -> str:
    if found is None:
        return REFUSED
    edges = f"{int(found.begins_frame)}{int(found.ends_frame)}"
    return f"{found.spatial}{found.temporal} {edges} {found.sync.value}"


_PARSERS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "demux": _demux,
    "rtp": _rtp,
    "red": _red,
    "extensions": _extensions,
    "rtcp": _rtcp,
    "twcc": _twcc,
    "descriptor": _descriptor,
}
