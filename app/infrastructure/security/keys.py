"""Signing keys: P-256 pairs whose private part is stored only encrypted."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from jwt.algorithms import ECAlgorithm

from app.application.auth.ports import KeyPair

_NONCE_BYTES = 12


class KeyUnreadable(Exception):
    """The private part was encrypted under another secret key, or was tampered with."""


class KeyBox:
    """Makes key pairs, and opens private parts, under a key derived from the server's secret."""

    def __init__(self, secret: bytes) -> None:
        derived = HKDF(
            algorithm=hashes.SHA256(), length=32, salt=None, info=b"stockbook signing keys"
        ).derive(secret)
        self._cipher = AESGCM(derived)

    def make(self) -> KeyPair:
        private = generate_private_key(SECP256R1())
        public_jwk = _public_jwk(private.public_key())
        kid = _thumbprint(public_jwk)
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        nonce = os.urandom(_NONCE_BYTES)
        # The kid is bound in: a private part cannot be moved to another row.
        box = nonce + self._cipher.encrypt(nonce, der, kid.encode())
        return KeyPair(
            kid=kid,
            public_jwk={**public_jwk, "kid": kid, "use": "sig", "alg": "ES256"},
            private_box=box,
        )

    def open(self, box: bytes, *, kid: str) -> EllipticCurvePrivateKey:
        nonce, sealed = box[:_NONCE_BYTES], box[_NONCE_BYTES:]
        try:
            der = self._cipher.decrypt(nonce, sealed, kid.encode())
        except InvalidTag:
            raise KeyUnreadable(
                f"Signing key {kid} cannot be decrypted: STOCKBOOK_SECRET_KEY is not the one "
                "that it was made under."
            ) from None
        key = load_der_private_key(der, password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise KeyUnreadable(f"Signing key {kid} is of the wrong kind.")
        return key


def public_key(jwk: Mapping[str, str]) -> EllipticCurvePublicKey:
    key = ECAlgorithm.from_jwk(json.dumps({name: jwk[name] for name in ("kty", "crv", "x", "y")}))
    if not isinstance(key, EllipticCurvePublicKey):
        raise KeyUnreadable("A public key in the database is of the wrong kind.")
    return key


def _public_jwk(key: EllipticCurvePublicKey) -> dict[str, str]:
    jwk = ECAlgorithm.to_jwk(key, as_dict=True)
    return {name: str(jwk[name]) for name in ("crv", "kty", "x", "y")}


def _thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the RFC 7638 thumbprint: required members, sorted, without spaces."""
    canonical = json.dumps(dict(sorted(jwk.items())), separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
