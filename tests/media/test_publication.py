"""Layers by their clients' names."""

import pytest

from media.publication import ranked_rids


@pytest.mark.parametrize(
    ("rids", "best_first"),
    [
        (("l", "m", "h"), ("h", "m", "l")),
        (("q", "h", "f"), ("f", "h", "q")),
        (("h", "l"), ("h", "l")),
        (("low", "high"), ("high", "low")),
        (("0", "1", "2"), ("2", "1", "0")),
        (("wide", "small"), ("wide", "small")),
        ((), ()),
    ],
)
def test_known_names_count_best_first_and_others_as_offered(
    rids: tuple[str, ...], best_first: tuple[str, ...]
) -> None:
    assert ranked_rids(rids) == best_first
