# SPDX-License-Identifier: Apache-2.0
"""The control interface: JSON over HTTP on a unix socket that only its owner can open.

    GET    /state               what happened, what is there (World.snapshot)
    POST   /reset               everything as at the start
    POST   /configure {…}       how it behaves (world.SETTINGS)
    POST   /put       {…}       what is there (World.put)
    POST   /faults    [{…}, …]  adds faults (faults.py); DELETE takes all of them out
    DELETE /requests            forgets what happened so far
"""

import contextlib
import http.server
import json
import os
import socketserver
import threading


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
        action = ACTIONS.get((self.command, self.path))
        if action is None:
            self._reply(404, {"error": "no such path; see tests/rancher/control.py"})
            return
        try:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            self._reply(200, action(self.server.world, body) or {})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._reply(400, {"error": str(error)})

    do_POST = do_DELETE = do_GET

    def _reply(self, status, data):
        text = json.dumps(data, indent=2).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def address_string(self):
        return "control"

    def log_message(self, *_):
        pass


ACTIONS = {
    ("GET", "/state"): lambda world, body: world.snapshot(),
    ("POST", "/reset"): lambda world, body: world.reset(),
    ("POST", "/configure"): lambda world, body: world.configure(body),
    ("POST", "/put"): lambda world, body: world.put(body),
    ("POST", "/faults"): lambda world, body: world.add_faults(body),
    ("DELETE", "/faults"): lambda world, body: world.faults.clear(),
    ("DELETE", "/requests"): lambda world, body: world.requests.clear(),
}
