"""Signing in and out, and the own account, over HTTP."""

from platform_api.http import ACTIVATING, PUBLIC, Call, Method, Rate, Route
from platform_api.http.asker import ANYONE_KNOWN
from platform_api.identity.answers import signed_in
from platform_api.identity.api_key_routes import API_KEY_ROUTES
from platform_api.identity.certificate_routes import CERTIFICATE_ROUTES
from platform_api.identity.cookies import drop_refresh, keep_refresh, kept_refresh
from platform_api.identity.duty_routes import DUTY_ROUTES
from platform_api.identity.errors import (
    AccountDisabled,
    ActivationInvalid,
    Busy,
    CsrfMissing,
    Locked,
    LoginFailed,
    PasskeyInvalid,
    PasskeyOver,
    PasskeySuspended,
    PasswordWeak,
    PasswordWrong,
    RecoveryInvalid,
    RefreshReused,
    TotpEnrolled,
    TotpInvalid,
    TotpNotBegun,
    TotpRequired,
)
from platform_api.identity.factors import Second, SecondFactors
from platform_api.identity.given_role_routes import GIVEN_ROLE_ROUTES
from platform_api.identity.login_routes import LOGIN_ROUTES
from platform_api.identity.logins import Logins
from platform_api.identity.passkey_routes import ANSWER_BYTES, PASSKEY_ROUTES
from platform_api.identity.rebinding_routes import REBINDING_ROUTES, qr_svg
from platform_api.identity.role_routes import ROLE_ROUTES
from platform_api.identity.schemas import (
    Activation,
    Credentials,
    GuestView,
    Me,
    PasswordChange,
    PatientView,
    Refreshed,
    RefreshRequest,
    SignedIn,
    TotpConfirmation,
    TotpEnrolment,
    nodes_view,
    user_view,
)
from platform_api.identity.service import Accounts
from platform_api.identity.user_routes import USER_ROUTES
from platform_api.identity.visitor import visitor_of
from platform_api.kernel.errors import NotAuthenticated

TRY = Rate(60, 60)
"""Beside the judged attempts: how often an address may ask at all."""


async def log_in(call: Call[None, None, Credentials]) -> SignedIn:
    """Tokens for name, password and code; the refresh token also as a cookie."""
    body = call.body
    username = body.username.strip().lower()
    second = Second(totp=body.totp, recovery_code=body.recovery_code, passkey=body.passkey)
    accounts = call.services.get(Accounts)
    tokens = await accounts.log_in(username, body.password, second, visitor_of(call))
    return signed_in(call, tokens)


async def refresh(call: Call[None, None, RefreshRequest]) -> Refreshed:
    """A new pair for the refresh token of the body, or of the cookie together with `X-Scopecast: 1`."""
    token = call.body.refresh_token or kept_refresh(call, guest=call.body.guest, patient=call.body.patient)
    tokens = await call.services.get(Logins).refresh(token, address=call.caller.address)
    keep_refresh(call, tokens)
    user, guest, patient = tokens.login.user, tokens.login.guest, tokens.login.patient
    return Refreshed(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        expires_in=tokens.expires_in_s,
        user=user_view(user) if user else None,
        guest=GuestView(id=guest.id, name=guest.name, kind=guest.kind, session=guest.session)
        if guest
        else None,
        patient=PatientView(id=patient.id) if patient else None,
        must_change_password=user.must_change_password if user else False,
        must_enrol_totp=not user.totp_confirmed if user else False,
    )


async def log_out(call: Call[None, None, None]) -> None:
    """Ends this login everywhere it is used."""
    await call.services.get(Logins).log_out(call.asker, address=call.caller.address)
    drop_refresh(call, guest=call.asker.is_guest, patient=call.asker.is_patient)


async def activate(call: Call[None, None, Activation]) -> SignedIn:
    """Sets the own password by the one-time activation and signs in."""
    accounts = call.services.get(Accounts)
    tokens = await accounts.activate(call.body.token, call.body.new_password, visitor_of(call))
    return signed_in(call, tokens)


