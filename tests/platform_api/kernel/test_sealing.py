import pytest

from platform_api.kernel.sealing import SealBroken, Sealer


@pytest.fixture
def sealer() -> Sealer:
    return Sealer.from_text(Sealer.generate_text("k1"))


def test_what_was_sealed_opens_in_its_context(sealer: Sealer) -> None:
    sealed = sealer.seal("身份证".encode(), context="users.totp:1")

    assert sealer.open(sealed, context="users.totp:1") == "身份证".encode()
    assert "身份证".encode() not in sealed


def test_the_same_value_never_looks_the_same_twice(sealer: Sealer) -> None:
    assert sealer.seal(b"x", context="c") != sealer.seal(b"x", context="c")


def test_a_value_moved_to_another_place_does_not_open(sealer: Sealer) -> None:
    sealed = sealer.seal(b"x", context="users.totp:1")

    with pytest.raises(SealBroken):
        sealer.open(sealed, context="users.totp:2")


def test_every_changed_byte_is_noticed(sealer: Sealer) -> None:
    sealed = sealer.seal(b"secret", context="c")

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealBroken):
            sealer.open(bytes(changed), context="c")


@pytest.mark.parametrize("sealed", [b"", b"k1", b"k1\0", b"k1\0short", b"\xff\0" + b"0" * 40])
def test_rubbish_does_not_open(sealed: bytes, sealer: Sealer) -> None:
    with pytest.raises(SealBroken):
        sealer.open(sealed, context="c")


def test_after_a_key_change_old_values_open_and_new_ones_use_the_new_key() -> None:
    old_text = Sealer.generate_text("2025")
    old = Sealer.from_text(old_text).seal(b"x", context="c")
    both = Sealer.from_text(f"{old_text}\n{Sealer.generate_text('2026')}\n")

    assert both.open(old, context="c") == b"x"
    assert both.seal(b"y", context="c").startswith(b"2026\0")


@pytest.mark.parametrize("text", ["", "k1:AAAA", "k1:not base64!"])
def test_a_bad_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Sealer.from_text(text)
