"""Our tokens, read by PyJWT, and forgeries made with it.

    tokens.py TOKEN JWKS-FILE ISSUER AUDIENCE FOLDER-OF-THE-EXAMPLE

Checks the token with PyJWT and the example, and prints forgeries, which both must have refused, one a line as `NAME TOKEN`.
"""

import json
import sys
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

token, jwks_file, issuer, audience, folder = sys.argv[1:]
sys.path.insert(0, folder)
import entitlements  # noqa: E402

with open(jwks_file, encoding="utf-8") as file:
    jwks = json.load(file)


def read(token, issuer=issuer, audience=audience, leeway=0):
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(key for key in jwt.PyJWKSet.from_dict(jwks).keys if key.key_id == kid)
    required = {"require": ["iss", "aud", "sub", "iat", "nbf", "exp", "jti"]}
    return jwt.decode(token, key, algorithms=["EdDSA"], issuer=issuer, audience=audience, leeway=leeway, options=required)


def refused(work):
    try:
        work()
    except (jwt.InvalidTokenError, entitlements.BadToken, StopIteration, KeyError):
        return True
    return False


header = jwt.get_unverified_header(token)
assert header == {"alg": "EdDSA", "kid": header["kid"], "typ": "entitlements+jwt"}, header
claims = read(token)
assert entitlements.check(token, jwks, issuer, audience, time.time()) == claims
life = claims["exp"] - int(time.time()) + 2
assert refused(lambda: read(token, leeway=-life)), "expired"
assert refused(lambda: entitlements.check(token, jwks, issuer, audience, time.time() + life)), "expired"
assert refused(lambda: read(token, issuer="urn:other")), "issuer"
assert refused(lambda: read(token, audience="other")), "audience"

generous = {**claims, "entitlements": {"provision": True, "blocked_ports": [], "spend_caps": []}}
named = {"kid": header["kid"], "typ": header["typ"]}
stranger = Ed25519PrivateKey.generate()
signed, signature = token.rsplit(".", 1)
body = jwt.utils.base64url_encode(json.dumps(generous).encode()).decode()
ours = next(key for key in jwt.PyJWKSet.from_dict(jwks).keys if key.key_id == header["kid"]).key
raw = ours.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
x = next(key["x"] for key in jwks["keys"] if key["kid"] == header["kid"]).encode()
forgeries = {
    "tampered": f"{signed.split('.')[0]}.{body}.{signature}",
    "wrong-key": jwt.encode(generous, stranger, algorithm="EdDSA", headers=named),
    "none": jwt.encode(generous, None, algorithm="none", headers=named),
    "none-signed": jwt.encode(generous, None, algorithm="none", headers=named) + signature,
    "hmac-raw": jwt.encode(generous, raw, algorithm="HS256", headers=named),
    "hmac-text": jwt.encode(generous, x.ljust(32), algorithm="HS256", headers=named),
    "unnamed": jwt.encode(generous, stranger, algorithm="EdDSA", headers={"typ": header["typ"]}),
    "cut": token[:-1],
}
for name, forged in forgeries.items():
    assert refused(lambda forged=forged: read(forged)), name
    assert refused(lambda forged=forged: entitlements.check(forged, jwks, issuer, audience, time.time())), name
    print(name, forged)
