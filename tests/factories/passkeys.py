"""A registered passkey that nobody holds."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from certportal.accounts.models import User


def add_passkey(person: User) -> Authenticator:
    return Authenticator.objects.create(
        user=person, type=Authenticator.Type.WEBAUTHN, data=_registration()
    )


def _registration() -> dict[str, Any]:
    """What the browser sends when a key is registered; nobody holds its private half."""
    secret = ec.derive_private_key(1, ec.SECP256R1())
    credential = AttestedCredentialData.create(
        bytes(16), b"credential", ES256.from_cryptography_key(secret.public_key())
    )
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(bytes(32), flags, 0, credential)
    attestation = AttestationObject.create("none", data, {})
    client = {"type": "webauthn.create", "challenge": "", "origin": "http://localhost"}
    return {
        "name": "Key",
        "credential": {
            "id": websafe_encode(credential.credential_id),
            "rawId": websafe_encode(credential.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": websafe_encode(json.dumps(client).encode()),
                "attestationObject": websafe_encode(bytes(attestation)),
            },
        },
    }
