"""Refusals of identity.

AppError
 |- NotAuthenticated: LoginFailed TotpRequired TotpInvalid RecoveryInvalid PasskeyInvalid LoginOver
 |                    RefreshReused
 |- Refused:          AccountDisabled CsrfMissing PasswordWrong CodeWrong OwnAccount PasskeySuspended
 |                    DutyHolderKept RebindingWrong
 |- Locked (423), Busy (503), AddressTried (429)
 |- PasswordWeak GivenPeriod RolePermission (422), ActivationInvalid PasskeyOver RebindingOver (410)
 |- UsernameTaken TotpEnrolled TotpNotBegun PasskeyAddress PasskeyKnown PasskeyLimit DutyHeld DutyApart
 |  GivenTwice RoleName RoleChanged RoleLimit (409)
 '- Invitation: Invalid (404) Expired Revoked (410) Used (409) Locked (423)
"""

from platform_api.kernel.errors import (
    AppError,
    Conflict,
    Gone,
    NotAuthenticated,
    NotFound,
    Refused,
    TooMany,
    Unavailable,
)


class LoginFailed(NotAuthenticated):
    """Name or password is wrong; which of them is not told."""

    code = "auth.failed"


class TotpRequired(NotAuthenticated):
    """The password is right, the second factor is missing."""

    code = "auth.totp_required"


class TotpInvalid(NotAuthenticated):
    """The second factor is wrong or was used."""

    code = "auth.totp_invalid"


class LoginOver(NotAuthenticated):
    """The login ended."""

    code = "auth.session_ended"


class RefreshReused(NotAuthenticated):
    """A refresh token came a second time: its login was ended."""

    code = "auth.refresh_reused"


class AccountDisabled(Refused):
    """An administrator disabled the account."""

    code = "auth.disabled"


class CsrfMissing(Refused):
    """A cookie came without the header that a foreign page cannot send."""

    code = "auth.csrf"


class PasswordWrong(Refused):
    """The present password is wrong."""

    code = "password.wrong"


class OwnAccount(Refused):
    """Nobody may do this to themselves."""

    code = "users.self"


class Locked(AppError):
    """Too many attempts were judged for this account."""

    code = "auth.locked"
    status_hint = 423


class AddressTried(TooMany):
    """Too many attempts were judged from this address."""

    code = "rate.exceeded"


class Busy(Unavailable):
    """The queue of passwords to check is full."""

    code = "auth.busy"


class PasswordWeak(AppError):
    """The new password is too short, too long, too common or the old one; the code says which."""

    code = "password.too_short"
    status_hint = 422


class ActivationInvalid(Gone):
    """The activation was used, replaced, or is too old."""

    code = "auth.activation_invalid"


class UsernameTaken(Conflict):
    """Another account has the name."""

    code = "users.username_taken"


class TotpEnrolled(Conflict):
    """An authenticator is bound already."""

    code = "auth.totp_enrolled"


class TotpNotBegun(Conflict):
    """There is no secret to confirm."""

    code = "auth.totp_not_begun"


class InvitationInvalid(NotFound):
    """No such invitation."""

    code = "invitation.invalid"


class InvitationExpired(Gone):
    """Its time is over."""

    code = "invitation.expired"


class InvitationRevoked(Gone):
    """It was withdrawn."""

    code = "invitation.revoked"


class InvitationUsed(Conflict):
    """Its code was redeemed."""

    code = "invitation.used"


class InvitationLocked(AppError):
    """Its code was guessed at too often."""

    code = "invitation.locked"
    status_hint = 423


class CodeWrong(Refused):
    """The one-time code is wrong."""

    code = "invitation.code_wrong"


class RecoveryInvalid(NotAuthenticated):
    """The recovery code is wrong or was used."""

    code = "auth.recovery_invalid"


class PasskeyInvalid(NotAuthenticated):
    """The passkey's answer proves nothing: another page, another key, not verified, or altered."""

    code = "passkey.invalid"


class PasskeyOver(Gone):
    """What the passkey answered to was used, or is too old."""

    code = "passkey.over"


class PasskeySuspended(Refused):
    """The passkey's counter went backwards: a copy of it is about."""

    code = "passkey.suspended"


class DutyHeld(Conflict):
    """The account holds a duty already: none holds two."""

    code = "duties.held"


class DutyApart(Conflict):
    """Who keeps accounts holds no duty, and the other way round."""

    code = "duties.apart"


class GivenPeriod(AppError):
    """A given role's period ends before it begins, or is longer than any may be; or there are too many."""

    code = "given.period"
    status_hint = 422


class GivenTwice(Conflict):
    """The same role at the same node is given for a part of this period already."""

    code = "given.twice"


class DutyHolderKept(Refused):
    """The account of who holds a duty is kept by the security administrator alone."""

    code = "duties.kept"


class PasskeyAddress(Conflict):
    """No passkey can be used at the address by which the page was opened."""

    code = "passkey.address"


class PasskeyKnown(Conflict):
    """The passkey is registered already."""

    code = "passkey.known"


class PasskeyLimit(Conflict):
    """There are as many passkeys as one account may have."""

    code = "passkey.limit"


class ApiKeyScope(AppError):
    """A key was to carry a right that its maker lacks or no key may carry, or to live too long."""

    code = "api_key.scope"
    status_hint = 422


class ApiKeyLimit(Conflict):
    """There are as many keys as one user may have."""

    code = "api_key.limit"


class ApiKeyQuota(TooMany):
    """The key's calls of this minute or day are used up."""

    code = "api_key.quota"


class CertificateMissing(NotAuthenticated):
    """No certificate that a proxy of ours vouches for came with the call."""

    code = "certificate.missing"


class CertificateUnknown(NotAuthenticated):
    """The certificate is bound to no account."""

    code = "certificate.unknown"


class CertificateKnown(Conflict):
    """The certificate is bound already."""

    code = "certificate.known"


class CertificateLimit(Conflict):
    """There are as many certificates as one account may have."""

    code = "certificate.limit"


class RolePermission(AppError):
    """A role was to carry what its maker may not hand out, or what a duty is for."""

    code = "roles.permission"
    status_hint = 422


class RoleName(Conflict):
    """Another role of this organisation has the name."""

    code = "roles.name"


class RoleChanged(Conflict):
    """The role was changed after it was shown."""

    code = "roles.changed"


class RoleLimit(Conflict):
    """The organisation has as many roles of its own as it may have."""

    code = "roles.limit"


class RebindingOver(Gone):
    """The change of the authenticator was begun too long ago, elsewhere, or is done."""

    code = "totp.over"


class RebindingWrong(Refused):
    """The code of the present or of the new authenticator is wrong; the login itself goes on."""

    code = "totp.wrong"
