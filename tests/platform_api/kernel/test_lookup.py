"""What an index may hold of a sealed value."""

import pytest

from platform_api.kernel.lookup import Lookup


def test_a_value_is_found_again_in_its_context_and_under_its_key_alone() -> None:
    key, other = (Lookup.from_text(Lookup.generate_text("k1")) for _ in range(2))

    found = key.of("13800138000", context="phone")

    assert found == key.of("13800138000", context="phone")
    assert found != key.of("13800138000", context="document")
    assert found != other.of("13800138000", context="phone")
    assert len(found) == 32


def test_the_key_is_never_shown() -> None:
    key = Lookup.from_text(Lookup.generate_text("k1"))

    assert str(key.key) not in repr(key)


@pytest.mark.parametrize("text", ["", "k1", "k1:", "k1:AAAA", "k1:%%%"])
def test_a_text_that_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Lookup.from_text(text)
