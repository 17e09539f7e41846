"""When a picture comes to keyframes alone, what it may take of the line, and what its viewer is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.allocation.allocate import allocate
from media.allocation.belief import Belief
from media.allocation.demand import Demand, Layer, Limit
from media.allocation.glimpses import (
    LEAST_BPS,
    NAME,
    SHARE,
    STEP_BPS,
    fallen_to_glimpses,
    glimpses_bps,
    may_fall,
)
from media.plane import LineEstimate
from platform_api.kernel.rooms import Source
from tests.support.seated import Seated, seated

KBIT = 1000
VOICE = Demand(publication="voice", source=Source.VOICE, layers=(Layer(rid="", bitrate_bps=80 * KBIT),))


def picture(source: Source, *kbits: int, shown: tuple[int, int] | None = None) -> Demand:
    rids = ("l", "m", "h")[3 - len(kbits) :] if len(kbits) > 1 else ("",)
    layers = tuple(Layer(rid=rid, bitrate_bps=cost * KBIT) for rid, cost in zip(rids, kbits, strict=True))
    return Demand(publication=source.value, source=source, layers=layers, shown=shown)


SCOPE = picture(Source.SCOPE, 2_500)
HAND = picture(Source.HAND, 1_000)


def names(demand: Demand) -> list[str]:
    return [layer.rid for layer in demand.layers]


@pytest.mark.parametrize(
    ("filled_kbit", "fallen", "has_glimpses"),
    [
        (None, (), False),
        (2_200, (), False),
        (2_100, (), True),
        (500, (), True),
        (4_000, ("scope",), True),
    ],
    ids=["never full", "a little too thin", "far too thin", "thinner", "until it rises"],
)
def test_only_a_line_that_was_full_and_far_too_thin_brings_the_scope_to_glimpses(
    filled_kbit: int | None, fallen: tuple[str, ...], has_glimpses: bool
) -> None:
    filled_bps = None if filled_kbit is None else filled_kbit * KBIT

    scope, hand, voice = may_fall([SCOPE, HAND, VOICE], filled_bps, fallen)

    assert names(scope) == ([NAME, ""] if has_glimpses else [""])
    assert (hand, voice) == (HAND, VOICE)


def test_without_a_scope_it_is_the_foremost_picture_and_a_hidden_one_needs_none() -> None:
    hidden = picture(Source.SCOPE, 2_500, shown=(0, 0))

    scope, hand = may_fall([hidden, HAND], 200 * KBIT, ())

    assert (names(scope), names(hand)) == ([""], [NAME, ""])


@given(kbits=st.lists(st.integers(50, 3_000), min_size=1, max_size=3), budget=st.integers(0, 5_000))
def test_glimpses_change_nothing_on_a_line_that_carries_the_lowest_layer(
    kbits: list[int], budget: int
) -> None:
    plain = picture(Source.SCOPE, *sorted(kbits))
    (thin,) = may_fall([plain], 1, ())

    without, level = allocate([plain], budget * KBIT)["scope"], allocate([thin], budget * KBIT)["scope"]

    assert level >= 1
    assert thin.limit[1] is plain.limit[1] is Limit.NONE
    if plain.layers[0].bitrate_bps <= budget * KBIT:
        assert thin.place(level) == without
        assert not thin.are_glimpses(level)
    elif thin.layers[0].bitrate_bps < plain.layers[0].bitrate_bps:
        assert thin.are_glimpses(level)
        assert thin.place(level) == 1


def test_nothing_flows_below_a_scope_that_has_come_to_glimpses() -> None:
    demands = may_fall([SCOPE, HAND, VOICE], 1_500 * KBIT, ())

    levels = allocate(demands, 1_500 * KBIT)

    assert levels == {"scope": 1, "hand": 0, "voice": 1}
    by_name = {one.publication: one for one in demands}
    assert fallen_to_glimpses(by_name, levels) == {"scope"}


@given(carried=st.integers(0, 3_000_000))
def test_voices_keep_what_they_need_and_glimpses_take_the_rest(carried: int) -> None:
    demands = may_fall([SCOPE, VOICE], 500 * KBIT, ())

    rate = glimpses_bps(demands, {"scope": 1, "voice": 1}, carried)

    assert rate >= LEAST_BPS
    assert rate <= max(LEAST_BPS, carried * SHARE - 80 * KBIT + STEP_BPS / 2)


def test_a_line_that_loses_by_chance_was_not_full_and_one_that_drops_half_was() -> None:
    chance, torn, waits = Belief(), Belief(), Belief()

    chance.hear(LineEstimate(900 * KBIT, 0.2, 50.0, 0.0), 1.0)
    torn.hear(LineEstimate(300 * KBIT, 0.5, 50.0, 0.0), 1.0)
    waits.hear(LineEstimate(400 * KBIT, 0.0, 50.0, 300.0), 1.0)
    waits.hear(LineEstimate(600 * KBIT, 0.2, 50.0, 0.0), 2.0)

    assert (chance.carried_bps, chance.filled_bps) == (900 * KBIT, None)
    assert (torn.carried_bps, torn.filled_bps) == (300 * KBIT, 300 * KBIT)
    assert (waits.carried_bps, waits.filled_bps) == (600 * KBIT, 600 * KBIT)


def told(room: Seated) -> tuple[str, str, str | None, float | None]:
    slot = room.flow("doctor")["scope"]
    return slot.state, slot.reason, slot.layer, slot.every_s


async def test_a_scope_in_one_layer_falls_to_glimpses_says_so_and_comes_back() -> None:
    async with seated() as room:
        room.plane.rates_bps = {"scope": 2_500_000, "hand": 1_000_000, "voice": 40_000}
        await room.publish("expert", {Source.SCOPE: (), Source.HAND: (), Source.VOICE: ()})
        await room.view("doctor", "expert.scope", "expert.hand", "expert.voice")
        room.pass_s(4)
        wide = told(room)

        room.estimate("doctor", 450_000)
        room.pass_s(1)
        thin, hand = told(room), room.flow("doctor")["hand"].state
        needed = room.wanted(Source.SCOPE)
        room.estimate("doctor", 6_000_000, queue_ms=0.0)
        room.pass_s(3)

        assert wide == ("full", "as_wanted", "high", None)
        assert thin == ("glimpses", "line", "high", None)
        assert hand == "paused"
        assert needed == []
        assert told(room) == ("full", "as_wanted", "high", None)


async def test_of_several_layers_glimpses_are_of_the_lowest_and_the_rest_need_not_be_sent() -> None:
    async with seated() as room:
        room.plane.rates_bps = {"scope h": 2_500_000, "scope m": 700_000, "scope l": 150_000}
        await room.publish("expert", {Source.SCOPE: ("h", "m", "l")})
        await room.view("doctor", "expert.scope")
        room.pass_s(4)

        room.estimate("doctor", 60_000)
        room.pass_s(7)
        slot = room.flow("doctor")["scope"]

        assert (slot.state, slot.layer, slot.rid) == ("glimpses", "low", "l")
        assert room.wanted(Source.SCOPE)[-1] == ("l",)
