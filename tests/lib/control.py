# SPDX-License-Identifier: Apache-2.0
"""Control of a simulator: JSON over HTTP on a unix socket that only its owner can open.

The simulator calls run() with its actions; a test uses a Simulation.

    curl --unix-socket SOCKET http://localhost/state
"""

import argparse
import atexit
import contextlib
import http.client
import http.server
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
from pathlib import Path

from lib.netns import end
from lib.patience import is_ready, patience


def address(text):
    """Parses ADDRESS:PORT into (host, port), for argparse."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not ADDRESS:PORT")
    return host.strip("[]"), int(port)


def run(path, world, actions):
    """Runs a simulator that already listens: prints "ready", executes actions that arrive on the
    socket at path (if any), and returns on SIGTERM. actions: {(METHOD, PATH): function(world, body)}.
    """
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    if path:
        _serve(path, world, actions)
    print("ready", flush=True)
    done.wait()
    if path:
        Path(path).unlink(missing_ok=True)


def _serve(path, world, actions):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    before = os.umask(0o177)
    try:
        server = _Server(path, world, actions)
    finally:
        os.umask(before)
    threading.Thread(target=server.serve_forever, daemon=True).start()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path, world, actions):
        super().__init__(path, _Handler)
        self.world = world
        self.actions = actions


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        action = self.server.actions.get((self.command, self.path))
        if action is None:
            self._reply(404, {"error": "no such path; see the simulator's control.py"})
            return
        try:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            self._reply(200, action(self.server.world, body) or {})
        except Exception as error:  # of any kind: the test needs to see it
            self._reply(400, {"error": str(error) or repr(error)})

    do_POST = do_DELETE = do_GET

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


class Simulation:
    """A simulator that runs in a NetNS.

    directory  for its CA and the control socket; a temporary one unless given
    """

    def __init__(self, netns, directory=None):
        self.netns = netns
        self._temporary = None
        if directory is None:
            directory = self._temporary = tempfile.mkdtemp(prefix="ecr-test-simulator-")
            os.chmod(directory, 0o755)
        self.directory = Path(directory)
        self.control = self.directory / "control"
        self._process = None
        atexit.register(self.stop)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, program, *arguments):
        """Starts the program; returns when it listens."""
        self._process = self.netns.popen([program, *arguments, "--control", self.control],
                                         stdout=subprocess.PIPE, text=True)
        if not is_ready(self._process):
            self.stop()
            raise RuntimeError(f"{program} did not start ({self._process.returncode})")

    def stop(self):
        """Ends the simulator. May be called twice."""
        atexit.unregister(self.stop)
        if self._process:
            end(self._process)
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def call(self, method, path, body=None):
        """Runs one of its actions. Raises ValueError with the simulator's error."""
        connection = _UnixConnection(self.control)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            reply = connection.getresponse()
            text = reply.read()
        finally:
            connection.close()
        if reply.status != 200:
            raise ValueError(f"{method} {path}: {text.decode()}")
        return json.loads(text)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=patience(30))
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
