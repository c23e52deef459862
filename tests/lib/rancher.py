# SPDX-License-Identifier: Apache-2.0
"""The Rancher simulator (tests/rancher) as a fixture: started in a NetNS, steered over its socket.

    with NetNS() as net, Rancher(net) as rancher:
        rancher.put(registries=[{"serverAddress": "registry.example.com"}])
        rancher.fault("status", status=503, path="/registries", count=2)
        assert rancher.state()["writes"] == []
"""

import atexit
import http.client
import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from lib.ca import CA
from lib.netns import end

PROGRAM = Path(__file__).resolve().parent.parent / "rancher" / "simulator.py"

ADDRESS = "198.51.100.30"
NAME = "rancher.example.com"
HTTP_PORT = 8080

# The keys it knows at its start: see FIRST_KEYS in tests/rancher/world.py.
ENVIRONMENT_KEY = ("ENVKEY", "env-secret")
ACCOUNT_KEY = ("ACCOUNTKEY", "account-secret")
TOKEN = "token-abcde:bearer-secret"
PROJECT = "1a5"
PROJECT3 = "c-m1abc:p-x2def"


class Rancher:
    """A running simulator: https://NAME, and http://NAME:HTTP_PORT.

    ca    its lib.ca.CA; another simulator's can be given
    """

    def __init__(self, netns, ca=None, address=ADDRESS, name=NAME):
        netns.add_address(address)
        netns.add_hosts(address, name)
        self.name = name
        self.directory = Path(tempfile.mkdtemp(prefix="ecr-test-rancher-"))
        os.chmod(self.directory, 0o755)
        self.control = self.directory / "control"
        self.ca = ca or CA(self.directory / "ca")
        self._process = netns.popen(
            [PROGRAM, "--listen", f"{address}:443", "--listen-http", f"{address}:{HTTP_PORT}",
             "--name", name, "--ca-dir", self.ca.directory, "--control", self.control],
            stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self._process.stdout], [], [], 20)
        if not ready or self._process.stdout.readline() != "ready\n":
            end(self._process)
            raise RuntimeError("the Rancher simulator did not start")
        atexit.register(self.stop)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def state(self):
        """What happened and what is there: see World.snapshot() in tests/rancher/world.py."""
        return self._call("GET", "/state")

    def reset(self):
        self._call("POST", "/reset", {})

    def configure(self, **settings):
        """See SETTINGS in tests/rancher/world.py."""
        self._call("POST", "/configure", settings)

    def put(self, **rows):
        """registries, credentials, secrets: adds rows; keys, projects, projects3: replaces them."""
        self._call("POST", "/put", rows)

    def fault(self, kind, **fields):
        """Adds a fault behind those that are there: see tests/rancher/faults.py."""
        self._call("POST", "/faults", [{"kind": kind, **fields}])

    def clear_faults(self):
        self._call("DELETE", "/faults")

    def forget(self):
        """No request has come so far."""
        self._call("DELETE", "/requests")

    def stop(self):
        """Ends it. Can be called twice."""
        atexit.unregister(self.stop)
        end(self._process)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _call(self, method, path, body=None):
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
        super().__init__("localhost", timeout=20)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
