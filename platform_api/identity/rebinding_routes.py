"""An authenticator bound anew over HTTP, for everybody's own account."""

import io

import segno

from platform_api.http import SIGNED_IN, Call, Method, Rate, Route
from platform_api.identity.errors import (
    Busy,
    Locked,
    PasswordWrong,
    RebindingOver,
    RebindingWrong,
    TotpNotBegun,
    TotpRequired,
)
from platform_api.identity.factors import Second
from platform_api.identity.rebinding import Rebinding
from platform_api.identity.schemas import Rebind, RebindConfirmation, RebindEnrolment
from platform_api.identity.visitor import visitor_of


async def begin_rebinding(call: Call[None, None, Rebind]) -> RebindEnrolment:
    """A new secret for another authenticator, also as a QR code."""
    body = call.body
    second = Second(totp=body.totp, recovery_code=body.recovery_code)
    secret, uri, ticket = await call.services.get(Rebinding).begin(
        call.asker, body.password, second, visitor_of(call)
    )
    return RebindEnrolment(secret=secret, uri=uri, qr_svg=qr_svg(uri), ticket=ticket)


async def end_rebinding(call: Call[None, None, RebindConfirmation]) -> None:
    """Binds the new authenticator by a code that it shows."""
    body = call.body
    await call.services.get(Rebinding).end(call.asker, body.ticket, body.code, visitor_of(call))


def qr_svg(uri: str) -> str:
    """An address as a picture for a telephone's camera."""
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", scale=5, border=4, xmldecl=False, svgns=True)
    return picture.getvalue().decode()


REBINDING_ROUTES = (
    Route(
        Method.POST,
        "/auth/totp/rebind",
        begin_rebinding,
        permission=SIGNED_IN,
        summary="Begins to bind another authenticator.",
        errors=(TotpNotBegun, TotpRequired, PasswordWrong, RebindingWrong, Locked, Busy),
        rate=Rate(20, 60),
        max_body_bytes=4096,
    ),
    Route(
        Method.POST,
        "/auth/totp/rebind/confirm",
        end_rebinding,
        permission=SIGNED_IN,
        summary="Binds the other authenticator.",
        errors=(RebindingOver, RebindingWrong, Locked),
        rate=Rate(20, 60),
        max_body_bytes=4096,
    ),
)
