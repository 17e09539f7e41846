"""SRTP of one direction by libsrtp, without the copies of pylibsrtp's `Session` (RFC 3711, RFC 7714).

libsrtp keeps the roll-over counter of each SSRC; contexts are made for an SSRC when its first packet
passes, so callers bound how many they let in.
"""

from socket import htonl
from typing import Any, Final

from pylibsrtp._binding import ffi, lib

from media.plane import SrtpProfile

PACKET_BYTES: Final = 2048
"""Room for the largest datagram that we take or send, its trailer included."""
REPLAY_WINDOW: Final = 1024

_PROFILES: Final = {
    SrtpProfile.AEAD_AES_128_GCM: lib.srtp_profile_aead_aes_128_gcm,
    SrtpProfile.AEAD_AES_256_GCM: lib.srtp_profile_aead_aes_256_gcm,
    SrtpProfile.AES128_CM_SHA1_80: lib.srtp_profile_aes128_cm_sha1_80,
}
TAG_BYTES: Final = {
    SrtpProfile.AEAD_AES_128_GCM: 16,
    SrtpProfile.AEAD_AES_256_GCM: 16,
    SrtpProfile.AES128_CM_SHA1_80: 10,
}
KEY_BYTES: Final = {
    SrtpProfile.AEAD_AES_128_GCM: 28,
    SrtpProfile.AEAD_AES_256_GCM: 44,
    SrtpProfile.AES128_CM_SHA1_80: 30,
}

lib.srtp_init()

protect_rtp = lib.srtp_protect
"""(context, bytes in place, length in and out) -> 0, or libsrtp's error."""
protect_rtcp = lib.srtp_protect_rtcp
unprotect_rtp = lib.srtp_unprotect
unprotect_rtcp = lib.srtp_unprotect_rtcp


class PacketBuffer:
    """Bytes that both Python and libsrtp see: `view` of `memory`, and `length` for libsrtp to change."""

    __slots__ = ("length", "memory", "view")

    def __init__(self) -> None:
        self.memory: Any = ffi.new("char[]", PACKET_BYTES)
        self.view = memoryview(ffi.buffer(self.memory))
        self.length: Any = ffi.new("int *")


class SrtpContext:
    """Keys and counters of one direction; `handle` is libsrtp's session."""

    __slots__ = ("handle", "tag_bytes")

    def __init__(self, profile: SrtpProfile, key_and_salt: bytes, *, inbound: bool) -> None:
        if len(key_and_salt) != KEY_BYTES[profile]:
            raise ValueError("key and salt do not fit the profile")
        self.tag_bytes = TAG_BYTES[profile]
        policy = ffi.new("srtp_policy_t *")
        number = _PROFILES[profile]
        _check(lib.srtp_crypto_policy_set_from_profile_for_rtp(ffi.addressof(policy.rtp), number))
        _check(lib.srtp_crypto_policy_set_from_profile_for_rtcp(ffi.addressof(policy.rtcp), number))
        key = ffi.new("unsigned char[]", key_and_salt)
        policy.key = key
        policy.ssrc.type = lib.ssrc_any_inbound if inbound else lib.ssrc_any_outbound
        policy.window_size = REPLAY_WINDOW
        # Without RTX a packet is sent again as it was, bit for bit (RFC 3711 3.3.2 forbids anything else).
        policy.allow_repeat_tx = 0 if inbound else 1
        session = ffi.new("srtp_t *")
        _check(lib.srtp_create(session, policy))
        self.handle: Any = ffi.gc(session[0], lib.srtp_dealloc)

    def forget(self, ssrc: int) -> None:
        """Frees what is kept for an SSRC; one that is not known is ignored."""
        lib.srtp_remove_stream(self.handle, htonl(ssrc))

    def close(self) -> None:
        """Frees the keys; may be called twice."""
        if self.handle is not None:
            ffi.release(self.handle)
            self.handle = None


def _check(status: int) -> None:
    if status != lib.srtp_err_status_ok:
        raise ValueError(f"libsrtp refused: {status}")
