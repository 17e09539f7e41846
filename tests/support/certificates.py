"""Certificates of people, and how a proxy of ours vouches for one."""

from datetime import timedelta
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.platform import START


def certificate(name: str = "王医生", *, days: int = 30, begins: int = -1) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START + timedelta(days=begins))
        .not_valid_after(START + timedelta(days=days))
        .sign(key, SHA256())
    )


def vouched(shown: x509.Certificate, verified: str = "SUCCESS") -> dict[str, str]:
    """As nginx hands it on."""
    return {
        "X-Scopecast-Client-Certificate": quote(shown.public_bytes(Encoding.PEM).decode()),
        "X-Scopecast-Client-Verified": verified,
    }
