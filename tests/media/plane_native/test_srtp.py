"""The native SRTP against libsrtp's, both ways."""

import os
import random
from collections.abc import Callable

import pylibsrtp
import pytest

from media.core.extensions import encode_block
from media.core.rtp import build_packet
from media.plane import SrtpProfile

_core = pytest.importorskip("media.plane_native._core", reason="the native plane is not built here")

NUMBERS = {
    SrtpProfile.AEAD_AES_128_GCM: (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    SrtpProfile.AEAD_AES_256_GCM: (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
    SrtpProfile.AES128_CM_SHA1_80: (pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
}


class Pair:
    """One end ours, the other libsrtp's."""

    def __init__(self, profile: SrtpProfile) -> None:
        number, size = NUMBERS[profile]
        to_them, to_us = os.urandom(size), os.urandom(size)
        self.ours = _core.Srtp(profile, to_them, to_us)
        outbound, inbound = pylibsrtp.Policy.SSRC_ANY_OUTBOUND, pylibsrtp.Policy.SSRC_ANY_INBOUND
        self.sending = pylibsrtp.Session(pylibsrtp.Policy(key=to_us, ssrc_type=outbound, srtp_profile=number))
        self.receiving = pylibsrtp.Session(
            pylibsrtp.Policy(key=to_them, ssrc_type=inbound, srtp_profile=number)
        )


@pytest.fixture(params=list(SrtpProfile))
def pair(request: pytest.FixtureRequest) -> Pair:
    return Pair(request.param)


def packet(index: int, size: int, ssrc: int = 7) -> bytes:
    block = encode_block([(1, b"5"), (3, bytes(8))]) if index % 2 else b""
    return build_packet(
        payload_type=96,
        sequence=index,
        timestamp=index * 3000,
        ssrc=ssrc,
        payload=random.Random(index).randbytes(size),
        extension_block=block,
    )


def compound(index: int, ssrc: int) -> bytes:
    return b"\x80\xc9\x00\x02" + ssrc.to_bytes(4, "big") + index.to_bytes(4, "big")


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 160, 1200])
def test_rtp_passes_both_ways_over_the_roll_over(pair: Pair, size: int) -> None:
    for index in range(65_500, 65_600):
        plain = packet(index, size)

        assert pair.receiving.unprotect(pair.ours.protect_rtp(plain, index)) == plain
        assert pair.ours.unprotect_rtp(pair.sending.protect(plain)) == plain


def test_rtcp_passes_both_ways_for_several_senders(pair: Pair) -> None:
    for index in range(50):
        plain = compound(index, ssrc=1 + index % 3)

        assert pair.receiving.unprotect_rtcp(pair.ours.protect_rtcp(plain)) == plain
        assert pair.ours.unprotect_rtcp(pair.sending.protect_rtcp(plain)) == plain


@pytest.mark.parametrize("kind", ["rtp", "rtcp"])
def test_what_comes_twice_or_changed_is_refused(pair: Pair, kind: str) -> None:
    unprotect: Callable[[bytes], bytes] = getattr(pair.ours, f"unprotect_{kind}")
    plain = packet(1, 40) if kind == "rtp" else compound(1, 7)
    sealed = pair.sending.protect(plain) if kind == "rtp" else pair.sending.protect_rtcp(plain)

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 0x10
        with pytest.raises(ValueError, match=r"not authentic|malformed"):
            unprotect(bytes(changed))
    assert unprotect(sealed) == plain
    with pytest.raises(ValueError, match="replayed"):
        unprotect(sealed)


def test_packets_out_of_order_pass_once(pair: Pair) -> None:
    sealed = [pair.sending.protect(packet(index, 30)) for index in range(65_400, 65_400 + 600)]
    order = random.Random(3)
    order.shuffle(sealed[100:])

    passed = [pair.ours.unprotect_rtp(each) for each in sealed]

    assert len(set(passed)) == 600


def test_keys_must_fit_the_profile() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        _core.Srtp(SrtpProfile.AEAD_AES_256_GCM, bytes(28), bytes(28))
    with pytest.raises(ValueError, match="unknown SRTP profile"):
        _core.Srtp("NULL", bytes(28), bytes(28))
