"""The dependency descriptor header extension (AOM, RTP Payload Format for AV1 1.0, appendix A).

A descriptor that carries the template structure begins a coded sequence; later ones refer to a template of
it by number. Everything is bounded: at most 64 templates, 32 decode targets and 4 spatial layers.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Final

from media.core.errors import MalformedPacket
from media.core.rtp import Buffer

MAX_TEMPLATES: Final = 64
FRAME_NUMBER_AT: Final = 1
MANDATORY_BYTES: Final = 3
_NOT_PRESENT: Final = 0
_SWITCH: Final = 2
_NUMBER: Final = Struct(">H")


class _Bits:
    """Reads bits, the most significant first; raises MalformedPacket at the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise MalformedPacket("dependency descriptor cut off")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.take(1) == 1

    def non_symmetric(self, bound: int) -> int:
        """A number below `bound` in the non-symmetric code (appendix A.2 there)."""
        width = bound.bit_length()
        short = (1 << width) - bound
        value = self.take(width - 1)
        return value if value < short else (value << 1 | self.take(1)) - short


@dataclass(frozen=True, slots=True)
class Template:
    """The layer of one frame template, and what its frames rest on.

    `indications` says for each decode target what the frame is to it; `chain_diffs` for each chain how many
    frames back its last lies, 0: the chain begins anew.
    """

    spatial: int
    temporal: int
    indications: tuple[int, ...]
    chain_diffs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """The templates of a coded sequence.

    `protected_by`: the chain of each decode target; empty without chains.
    `resolutions`: width and height of each spatial layer less one, where told.
    """

    first_template: int
    decode_targets: int
    templates: tuple[Template, ...]
    protected_by: tuple[int, ...]
    resolutions: tuple[tuple[int, int], ...]

    def template(self, number: int) -> Template | None:
        """The template of a frame that names it so."""
        place = (number - self.first_template) % MAX_TEMPLATES
        return self.templates[place] if place < len(self.templates) else None

    def target(self, spatial: int, temporal: int) -> int | None:
        """The decode target of everything up to this layer; None: there is no such one."""
        wanted = (spatial, temporal)
        return next(
            (target for target in range(self.decode_targets) if self._layer_of(target) == wanted), None
        )

    def _layer_of(self, target: int) -> tuple[int, int]:
        present = [each for each in self.templates if each.indications[target] != _NOT_PRESENT]
        return max((each.spatial for each in present), default=0), max(
            (each.temporal for each in present), default=0
        )

    @property
    def highest(self) -> tuple[int, int]:
        """(highest spatial, highest temporal) layer of any template."""
        return max(each.spatial for each in self.templates), max(each.temporal for each in self.templates)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame's place in the structure that its descriptor refers to."""

    structure: Structure
    spatial: int
    temporal: int
    indications: tuple[int, ...]
    chain_diffs: tuple[int, ...]

    def may_switch(self, target: int) -> bool:
        """Whether one may begin to decode the target with this frame."""
        return self.indications[target] == _SWITCH

    def chain_diff(self, target: int) -> int | None:
        """How far back its chain's last frame lies; 0: the chain begins anew, None: there is no chain."""
        if target >= len(self.structure.protected_by):
            return None
        chain = self.structure.protected_by[target]
        return self.chain_diffs[chain] if chain < len(self.chain_diffs) else None


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What every packet says, the structure where it is there, and the frame where its structure is known.

    `active`: which decode targets the sender still makes, where it says so.
    """

    begins_frame: bool
    ends_frame: bool
    template: int
    frame_number: int
    structure: Structure | None
    active: int | None
    frame: Frame | None


def parse_descriptor(value: bytes, known: Structure | None) -> Descriptor:
    """The descriptor; `known` is the structure that came before it. Raises MalformedPacket."""
    if len(value) < MANDATORY_BYTES:
        raise MalformedPacket("dependency descriptor cut off")
    bits = _Bits(value[MANDATORY_BYTES:])
    structure, active, customs = None, None, (False, False, False)
    if len(value) > MANDATORY_BYTES:
        has_structure, has_active = bits.flag(), bits.flag()
        customs = (bits.flag(), bits.flag(), bits.flag())
        structure = _structure(bits) if has_structure else None
        present = structure or known
        active = bits.take(present.decode_targets) if has_active and present is not None else None
    template, present = value[0] & 0x3F, structure or known
    return Descriptor(
        begins_frame=bool(value[0] & 0x80),
        ends_frame=bool(value[0] & 0x40),
        template=template,
        frame_number=frame_number(value),
        structure=structure,
        active=active,
        frame=None if present is None else _frame(bits, template, present, customs),
    )


def frame_number(value: Buffer) -> int:
    """The frame number of a whole descriptor."""
    number: int = _NUMBER.unpack_from(value, FRAME_NUMBER_AT)[0]
    return number


def patch_frame_number(buffer: bytearray | memoryview, at: int, number: int) -> None:
    """Writes it into a descriptor that begins at this place."""
    _NUMBER.pack_into(buffer, at + FRAME_NUMBER_AT, number & 0xFFFF)


def _frame(bits: _Bits, number: int, structure: Structure, customs: tuple[bool, bool, bool]) -> Frame | None:
    """None where the template belongs to another structure."""
    template = structure.template(number)
    if template is None:
        return None
    has_indications, has_diffs, has_chains = customs
    indications, chain_diffs = template.indications, template.chain_diffs
    if has_indications:
        indications = tuple(bits.take(2) for _ in range(structure.decode_targets))
    while has_diffs and (size := bits.take(2)):
        bits.take(4 * size)
    if has_chains:
        chain_diffs = tuple(bits.take(8) for _ in structure.templates[0].chain_diffs)
    return Frame(structure, template.spatial, template.temporal, indications, chain_diffs)


def _structure(bits: _Bits) -> Structure:
    first_template, targets = bits.take(6), bits.take(5) + 1
    layers = _layers(bits)
    indications = [tuple(bits.take(2) for _ in range(targets)) for _ in layers]
    for _ in layers:
        while bits.flag():
            bits.take(4)  # frame differences
    chains = bits.non_symmetric(targets + 1)
    protected_by = tuple(bits.non_symmetric(chains) for _ in range(targets)) if chains else ()
    diffs = [tuple(bits.take(4) for _ in range(chains)) for _ in layers]
    resolutions: tuple[tuple[int, int], ...] = ()
    if bits.flag():
        count = max(spatial for spatial, _ in layers) + 1
        resolutions = tuple((bits.take(16), bits.take(16)) for _ in range(count))
    templates = tuple(
        Template(spatial, temporal, each, chain)
        for (spatial, temporal), each, chain in zip(layers, indications, diffs, strict=True)
    )
    return Structure(first_template, targets, templates, protected_by, resolutions)


def _layers(bits: _Bits) -> list[tuple[int, int]]:
    spatial = temporal = 0
    layers: list[tuple[int, int]] = []
    while True:
        if len(layers) == MAX_TEMPLATES or spatial > 3 or temporal > 7:
            raise MalformedPacket("dependency descriptor with too many templates")
        layers.append((spatial, temporal))
        step = bits.take(2)
        if step == 1:
            temporal += 1
        elif step == 2:
            spatial, temporal = spatial + 1, 0
        elif step == 3:
            return layers
