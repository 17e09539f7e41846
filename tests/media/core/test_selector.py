"""Which layer is forwarded."""

import pytest

from media.core.layers import ALIVE_MS, LayerState
from media.core.selector import choose_layer

LAYERS = (
    LayerState(rid="l", bitrate_bps=150_000, last_packet_ms=10_000),
    LayerState(rid="m", bitrate_bps=500_000, last_packet_ms=10_000),
    LayerState(rid="h", bitrate_bps=1_500_000, last_packet_ms=10_000),
)


@pytest.mark.parametrize(
    ("wanted", "current", "chosen"),
    [(None, None, "h"), ("m", None, "m"), ("m", "h", "m"), ("x", "l", "h"), (None, "h", "h")],
)
def test_the_wanted_layer_or_the_best(wanted: str | None, current: str | None, chosen: str) -> None:
    assert choose_layer(LAYERS, wanted=wanted, current=current, now_ms=10_000) == chosen


def test_a_silent_layer_gives_way_to_the_best_of_the_others() -> None:
    silent = LayerState(rid="h", bitrate_bps=1_500_000, last_packet_ms=10_000 - ALIVE_MS - 1)
    layers = (*LAYERS[:2], silent)

    assert choose_layer(layers, wanted="h", current="h", now_ms=10_000) == "m"
    assert choose_layer([silent], wanted="h", current="h", now_ms=10_000) is None


def test_layers_of_like_rate_do_not_alternate() -> None:
    layers = (
        LayerState(rid="a", bitrate_bps=1_000_000, last_packet_ms=0),
        LayerState(rid="b", bitrate_bps=1_100_000, last_packet_ms=0),
    )

    assert choose_layer(layers, wanted=None, current="a", now_ms=0) == "a"
    assert choose_layer(layers, wanted=None, current=None, now_ms=0) == "b"
