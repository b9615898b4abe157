"""A billing hook: receives signed webhooks, checks them, and acts on each once.

    BONAFIDE_KEY=bf_… WEBHOOK_KEY=whsec_…|whpk_… billing_hook.py [PORT]

Billing is a JSON file here: an account that may not be provided to is not billed.
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

BASE = os.environ.get("BONAFIDE_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("BONAFIDE_KEY", "")
WEBHOOK_KEYS = os.environ.get("WEBHOOK_KEY", "").split()
STATE = os.environ.get("BILLING_STATE", "billing.json")
TOLERANCE_SECONDS = 300
BODY_MAX = 256 * 1024
LOCK = threading.Lock()


def is_signed(headers, body, now):
    """Whether one of our keys signed this very message, lately (Standard Webhooks)."""
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{name}.{stamp}.".encode() + body
    sent = [part.split(",", 1) for part in headers.get("webhook-signature", "").split(" ") if "," in part]
    return any(holds(key, scheme, text, signed) for key in WEBHOOK_KEYS for scheme, text in sent)


def holds(key, scheme, text, signed):
    """Whether one signature is of a key. The key decides the scheme, never the message."""
    kind, _, secret = key.partition("_")
    try:
        signature, secret = base64.b64decode(text, validate=True), base64.b64decode(secret, validate=True)
    except ValueError:
        return False
    if kind == "whsec" and scheme == "v1":
        return hmac.compare_digest(signature, hmac.digest(secret, signed, hashlib.sha256))
    if kind == "whpk" and scheme == "v1a":
        # Python's standard library has no Ed25519.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(secret).verify(signature, signed)
            return True
        except InvalidSignature:
            return False
    return False


def entitlements(account):
    """How the account stands now. An event is a hint to look: what it says may be older than what is true."""
    headers = {"Authorization": f"Bearer {KEY}"}
    request = urllib.request.Request(f"{BASE}/v1/accounts/{account}/entitlements", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def act(name, event):
    """Acts on an event once: it may come again, since a message is sent until it is known to have arrived."""
    with LOCK:
        state = {"seen": [], "billed": {}}
        if os.path.exists(STATE):
            with open(STATE, encoding="utf-8") as file:
                state = json.load(file)
        if name in state["seen"]:
            return "seen before"
        account = event.get("data", {}).get("account")
        if event["type"] in ("decision.changed", "entitlements.changed") and account:
            state["billed"][account] = entitlements(account)["entitlements"]["provision"]
        # Remembered only after it was acted on, and for longer than anybody tries.
        state["seen"] = state["seen"][-10_000:] + [name]
        with open(STATE + ".new", "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.replace(STATE + ".new", STATE)
        return "done"


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_MAX:
            return self.answer(413, "too large")
        body = self.rfile.read(length)
        if not is_signed(self.headers, body, time.time()):
            return self.answer(401, "not signed by a key that is known")
        try:
            self.answer(200, act(self.headers["webhook-id"], json.loads(body)))
        except (OSError, urllib.error.HTTPError):
            # Not acted on: whoever sent it tries again.
            self.answer(503, "try again")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Bodies and accounts do not go to a log."""


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 8001), Hook)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
