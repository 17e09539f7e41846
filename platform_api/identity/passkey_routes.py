"""Passkeys and recovery codes over HTTP."""

from platform_api.http import PUBLIC, SIGNED_IN, Call, IdPath, Method, Rate, Route
from platform_api.identity.answers import signed_in
from platform_api.identity.errors import (
    AccountDisabled,
    ActivationInvalid,
    AddressTried,
    Busy,
    Locked,
    LoginFailed,
    PasskeyAddress,
    PasskeyInvalid,
    PasskeyKnown,
    PasskeyLimit,
    PasskeyOver,
    PasskeySuspended,
    PasswordWrong,
)
from platform_api.identity.passkey_schemas import (
    BrowserOptions,
    Factors,
    FirstFactor,
    PasskeyItem,
    PasskeyRegistration,
    PasskeySignIn,
    Proof,
    RecoveryCodesOnce,
    passkey_item,
)
from platform_api.identity.passkeys import Passkeys
from platform_api.identity.recovery import RecoveryCodes
from platform_api.identity.schemas import SignedIn
from platform_api.identity.service import Accounts
from platform_api.identity.visitor import visitor_of
from platform_api.kernel.errors import NotFound

ANSWER_BYTES = 16_384
TRY = Rate(60, 60)
WEIGHTY = Rate(20, 60)


async def begin_passkey_sign_in(call: Call[None, None, None]) -> BrowserOptions:
    """What the browser is to ask for: any passkey of ours on the device."""
    return BrowserOptions(options=await call.services.get(Passkeys).begin_sign_in(visitor_of(call)))


async def sign_in_by_passkey(call: Call[None, None, PasskeySignIn]) -> SignedIn:
    """Tokens for a passkey that knew its user: both factors at once."""
    return signed_in(call, await call.services.get(Passkeys).sign_in(call.body.answer, visitor_of(call)))


async def begin_passkey_second(call: Call[None, None, FirstFactor]) -> BrowserOptions:
    """What the browser is to ask for after the password: one of the account's passkeys."""
    body = call.body
    accounts = call.services.get(Accounts)
    username = body.username.strip().lower()
    return BrowserOptions(options=await accounts.begin_passkey(username, body.password, visitor_of(call)))


async def list_factors(call: Call[None, None, None]) -> Factors:
    """The own passkeys, and how many recovery codes still open."""
    mine = await call.services.get(Passkeys).mine(call.asker)
    left = await call.services.get(RecoveryCodes).left(call.asker)
    return Factors(passkeys=[passkey_item(item) for item in mine], recovery_codes_left=left)


async def begin_passkey(call: Call[None, None, Proof]) -> BrowserOptions:
    """What the browser is to ask for to make a new passkey, once the password is right."""
    passkeys = call.services.get(Passkeys)
    options = await passkeys.begin_registration(call.asker, call.body.password, visitor_of(call))
    return BrowserOptions(options=options)


async def register_passkey(call: Call[None, None, PasskeyRegistration]) -> PasskeyItem:
    """Keeps the new passkey under its name."""
    passkeys = call.services.get(Passkeys)
    made = await passkeys.register(call.asker, call.body.name, call.body.answer, visitor_of(call))
    return passkey_item(made)


async def remove_passkey(call: Call[IdPath, None, Proof]) -> None:
    """Takes a passkey away, once the password is right."""
    passkeys = call.services.get(Passkeys)
    await passkeys.remove(call.asker, call.path.id, call.body.password, visitor_of(call))


async def make_recovery_codes(call: Call[None, None, Proof]) -> RecoveryCodesOnce:
    """New recovery codes in place of the old; shown once."""
    recovery = call.services.get(RecoveryCodes)
    codes = await recovery.make(call.asker, call.body.password, visitor_of(call))
    return RecoveryCodesOnce(codes=[str(code) for code in codes])


JUDGED = (PasskeyInvalid, PasskeyOver, PasskeySuspended)
PROOF = (PasswordWrong, Locked, Busy)

PASSKEY_ROUTES = (
    Route(
        Method.POST,
        "/auth/passkey/begin",
        begin_passkey_sign_in,
        permission=PUBLIC,
        summary="Begins to sign in by a passkey.",
        errors=(PasskeyAddress,),
        rate=TRY,
    ),
    Route(
        Method.POST,
        "/auth/passkey/login",
        sign_in_by_passkey,
        permission=PUBLIC,
        summary="Signs in by a passkey.",
        errors=(*JUDGED, AccountDisabled, AddressTried),
        rate=TRY,
        max_body_bytes=ANSWER_BYTES,
    ),
    Route(
        Method.POST,
        "/auth/passkey/second",
        begin_passkey_second,
        permission=PUBLIC,
        summary="Begins to prove a passkey after the password.",
        errors=(
            LoginFailed,
            NotFound,
            PasskeyAddress,
            AccountDisabled,
            ActivationInvalid,
            Locked,
            AddressTried,
            Busy,
        ),
        rate=TRY,
        max_body_bytes=4096,
    ),
    Route(Method.GET, "/auth/factors", list_factors, permission=SIGNED_IN, summary="Lists second factors."),
    Route(
        Method.POST,
        "/auth/passkeys/begin",
        begin_passkey,
        permission=SIGNED_IN,
        summary="Begins to register a passkey.",
        errors=(*PROOF, PasskeyAddress, PasskeyLimit),
        rate=WEIGHTY,
        max_body_bytes=4096,
    ),
    Route(
        Method.POST,
        "/auth/passkeys",
        register_passkey,
        permission=SIGNED_IN,
        summary="Registers a passkey.",
        errors=(*JUDGED, PasskeyKnown, PasskeyLimit),
        status=201,
        rate=WEIGHTY,
        max_body_bytes=ANSWER_BYTES,
    ),
    Route(
        Method.POST,
        "/auth/passkeys/{id}/remove",
        remove_passkey,
        permission=SIGNED_IN,
        summary="Removes a passkey.",
        errors=(*PROOF, NotFound),
        rate=WEIGHTY,
        max_body_bytes=4096,
    ),
    Route(
        Method.POST,
        "/auth/recovery-codes",
        make_recovery_codes,
        permission=SIGNED_IN,
        summary="Makes new recovery codes.",
        errors=PROOF,
        rate=WEIGHTY,
        max_body_bytes=4096,
    ),
)