async def enrol_totp(call: Call[None, None, None]) -> TotpEnrolment:
    """A new secret for the authenticator, also as a QR code."""
    secret, uri = await call.services.get(SecondFactors).enrol_totp(call.asker)
    return TotpEnrolment(secret=secret, uri=uri, qr_svg=qr_svg(uri))


async def confirm_totp(call: Call[None, None, TotpConfirmation]) -> None:
    """Binds the authenticator by a code that it shows."""
    factors = call.services.get(SecondFactors)
    await factors.confirm_totp(call.asker, call.body.code, address=call.caller.address)


async def change_password(call: Call[None, None, PasswordChange]) -> None:
    """Sets another password; all other logins end."""
    accounts = call.services.get(Accounts)
    await accounts.change_password(call.asker, call.body.current, call.body.new, address=call.caller.address)


async def show_me(call: Call[None, None, None]) -> Me:
    """Who one is and what one may."""
    accounts, asker = call.services.get(Accounts), call.asker
    user = await accounts.me(asker)
    shown = user_view(user).model_copy(update={"permissions": sorted(asker.permissions)})
    return Me(
        user=shown, acting=asker.organisation or user.organisation, nodes=nodes_view(user, accounts.now())
    )


ROUTES = (
    Route(
        Method.POST,
        "/auth/login",
        log_in,
        permission=PUBLIC,
        summary="Signs in.",
        errors=(
            LoginFailed,
            TotpRequired,
            TotpInvalid,
            RecoveryInvalid,
            PasskeyInvalid,
            PasskeyOver,
            PasskeySuspended,
            AccountDisabled,
            Locked,
            ActivationInvalid,
            Busy,
        ),
        rate=TRY,
        max_body_bytes=ANSWER_BYTES,
    ),
    Route(
        Method.POST,
        "/auth/refresh",
        refresh,
        permission=PUBLIC,
        summary="Renews the tokens.",
        errors=(NotAuthenticated, RefreshReused, CsrfMissing),
        rate=Rate(240, 60),
        max_body_bytes=4096,
    ),
    Route(Method.POST, "/auth/logout", log_out, permission=ANYONE_KNOWN, summary="Signs out."),
    Route(
        Method.POST,
        "/auth/activate",
        activate,
        permission=PUBLIC,
        summary="Sets the own password at first use.",
        errors=(ActivationInvalid, PasswordWeak, Busy),
        rate=Rate(20, 60),
        max_body_bytes=4096,
    ),
    Route(
        Method.POST,
        "/auth/totp/enrol",
        enrol_totp,
        permission=ACTIVATING,
        summary="Begins to bind an authenticator.",
        errors=(TotpEnrolled,),
        rate=Rate(20, 60),
    ),
    Route(
        Method.POST,
        "/auth/totp/confirm",
        confirm_totp,
        permission=ACTIVATING,
        summary="Binds the authenticator.",
        errors=(TotpNotBegun, TotpEnrolled, TotpInvalid, Locked),
        rate=TRY,
    ),
    Route(
        Method.POST,
        "/auth/password",
        change_password,
        permission=ACTIVATING,
        summary="Sets another password.",
        errors=(PasswordWrong, PasswordWeak, Locked, Busy),
        rate=Rate(20, 60),
        max_body_bytes=4096,
    ),
    Route(Method.GET, "/auth/me", show_me, permission=ACTIVATING, summary="Shows who one is."),
    *PASSKEY_ROUTES,
    *LOGIN_ROUTES,
    *API_KEY_ROUTES,
    *CERTIFICATE_ROUTES,
    *USER_ROUTES,
    *DUTY_ROUTES,
    *GIVEN_ROLE_ROUTES,
    *ROLE_ROUTES,
    *REBINDING_ROUTES,
)
