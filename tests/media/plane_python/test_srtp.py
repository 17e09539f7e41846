"""One direction of SRTP against libsrtp's own session."""

import os

import pylibsrtp
import pytest

from media.core.rtp import build_packet
from media.plane import SrtpProfile
from media.plane_python.srtp import (
    KEY_BYTES,
    TAG_BYTES,
    PacketBuffer,
    SrtpContext,
    protect_rtp,
    unprotect_rtp,
)

PROFILE = SrtpProfile.AEAD_AES_128_GCM


def session(key: bytes) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(
        key=key,
        ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND,
        srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    )
    return pylibsrtp.Session(policy)


def protect(context: SrtpContext, buffer: PacketBuffer, packet: bytes) -> bytes:
    buffer.view[: len(packet)] = packet
    buffer.length[0] = len(packet)
    assert protect_rtp(context.handle, buffer.memory, buffer.length) == 0
    return bytes(buffer.view[: buffer.length[0]])


def packet(sequence: int, payload: bytes = b"hello") -> bytes:
    return build_packet(payload_type=96, sequence=sequence, timestamp=0, ssrc=5, payload=payload)


def test_what_is_protected_in_place_is_read_by_others() -> None:
    key = os.urandom(KEY_BYTES[PROFILE])
    context = SrtpContext(PROFILE, key, inbound=False)

    protected = protect(context, PacketBuffer(), packet(1))

    assert len(protected) == len(packet(1)) + TAG_BYTES[PROFILE]
    assert session(key).unprotect(protected) == packet(1)


def test_the_same_packet_again_is_the_same_ciphertext() -> None:
    context = SrtpContext(PROFILE, os.urandom(28), inbound=False)
    buffer = PacketBuffer()
    first = protect(context, buffer, packet(1))
    protect(context, buffer, packet(2))

    assert protect(context, buffer, packet(1)) == first


def test_what_comes_twice_or_changed_is_refused() -> None:
    key = os.urandom(28)
    sender, receiver = SrtpContext(PROFILE, key, inbound=False), SrtpContext(PROFILE, key, inbound=True)
    buffer = PacketBuffer()
    protected = protect(sender, buffer, packet(1))

    def unprotect(data: bytes) -> int:
        buffer.view[: len(data)] = data
        buffer.length[0] = len(data)
        status: int = unprotect_rtp(receiver.handle, buffer.memory, buffer.length)
        return status

    assert unprotect(protected[:-1] + bytes((protected[-1] ^ 1,))) != 0
    assert unprotect(protected) == 0
    assert unprotect(protected) != 0
    receiver.forget(5)
    receiver.forget(6)
    assert unprotect(protected) == 0


def test_keys_must_fit_the_profile() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        SrtpContext(SrtpProfile.AEAD_AES_256_GCM, bytes(28), inbound=True)


def test_closing_twice_is_harmless() -> None:
    context = SrtpContext(PROFILE, bytes(28), inbound=True)

    context.close()
    context.close()

    assert context.handle is None
