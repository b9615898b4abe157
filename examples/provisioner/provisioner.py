"""A provisioner: asks whether an order may go ahead, and applies what the account is entitled to.

    provisioner.py order ACCOUNT PRODUCT     ask, and create an instance if the answer is yes
    provisioner.py tick                      once a minute: fetch tokens anew, do what they say if that cannot be done

The machines are a JSON file here; put your hypervisor in place of `create` and `apply`.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

import entitlements

BASE = os.environ.get("BONAFIDE_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("BONAFIDE_KEY", "")
STATE = os.environ.get("PROVISIONER_STATE", "machines.json")
AUDIENCE = "provisioner"
PRICE_MINOR = 500


class Unreachable(Exception):
    """Bonafide did not answer, or could not."""


def ask(path, body=None):
    """Asks Bonafide. Whatever is no answer is `Unreachable`, or the program ends: never a yes."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(BASE + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as problem:
        if problem.code >= 500:
            raise Unreachable(str(problem)) from problem
        raise SystemExit(f"asked wrongly: {problem.read().decode()}") from problem
    except OSError as error:
        raise Unreachable(str(error)) from error


def checked(token, keys):
    """The claims of a token by a key that is known, fetching the keys again if it is not."""
    try:
        return entitlements.check(token, keys["jwks"], keys["issuer"], AUDIENCE, time.time())
    except entitlements.UnknownKey:
        keys["jwks"] = ask(f"/.well-known/bonafide/{keys['issuer'].rsplit(':', 1)[1]}/jwks.json")
        return entitlements.check(token, keys["jwks"], keys["issuer"], AUDIENCE, time.time())


def order(state, account, product):
    machine = state["accounts"].setdefault(account, {"instances": 0, "spent": 0, "runs": True})
    body = {
        "account": account, "product": product, "quantity": 1, "token": True,
        "price": {"currency": "USD", "minor": PRICE_MINOR},
        "in_use": {
            "instances": machine["instances"],
            "spend": [{"currency": "USD", "minor": machine["spent"]}],
        },
    }
    try:
        answer = ask("/v1/orders/authorize", body)
    except Unreachable:
        # The last token says whether anything new may be provided without asking.
        if new_allowed(machine, product):
            create(machine)
            print("provided on the last token")
        else:
            print("not provided: Bonafide cannot be reached")
        return
    if answer.get("token"):
        machine["token"] = answer["token"]
        machine["claims"] = checked(answer["token"], state["keys"])
    if answer["outcome"] not in ("allowed", "allowed_with_limits"):
        steps = [step["title"] for step in (answer.get("plan") or {}).get("steps", [])]
        print(f"not provided: {answer['outcome']}; next: {', '.join(steps) or 'nothing'}")
        return
    if answer["basis"] != "recorded":
        print("not provided: open an account for this product first")
        return
    create(machine)
    apply(machine, answer["limits"])
    print(f"provided: {answer['outcome']}")


def new_allowed(machine, product):
    """Whether an order may go ahead on the last token alone, while Bonafide cannot be asked."""
    claims = machine.get("claims")
    if not claims or claims["product"] != product or not claims["entitlements"]["provision"]:
        return False
    if entitlements.state(claims, time.time()) not in ("good", "keep"):
        return False
    limits = claims["entitlements"]
    within = limits.get("instances_max") is None or machine["instances"] < limits["instances_max"]
    caps = {cap["currency"]: cap["minor"] for cap in limits["spend_caps"]}
    return within and machine["spent"] + PRICE_MINOR <= caps.get("USD", machine["spent"] + PRICE_MINOR)


def tick(state):
    for account, machine in state["accounts"].items():
        try:
            token = ask(f"/v1/accounts/{account}/entitlements/token")["token"]
            machine["token"], machine["claims"] = token, checked(token, state["keys"])
            machine["runs"] = machine["claims"]["entitlements"]["provision"]
            apply(machine, machine["claims"]["entitlements"])
            print(f"{account}: runs" if machine["runs"] else f"{account}: stopped")
        except Unreachable:
            claims = machine.get("claims")
            says = entitlements.state(claims, time.time()) if claims else "deny_new"
            if says == "freeze":
                machine["runs"] = False
            print(f"{account}: Bonafide cannot be reached: {says}")


def create(machine):
    machine["instances"] += 1
    machine["spent"] += PRICE_MINOR


def apply(machine, limits):
    machine["closed_ports"] = limits["blocked_ports"]
    machine["mbps"] = limits.get("bandwidth_mbps_max")


def main(arguments):
    state = {"accounts": {}, "keys": {"issuer": os.environ.get("BONAFIDE_ISSUER", ""), "jwks": {"keys": []}}}
    if os.path.exists(STATE):
        with open(STATE, encoding="utf-8") as file:
            state = json.load(file)
    if arguments[:1] == ["order"] and len(arguments) == 3:
        order(state, *arguments[1:])
    elif arguments == ["tick"]:
        tick(state)
    else:
        raise SystemExit(__doc__)
    with open(STATE, "w", encoding="utf-8") as file:
        json.dump(state, file, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
