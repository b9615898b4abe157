"""Checks a token of entitlements offline. Copy this file; it needs the package `cryptography` for Ed25519."""

import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class BadToken(Exception):
    """A token that must not be acted on."""


class UnknownKey(BadToken):
    """A token by a key that is not in the set: fetch the set again."""


def _decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def check(token, jwks, issuer, audience, now):
    """The claims of a token, or `BadToken`. The token's header picks a key that is known already, and nothing else."""
    try:
        signed, signature = token.rsplit(".", 1)
        header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        signature = _decoded(signature)
    except ValueError as error:
        raise BadToken("not of its form") from error
    if header.get("alg") != "EdDSA" or header.get("typ") != "entitlements+jwt" or len(header) != 3:
        raise BadToken("another kind of token")
    known = {key["kid"]: key for key in jwks["keys"] if key["kty"] == "OKP" and key["crv"] == "Ed25519"}
    if header.get("kid") not in known:
        raise UnknownKey(str(header.get("kid")))
    try:
        key = Ed25519PublicKey.from_public_bytes(_decoded(known[header["kid"]]["x"]))
        key.verify(signature, signed.encode())
    except InvalidSignature as error:
        raise BadToken("the signature does not hold") from error
    if claims["iss"] != issuer or claims["aud"] != audience:
        raise BadToken("by or for somebody else")
    if not claims["nbf"] - 60 <= now < claims["exp"]:
        raise BadToken("expired, or not good yet")
    return claims


def state(claims, now):
    """What holds of claims that were checked when they came, while Bonafide cannot be reached: `good` until they expire and
    for the grace after that, then `keep`, `deny_new` or `freeze`."""
    if now < claims["exp"] + claims["grace_seconds"]:
        return "good"
    return claims["on_unreachable"]
