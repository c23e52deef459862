# SPDX-License-Identifier: Apache-2.0
"""Sockets, TLS and HTTP; from a path to the generation it belongs to."""

import base64
import contextlib
import http.server
import json
import os
import ssl
import threading
import time
import traceback
from urllib.parse import parse_qsl, unquote, urlsplit

from rancher import rancher_v1, rancher_v2
from rancher.faults import HTML
from rancher.rancher_v1 import Refused

MAX_BODY = 1024 * 1024


def serve(world, address, tls=None):
    """Listens at (host, port); returns at once. tls: (certificate file, key file)."""
    server = _Server(address, _Handler)
    server.world, server.scheme = world, "http"
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
        server.scheme = "https"
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # the client closed the connection


class _Request:
    """One parsed request."""

    def __init__(self, world, scheme, method, path, headers, data):
        parts = urlsplit(path)
        self.world, self.method, self.path, self.scheme = world, method, path, scheme
        self.bare_path = parts.path
        self.words = [unquote(word) for word in parts.path.split("/") if word]
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.base = world.settings["public_url"] or f"{scheme}://{headers.get('Host')}"
        self.data = data
        self.basic = self.bearer = None
        kind, _, rest = (headers.get("Authorization") or "").partition(" ")
        if kind == "Basic":
            with contextlib.suppress(ValueError):
                self.basic = tuple(base64.b64decode(rest).decode().split(":", 1))
        elif kind == "Bearer":
            self.bearer = tuple(rest.split(":", 1))

    @property
    def body(self):
        return rancher_v1.parse_body(self.data)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        world = self.server.world
        size = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(min(size, MAX_BODY))
        request = _Request(world, self.server.scheme, self.command, self.path, self.headers, data)
        fault = world.take_fault(self.command, self.path)
        status, body, more = self._reply(request, fault)
        self._record(request, status, fault)
        self._send(status, body, more, fault)

    do_POST = do_PUT = do_DELETE = do_GET

    def _reply(self, request, fault):
        """(status, body, headers)"""
        if fault and fault.kind == "status":
            return self._status(request, fault)
        if fault and fault.kind == "redirect":
            return fault.fields["status"], b"", {"Location": fault.fields["location"]}
        if fault and fault.kind == "garbage":
            return 200, os.urandom(2000), {}
        if fault and fault.kind in ("huge", "no_reply"):
            return 200, b"", {}
        status, body, more = self._correct_reply(request)
        if fault and fault.kind == "lost":
            return fault.fields["status"], b"", {}
        if fault and fault.kind == "truncated":
            body = body[:len(body) // 2]
        return status, body, more

    def _status(self, request, fault):
        status, kind = fault.fields["status"], fault.fields["body"]
        if kind == "html":
            return status, HTML % (status, status), {"Content-Type": "text/html"}
        if kind == "empty":
            return status, b"", {}
        return self._refusal(request, Refused(status, fault.fields["code"]))

    def _correct_reply(self, request):
        world = request.world
        module = rancher_v1 if world.settings["generation"] == 1 else rancher_v2
        try:
            with world.lock:
                if not request.words:
                    status, body = module.root(request)
                elif (request.words[0] in rancher_v1.VERSIONS) == (module is rancher_v1):
                    status, body = module.reply(request)
                else:
                    raise Refused(404, "Not Found")
                return status, json.dumps(body).encode(), {"Content-Type": "application/json"}
        except Refused as refused:
            return self._refusal(request, refused)
        except Exception:
            world.problem(f"the simulator failed: {traceback.format_exc()}")
            return 500, b"", {}

    @staticmethod
    def _refusal(request, refused):
        first = request.world.settings["generation"] == 1
        body = (rancher_v1 if first else rancher_v2).error(refused)
        more = {"Content-Type": "application/json"}
        if refused.status == 401 and first:
            more["WWW-Authenticate"] = rancher_v1.CHALLENGE
        return refused.status, json.dumps(body).encode(), more

    def _record(self, request, status, fault):
        names = []
        if request.data:
            with contextlib.suppress(ValueError, AttributeError):
                names = sorted(json.loads(request.data))
        request.world.record(method=request.method, path=request.path, status=status,
                             scheme=request.scheme, body=names,
                             key=(request.basic or request.bearer or ("",))[0],
                             agent=self.headers.get("User-Agent"),
                             fault=fault.kind if fault else "")

    def _send(self, status, body, more, fault):
        kind = fault.kind if fault else ""
        if kind == "no_reply":
            self._wait(60)
        if kind == "delay":
            self._wait(fault.fields["seconds"])
        if kind == "no_reply" or (kind == "cut" and fault.fields["at"] == "request"):
            self.close_connection = True
            return
        size = fault.fields["megabytes"] << 20 if kind == "huge" else len(body)
        self.send_response(status)
        for name, value in {**more, "Content-Length": str(size)}.items():
            self.send_header(name, value)
        self.end_headers()
        if kind == "cut":
            body, self.close_connection = body[:len(body) // 2], True
        self.wfile.write(body)
        for _ in range(size >> 16 if kind == "huge" else 0):
            self.wfile.write(b"A" * 65536)

    def _wait(self, seconds):
        world = self.server.world
        generation, end = world.generation, time.monotonic() + seconds
        while world.generation == generation and time.monotonic() < end:
            time.sleep(0.05)

    def log_message(self, *_):
        pass
