# SPDX-License-Identifier: Apache-2.0
"""The control interface: JSON over HTTP on a unix socket that only its owner can open.

    GET    /state              counters, last requests (World.snapshot)
    POST   /reset              everything as at the start
    POST   /faults  [{…}, …]   adds faults (faults.py); DELETE takes all of them out
    POST   /clock   {"seconds": 3600}           how far ahead its clock is
    POST   /life    {"seconds": 43200}          of tokens issued from now on
    POST   /keys    {"keys": [{…}], "keep": b}  the access keys (world.Key)
    POST   /services/NAME  {…}                  what that service understands (services/NAME.py)

    curl --unix-socket SOCK http://localhost/state
"""

import contextlib
import http.server
import json
import os
import socketserver
import threading

from aws.services import SERVICES
from aws.world import Key


def serve(path, world):
    """Listens at path; returns at once."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    before = os.umask(0o177)
    try:
        server = _Server(path, world)
    finally:
        os.umask(before)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path, world):
        super().__init__(path, _Handler)
        self.world = world


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self._handle()

    do_POST = do_DELETE = do_GET

    def _handle(self):
        action = ACTIONS.get((self.command, self.path))
        if action is None:
            self._reply(404, {"error": "no such path; see tests/aws/control.py"})
            return
        try:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            self._reply(200, action(self.server.world, body) or {})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._reply(400, {"error": str(error)})

    def _reply(self, status, data):
        text = json.dumps(data, indent=2, ensure_ascii=False).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self):
        return "control"

    def log_message(self, *_):
        pass


def _set_clock(world, body):
    world.shift = float(body["seconds"])


def _set_life(world, body):
    world.life = float(body["seconds"])


def _set_keys(world, body):
    world.set_keys([Key.from_json(key) for key in body["keys"]], bool(body.get("keep")))


def _clear_faults(world, body):
    world.faults = []


ACTIONS = {
    ("GET", "/state"): lambda world, body: world.snapshot(),
    ("POST", "/reset"): lambda world, body: world.reset(),
    ("POST", "/faults"): lambda world, body: world.add_faults(body),
    ("DELETE", "/faults"): _clear_faults,
    ("POST", "/clock"): _set_clock,
    ("POST", "/life"): _set_life,
    ("POST", "/keys"): _set_keys,
    **{("POST", f"/services/{service.NAME}"): service.configure
       for service in SERVICES if hasattr(service, "configure")},
}
