"""The HTTPS certificate is made once, names this machine, and its key is for our eyes alone."""

import ssl
from pathlib import Path

from cryptography import x509

from deploy.launch.certificate import host_addresses, tls_context


def test_the_certificate_is_kept_and_private(tmp_path: Path) -> None:
    first = tls_context(tmp_path)
    made = (tmp_path / "certificate.pem").read_bytes()

    tls_context(tmp_path)

    assert (tmp_path / "certificate.pem").read_bytes() == made
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    assert first.minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_certificate_names_localhost_and_every_address(tmp_path: Path) -> None:
    tls_context(tmp_path)

    certificate = x509.load_pem_x509_certificate((tmp_path / "certificate.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} == set(host_addresses())
