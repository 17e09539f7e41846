"""DTLS of one peer, whose SRTP keys go to the plane (RFC 5764), on aiortc."""

from collections.abc import Callable
from typing import Final

from aiortc.rtcdtlstransport import (
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsTransport,
    SRTPProtectionProfile,
    State,
)
from aiortc.rtcicetransport import RTCIceTransport

from media.negotiation.agreement import DtlsRole
from media.negotiation.sdp import Fingerprint
from media.plane import SrtpKeys, SrtpProfile

PRIVATE_NAMES: Final = ("_role", "_set_role", "_set_state", "_setup_srtp", "_srtp_profiles", "_ssl")
PREFERENCE: Final = (
    b"SRTP_AEAD_AES_128_GCM",
    b"SRTP_AEAD_AES_256_GCM",
    b"SRTP_AES128_CM_SHA1_80",
)
PLANE_PROFILES: Final = {
    b"SRTP_AEAD_AES_128_GCM": SrtpProfile.AEAD_AES_128_GCM,
    b"SRTP_AEAD_AES_256_GCM": SrtpProfile.AEAD_AES_256_GCM,
    b"SRTP_AES128_CM_SHA1_80": SrtpProfile.AES128_CM_SHA1_80,
}
_EXPORTER_LABEL: Final = b"EXTRACTOR-dtls_srtp"


class Certificate:
    """This process's own key and certificate: made at start, never written anywhere (MD-10)."""

    def __init__(self) -> None:
        self.rtc = RTCCertificate.generateCertificate()

    @property
    def fingerprints(self) -> tuple[Fingerprint, ...]:
        """What the answers state; SHA-256 alone, which all peers know."""
        return tuple(
            Fingerprint(algorithm=item.algorithm, value=item.value)
            for item in self.rtc.getFingerprints()
            if item.algorithm == "sha-256"
        )


class PlaneDtlsTransport(RTCDtlsTransport):
    """The handshake alone: aiortc's own SRTP stays without keys, so no RTP ever passes through it."""

    def __init__(
        self,
        ice: RTCIceTransport,
        certificate: Certificate,
        role: DtlsRole,
        on_keys: Callable[[SrtpKeys], None],
    ) -> None:
        super().__init__(ice, [certificate.rtc])
        self._srtp_profiles = _preferred(SRTP_PROFILES)
        self._set_role(role.value)
        self._on_keys = on_keys

    def _setup_srtp(self) -> None:
        connection = self._ssl
        if connection is None:
            raise RuntimeError("keys before the handshake")
        selected = connection.get_selected_srtp_profile()
        profile = next((item for item in self._srtp_profiles if item.openssl_profile == selected), None)
        if profile is None:
            self._set_state(State.FAILED)
            return
        size = 2 * (profile.key_length + profile.salt_length)
        material = connection.export_keying_material(_EXPORTER_LABEL, size)
        # RFC 5764 4.2: the client writes with the first key, the server with the second.
        ours = 0 if self._role == DtlsRole.CLIENT.value else 1
        self._on_keys(
            SrtpKeys(
                profile=PLANE_PROFILES[selected],
                transmit=profile.get_key_and_salt(material, ours),
                receive=profile.get_key_and_salt(material, 1 - ours),
            )
        )


def _preferred(profiles: list[SRTPProtectionProfile]) -> list[SRTPProtectionProfile]:
    known = [item for item in profiles if item.openssl_profile in PREFERENCE]
    return sorted(known, key=lambda item: PREFERENCE.index(item.openssl_profile))
