"""A sign-up page: a form, `POST /v1/sign-ups`, and what is still missing, in the words of the plan.

    BONAFIDE_KEY=bf_… sign_up_page.py [PORT]
"""

import html
import http.server
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid

BASE = os.environ.get("BONAFIDE_URL", "http://127.0.0.1:8080")
KEY = os.environ.get("BONAFIDE_KEY", "")

FORM = """<!doctype html><meta charset=utf-8><title>Sign up</title><h1>Sign up</h1>
<form method=post><input type=hidden name=once value="{once}">
<p><label>Name <input name=legal_name required autocomplete=name></label>
<p><label>E-mail <input name=email type=email required autocomplete=email></label>
<p><label>Country where you are (two letters) <input name=present_location required pattern="[A-Z]{{2}}"></label>
<p><button>Order a small server</button></form>"""
FIELDS = ("legal_name", "email", "present_location")


def sign_up(form):
    """Opens the account. The key of the form makes a form that is sent twice open one account."""
    claims = [{"attribute": name, "value": form[name]} for name in FIELDS if form.get(name)]
    body = {
        "account": {"product": "vps-small"},
        "parties": [{"ref": "applicant", "kind": "person", "claims": claims}],
        "roles": [{"party": "applicant", "kind": "holder"}],
    }
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "application/json",
        "Idempotency-Key": form.get("once") or str(uuid.uuid4()),
    }
    data = json.dumps(body).encode()
    request = urllib.request.Request(BASE + "/v1/sign-ups", data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def page_for(answer):
    """What the applicant reads: never the reasons, which are for staff, but what to do next."""
    assessment = answer["assessment"]
    steps = [step for step in assessment["plan"]["steps"] if not step["automatic"]]
    asked = "".join(f"<li>{html.escape(step['title'])}" for step in steps)
    if assessment["decision"] == "approve":
        text = "<p>Your server is being made."
    elif assessment["decision"] == "provisional" and assessment["entitlements"]["provision"]:
        text = f"<p>Your server is being made, with limits until you have done this:<ul>{asked}</ul>"
    elif assessment["decision"] == "refuse":
        text = "<p>We cannot open this account. You may ask us to look at it again."
    else:
        text = f"<p>One moment more: we need this first.<ul>{asked}</ul>"
    return f"<!doctype html><meta charset=utf-8><title>Thank you</title><h1>Thank you</h1>{text}<p>{answer['account']}"


def page_of_mistakes(problem):
    """Mistakes by field, so that they can be mended."""
    told = problem.get("errors") or [{"field": "", "message": problem["title"]}]
    items = "".join(f"<li>{html.escape(error['message'])}" for error in told)
    return f"<!doctype html><meta charset=utf-8><title>Not yet</title><h1>Please look again</h1><ul>{items}</ul>"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send(200, FORM.format(once=uuid.uuid4()))

    def do_POST(self):
        length = min(int(self.headers.get("Content-Length", 0)), 10_000)
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        try:
            self.send(200, page_for(sign_up(form)))
        except urllib.error.HTTPError as error:
            self.send(422 if error.code == 422 else 503, page_of_mistakes(json.load(error)))
        except OSError:
            self.send(503, page_of_mistakes({"title": "We cannot take sign-ups just now. Try again in a minute."}))

    def send(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing about anybody goes to a log."""


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 8000), Page)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
