"""The order in which sources give way, as a table and as laws."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.allocation.allocate import allocate, cost_bps
from media.allocation.demand import Demand, Layer, Limit
from platform_api.kernel.rooms import AUDIO_SOURCES, VIDEO_SOURCES, Source

KBIT = 1000


def picture(
    source: Source = Source.SCOPE, *kbits: int, name: str = "", shown: tuple[int, int] | None = None
) -> Demand:
    """A publication whose layers cost so much, the lowest first."""
    rids = ("l", "m", "h")[3 - len(kbits) :] if len(kbits) > 1 else ("",)
    layers = [Layer(rid=rid, bitrate_bps=cost * KBIT) for rid, cost in zip(rids, kbits, strict=True)]
    return Demand(publication=name or source.value, source=source, layers=layers, shown=shown)


EVENING = [
    picture(Source.SCOPE, 150, 700, 2500),
    picture(Source.HAND, 150, 500, 1700),
    picture(Source.CAMERA, 100, 350, name="anne"),
    picture(Source.CAMERA, 100, 350, name="bodo"),
    picture(Source.CAMERA, 100, 350, name="cora"),
    picture(Source.VOICE, 40),
]


@pytest.mark.parametrize(
    ("kbit", "scope", "hand", "faces"),
    [
        (20_000, 3, 3, (2, 2, 2)),
        (6_000, 3, 3, (2, 2, 2)),
        (5_200, 3, 3, (2, 2, 1)),
        (4_600, 3, 3, (1, 1, 1)),
        (4_400, 3, 3, (1, 0, 0)),
        (3_000, 3, 1, (1, 1, 1)),
        (2_800, 3, 1, (1, 0, 0)),
        (2_650, 3, 0, (0, 0, 0)),
        (1_500, 2, 2, (1, 1, 0)),
        (500, 1, 1, (1, 0, 0)),
        (200, 1, 0, (0, 0, 0)),
        (50, 1, 0, (0, 0, 0)),
    ],
)
def test_faces_give_way_first_then_the_hand_then_the_scope_and_a_voice_never(
    kbit: int, scope: int, hand: int, faces: tuple[int, ...]
) -> None:
    levels = allocate(EVENING, kbit * KBIT)

    assert (levels["scope"], levels["hand"]) == (scope, hand)
    assert tuple(levels[name] for name in ("anne", "bodo", "cora")) == faces
    assert levels["voice"] == 1


def test_the_larger_face_is_served_first() -> None:
    small = picture(Source.CAMERA, 100, 350, name="anne", shown=(1920, 1080))
    large = picture(Source.CAMERA, 100, 350, name="bodo", shown=(2000, 1200))

    levels = allocate([small, large], 460 * KBIT)

    assert levels == {"anne": 1, "bodo": 2}


def test_without_a_scope_the_foremost_picture_keeps_its_lowest_layer() -> None:
    hand, face = picture(Source.HAND, 150, 500), picture(Source.CAMERA, 100)

    assert allocate([face, hand], 10 * KBIT) == {"hand": 1, "camera": 0}
    assert allocate([face], 10 * KBIT) == {"camera": 1}


@pytest.mark.parametrize(
    ("shown", "kbits", "level"),
    [
        (None, (150, 700, 2500), 3),
        ((1280, 720), (150, 700, 2500), 3),
        ((700, 394), (150, 700, 2500), 2),
        ((640, 360), (150, 700, 2500), 2),
        ((160, 90), (150, 700, 2500), 1),
        ((320, 180), (60, 300), 1),
        ((640, 360), (60, 300), 2),
        ((160, 90), (2500,), 1),
        ((0, 0), (150, 700, 2500), 0),
    ],
)
def test_no_layer_larger_than_it_is_shown(
    shown: tuple[int, int] | None, kbits: tuple[int, ...], level: int
) -> None:
    limit, why = picture(Source.SCOPE, *kbits, shown=shown).limit

    assert limit == level
    assert why is (Limit.HIDDEN if not level else Limit.SIZE if level < len(kbits) else Limit.NONE)


@pytest.mark.parametrize(
    ("by_hand", "paused", "expected"),
    [
        (None, False, (1, Limit.SIZE)),
        ("m", False, (2, Limit.BY_HAND)),
        ("h", False, (3, Limit.NONE)),
        ("gone", False, (1, Limit.SIZE)),
        ("h", True, (0, Limit.BY_HAND)),
    ],
)
def test_what_is_chosen_by_hand_goes_before_the_size(
    by_hand: str | None, paused: bool, expected: tuple[int, Limit]
) -> None:
    small = picture(Source.SCOPE, 150, 700, 2500)
    demand = Demand(
        publication="scope",
        source=Source.SCOPE,
        layers=small.layers,
        shown=(160, 90),
        by_hand=by_hand,
        paused=paused,
    )

    assert demand.limit == expected


costs = st.lists(st.integers(20, 4000), min_size=1, max_size=3).map(sorted)
sizes = st.one_of(st.none(), st.just((0, 0)), st.tuples(st.integers(1, 2000), st.integers(1, 2000)))
videos = st.builds(
    lambda source, kbits, shown, number: picture(
        source, *kbits, name=f"{source.value}-{number}", shown=shown
    ),
    st.sampled_from(sorted(VIDEO_SOURCES - {Source.SCOPE})),
    costs,
    sizes,
    st.integers(0, 9),
)
voices = st.builds(
    lambda source, number: picture(source, 40, name=f"{source.value}-{number}"),
    st.sampled_from(sorted(AUDIO_SOURCES)),
    st.integers(0, 3),
)
scopes = st.builds(lambda kbits, shown: [picture(Source.SCOPE, *kbits, shown=shown)], costs, sizes)
rooms = st.tuples(st.one_of(st.just([]), scopes), st.lists(st.one_of(videos, voices), max_size=6)).map(
    lambda parts: list({one.publication: one for one in [*parts[0], *parts[1]]}.values())
)
budgets = st.integers(0, 20_000 * KBIT)


@given(rooms, budgets)
def test_never_above_the_line_unless_only_what_must_flow_flows(room: list[Demand], budget: int) -> None:
    levels = allocate(room, budget)

    least = allocate(room, 0)
    assert cost_bps(room, levels) <= budget or levels == least
    assert all(levels[one.publication] <= one.limit[0] for one in room)
    assert all(levels[one.publication] == 1 for one in room if one.is_audio)
    assert all(levels[one.publication] >= min(1, one.limit[0]) for one in room if one.source is Source.SCOPE)


@given(rooms, budgets)
def test_nothing_that_another_picture_has_could_have_made_the_scope_better(
    room: list[Demand], budget: int
) -> None:
    levels = allocate(room, budget)

    for scope in room:
        at = levels[scope.publication]
        if scope.source is Source.SCOPE and at < scope.limit[0]:
            voices_cost = sum(one.cost_bps(1) for one in room if one.is_audio)
            assert voices_cost + scope.cost_bps(at + 1) > budget


@given(rooms, budgets)
def test_no_picture_flows_while_a_higher_one_goes_without(room: list[Demand], budget: int) -> None:
    levels = allocate(room, budget)

    starving = [one.contract.rank for one in room if one.limit[0] and not levels[one.publication]]
    flowing = [one.contract.rank for one in room if levels[one.publication]]
    assert not starving or min(starving) >= max(flowing, default=0)


@given(rooms, budgets, budgets)
def test_more_line_makes_the_whole_better_never_worse(room: list[Demand], one: int, other: int) -> None:
    less, more = (allocate(room, budget) for budget in sorted((one, other)))

    assert _by_rank(room, less) <= _by_rank(room, more)


@given(rooms, budgets, st.randoms())
def test_the_order_in_which_wishes_are_told_means_nothing(
    room: list[Demand],
    budget: int,
    random: Random,
) -> None:
    shuffled = list(room)
    random.shuffle(shuffled)

    assert allocate(shuffled, budget) == allocate(room, budget)


def _by_rank(room: Sequence[Demand], levels: dict[str, int]) -> list[int]:
    """The levels of the ranks that hold one publication each up to the first that holds several."""
    found: list[int] = []
    for rank in range(1, 7):
        of_rank = [levels[one.publication] for one in room if one.contract.rank == rank]
        if len(of_rank) > 1:
            return found
        found += of_rank
    return found
