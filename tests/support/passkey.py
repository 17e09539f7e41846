"""A software authenticator: real keys and signatures, with the faults that a real one must never have."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

from tests.support.platform import Person

AT = {"Host": "localhost:8080"}
ORIGIN = "http://localhost:8080"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(slots=True)
class Authenticator:
    """One device with one key; `counter` as the next answer will say it."""

    origin: str
    user_verified: bool = True
    counts: bool = True
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: str | None = None

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        """What the browser hands back for `navigator.credentials.create(options)`."""
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(options["rp"]["id"], ATTESTED) + attested + encode_cbor(public)
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": self._client("webauthn.create", options["challenge"]),
            "attestationObject": encoded(attestation),
            "transports": ["internal"],
        }
        return self._answer(response)

    def prove(self, options: dict[str, Any]) -> dict[str, Any]:
        """What the browser hands back for `navigator.credentials.get(options)`."""
        data = self._data(options["rpId"], 0)
        client = self._client("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(decoded(client)).digest()
        response = {
            "clientDataJSON": client,
            "authenticatorData": encoded(data),
            "signature": encoded(self.key.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": self.user,
        }
        return self._answer(response)

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = encoded(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _data(self, relying_party: str, flags: int) -> bytes:
        self.counter += self.counts
        flags |= PRESENT | (VERIFIED if self.user_verified else 0)
        named = hashlib.sha256(relying_party.encode()).digest()
        return named + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> str:
        data = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return encoded(json.dumps(data).encode())


async def register(person: Person, device: Authenticator, name: str = "手机") -> tuple[int, Any]:
    """What the platform answers to a new passkey of this person, and with which status."""
    begun = await person.client.post(
        "/api/v1/auth/passkeys/begin", json={"password": person.password}, headers=person.headers | AT
    )
    assert begun.status == 200, await begun.text()
    body = {"name": name, "answer": device.register((await begun.json())["options"])}
    made = await person.client.post("/api/v1/auth/passkeys", json=body, headers=person.headers | AT)
    return made.status, await made.json()
