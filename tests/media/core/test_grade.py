"""How much of a flow a subscriber gets, and where that may change."""

import pytest

from media.core.dependency import Frame, parse_descriptor
from media.core.grade import ALL, FrameLog, Grade, Start, next_grade, split_layer
from media.core.place import Place, Sync
from tests.support.layered_camera import keyed_structure, packed

LOW, QUICK, BOTH = Grade(0, 0), Grade(0, 2), Grade(1, 1)


def start(
    temporal: int, sync: Sync, *, key: bool = False, frame: Frame | None = None, number: int = 0
) -> Start:
    return Start(key, Place(0, temporal, True, False, sync), number, frame)


@pytest.mark.parametrize(
    ("wanted", "layer", "grade"),
    [
        ("h.s1t2", "h", Grade(1, 2)),
        (".s1t2", "", Grade(1, 2)),
        ("s1t2", "s1t2", ALL),
        ("h.s1tx", "h.s1tx", ALL),
        ("a.b.s0t0", "a.b", Grade(0, 0)),
    ],
)
def test_names_lead_to_layers_and_grades(wanted: str, layer: str, grade: Grade) -> None:
    assert split_layer(wanted) == (layer, grade)
    assert grade.name(layer) == wanted


@pytest.mark.parametrize(
    ("present", "wanted", "here", "after"),
    [
        (QUICK, LOW, start(2, Sync.NONE), LOW),
        (LOW, QUICK, start(0, Sync.NONE), LOW),
        (LOW, QUICK, start(0, Sync.ABOVE), QUICK),
        (LOW, QUICK, start(1, Sync.ABOVE), LOW),
        (LOW, QUICK, start(2, Sync.OWN), LOW),
        (LOW, QUICK, start(1, Sync.OWN), Grade(0, 1)),
        (LOW, ALL, start(0, Sync.ABOVE), Grade(0, 255)),
        (LOW, ALL, start(0, Sync.NONE, key=True), ALL),
        (ALL, Grade(0, 1), start(2, Sync.NONE), Grade(0, 1)),
    ],
)
def test_a_grade_falls_at_once_and_rises_where_nothing_is_missed(
    present: Grade, wanted: Grade, here: Start, after: Grade
) -> None:
    assert next_grade(present, wanted, here, FrameLog()) == after


def test_a_larger_picture_begins_where_its_chain_does_or_was_kept() -> None:
    descriptor = parse_descriptor(
        packed((1, 1), (1, 1), (0, 6), (9, 16), (1, 1), (0, 4), *keyed_structure()), None
    )
    known = descriptor.structure
    assert known is not None
    larger = parse_descriptor(packed((1, 1), (1, 1), (4, 6), (9, 16)), known).frame
    smaller = parse_descriptor(packed((1, 1), (1, 1), (1, 6), (8, 16)), known).frame
    kept, missed = FrameLog(), FrameLog()
    kept.sent(5)  # four before it, as the template of the larger layer's frames tells
    missed.sent(4)

    def spatial(frame: Frame | None, number: int, log: FrameLog) -> int:
        here = start(0, Sync.NONE, frame=frame, number=number)
        return next_grade(LOW, BOTH, here, log).spatial

    assert spatial(descriptor.frame, 9, FrameLog()) == 1
    assert spatial(larger, 9, kept) == 1
    assert spatial(larger, 9, missed) == 0
    assert spatial(smaller, 8, kept) == 0
    assert spatial(None, 8, kept) == 0


def test_the_last_frames_are_remembered_over_wraps() -> None:
    log = FrameLog()
    for number in (65_500, 65_501, 65_530, 4, 130):
        log.sent(number)

    assert [back for back in range(256) if log.has(130, back)] == [0, 126, 136, 165, 166]
    assert log.has(132, 2)
    assert not log.has(132, 1)
    assert not FrameLog().has(1, 0)
