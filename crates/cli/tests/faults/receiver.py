"""Receives webhooks, checks them with other people's code, and writes each down before it says that it has it."""

import http.server
import os
import socketserver
import sys

from standardwebhooks import Webhook

port, secret, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
webhook = Webhook(secret)
log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = webhook.verify(body, {k.lower(): v for k, v in self.headers.items()})
            account = event["data"].get("account", "-")
            line = f"{self.headers['webhook-id']} {account} {event['sequence']} {event['type']}\n"
        except Exception as error:
            line = f"BAD {error!r}\n"
        os.write(log, line.encode())
        os.fsync(log)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """Whoever sent was killed."""


Server(("127.0.0.1", port), Handler).serve_forever()
