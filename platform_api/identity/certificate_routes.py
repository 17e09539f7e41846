"""Certificates over HTTP."""

from platform_api.http import PUBLIC, SIGNED_IN, Call, Id, IdPath, Method, Moment, Rate, Route, Shape
from platform_api.identity.answers import signed_in
from platform_api.identity.certificates import Certificates
from platform_api.identity.errors import (
    AccountDisabled,
    AddressTried,
    Busy,
    CertificateKnown,
    CertificateLimit,
    CertificateMissing,
    CertificateUnknown,
    Locked,
    PasswordWrong,
)
from platform_api.identity.model import UserCertificate
from platform_api.identity.passkey_schemas import Proof
from platform_api.identity.schemas import SignedIn
from platform_api.identity.visitor import visitor_of
from platform_api.kernel.errors import NotFound

WEIGHTY = Rate(20, 60)


class CertificateItem(Shape):
    """A bound certificate."""

    id: Id
    subject: str
    ends_at: Moment
    created_at: Moment
    used_at: Moment | None


class CertificateList(Shape):
    """The bound certificates; `on`: whether one may sign in by certificate here at all."""

    on: bool
    items: list[CertificateItem]


class WaysIn(Shape):
    """Which ways to sign in this server offers beside the password."""

    certificate: bool


async def show_ways_in(call: Call[None, None, None]) -> WaysIn:
    """Which ways to sign in this server offers."""
    return WaysIn(certificate=call.services.get(Certificates).on)


async def sign_in_by_certificate(call: Call[None, None, None]) -> SignedIn:
    """Tokens for the user of the certificate that our proxy verified."""
    certificates = call.services.get(Certificates)
    return signed_in(call, await certificates.sign_in(call.caller, visitor_of(call)))


async def list_certificates(call: Call[None, None, None]) -> CertificateList:
    """The own certificates."""
    certificates = call.services.get(Certificates)
    return CertificateList(
        on=certificates.on, items=[_item(item) for item in await certificates.mine(call.asker)]
    )


async def bind_certificate(call: Call[None, None, Proof]) -> CertificateItem:
    """Binds the certificate of this connection to the own account."""
    certificates = call.services.get(Certificates)
    return _item(await certificates.bind(call.asker, call.body.password, call.caller))


async def unbind_certificate(call: Call[IdPath, None, Proof]) -> None:
    """Takes a certificate away."""
    certificates = call.services.get(Certificates)
    address = call.caller.address
    await certificates.unbind(call.asker, call.path.id, call.body.password, address=address)


def _item(certificate: UserCertificate) -> CertificateItem:
    return CertificateItem(
        id=certificate.id,
        subject=certificate.subject,
        ends_at=certificate.ends_at,
        created_at=certificate.created_at,
        used_at=certificate.used_at,
    )


PROOF = (PasswordWrong, Locked, Busy)

CERTIFICATE_ROUTES = (
    Route(
        Method.GET,
        "/auth/ways",
        show_ways_in,
        permission=PUBLIC,
        summary="Shows the ways to sign in.",
    ),
    Route(
        Method.POST,
        "/auth/certificate/login",
        sign_in_by_certificate,
        permission=PUBLIC,
        summary="Signs in by a certificate.",
        errors=(CertificateMissing, CertificateUnknown, AccountDisabled, AddressTried),
        rate=Rate(60, 60),
    ),
    Route(
        Method.GET,
        "/auth/certificates",
        list_certificates,
        permission=SIGNED_IN,
        summary="Lists the own certificates.",
    ),
    Route(
        Method.POST,
        "/auth/certificates",
        bind_certificate,
        permission=SIGNED_IN,
        summary="Binds a certificate.",
        errors=(*PROOF, CertificateMissing, CertificateKnown, CertificateLimit),
        status=201,
        rate=WEIGHTY,
        max_body_bytes=4096,
    ),
    Route(
        Method.POST,
        "/auth/certificates/{id}/remove",
        unbind_certificate,
        permission=SIGNED_IN,
        summary="Takes a certificate away.",
        errors=(*PROOF, NotFound),
        rate=WEIGHTY,
        max_body_bytes=4096,
    ),
)
