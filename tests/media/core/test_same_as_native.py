"""Both planes make the same of every input of the native plane's corpus, cut and changed in every place."""

from zlib import crc32

import pytest

from tests.support.parsers import OUTCOMES, describe, seeds, variants

OWN_OF_NATIVE = frozenset({"stun"})
"""Above both planes STUN is read by a library; the native plane reads it too, to answer checks by itself."""


def told() -> dict[str, list[str]]:
    rows = (line.split() for line in OUTCOMES.read_text().splitlines() if not line.startswith("#"))
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("parser", sorted(told().keys() - OWN_OF_NATIVE))
def test_the_planes_agree(parser: str) -> None:
    wanted, differing = told()[parser], []

    for number, seed in enumerate(seeds()):
        said = 0
        for variant in variants(seed):
            said = crc32(describe(parser, variant).encode() + b"\n", said)
        if f"{said:08x}" != wanted[number]:
            differing.append(number)

    assert not differing, (
        f"DESCRIBE={parser}:{differing[0]} cargo test --test corpus shows the native plane's"
    )
