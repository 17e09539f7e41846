"""The one importer of the WebAuthn library: what authenticators are asked, and what their answers prove."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from platform_api.identity.errors import PasskeyInvalid
from platform_api.identity.relying_party import RelyingParty

NAME = "Scopecast"
TIMEOUT_MS = 5 * 60_000
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a new key's answer proves."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backed_up: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a known key's answer proves: its counter, and whether it knew its user (PIN, finger, face)."""

    sign_count: int
    user_verified: bool


def ask_to_register(
    party: RelyingParty, *, challenge: bytes, user: str, username: str, name: str, known: Sequence[bytes]
) -> dict[str, Any]:
    """Options for the browser to make a key that can sign in by itself."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=NAME,
        user_id=user.encode(),
        user_name=username,
        user_display_name=name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=item) for item in known],
    )
    return _plain(webauthn.options_to_json(options))


def ask_to_prove(
    party: RelyingParty, *, challenge: bytes, known: Sequence[bytes], verified: bool
) -> dict[str, Any]:
    """Options for the browser to sign with a key: any of ours on the device, or one of the `known`."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=item) for item in known] or None,
        user_verification=UserVerificationRequirement.REQUIRED
        if verified
        else UserVerificationRequirement.PREFERRED,
    )
    return _plain(webauthn.options_to_json(options))


def challenge_of(answer: Json) -> bytes:
    """The challenge that the answer says it signed, not proved yet; raises PasskeyInvalid."""
    try:
        return parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"])).challenge
    except (WebAuthnException, KeyError, TypeError, ValueError) as error:
        raise PasskeyInvalid from error


def credential_of(answer: Json) -> bytes:
    """The key that the answer says it comes from, not proved yet; raises PasskeyInvalid."""
    try:
        return base64url_to_bytes(answer["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise PasskeyInvalid from error


def check_registration(answer: Json, *, party: RelyingParty, challenge: bytes) -> Registered:
    """The new key; raises PasskeyInvalid."""
    try:
        proved = webauthn.verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
        )
        transports = answer["response"].get("transports") or []
    except (WebAuthnException, KeyError, TypeError, ValueError, AttributeError) as error:
        raise PasskeyInvalid from error
    return Registered(
        credential_id=proved.credential_id,
        public_key=proved.credential_public_key,
        sign_count=proved.sign_count,
        backed_up=proved.credential_backed_up,
        transports=tuple(str(item)[:20] for item in transports[:8]),
    )


def check_proof(
    answer: Json, *, party: RelyingParty, challenge: bytes, public_key: bytes, verified: bool
) -> Proved:
    """What the answer of a known key proves; raises PasskeyInvalid. The counter is judged by the store."""
    try:
        proved = webauthn.verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=verified,
        )
    except (WebAuthnException, KeyError, TypeError, ValueError, AttributeError) as error:
        raise PasskeyInvalid from error
    return Proved(sign_count=proved.new_sign_count, user_verified=proved.user_verified)


def _plain(text: str) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(text)
    return options
